"""What another policy would have credited."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from insight.domain.policy import Party, Policy, shares
from insight.domain.sale import Document, assess
from tsunagu.contracts.values import LocationKind
from tsunagu.contracts.yen import split_yen


def recredit(
    sales: Iterable[Iterable[Document]],
    policy: Policy,
    kinds: Mapping[str, LocationKind],
    first_day: date = date.min,
    last_day: date = date.max,
) -> Counter[Party]:
    """Yen by party if `policy` credited what these sales sold on the days from first to last, less what came back.

    Each sale is given by all its documents. Adds up to exactly what is credited now.
    """
    credit: Counter[Party] = Counter()
    for documents in sales:
        for sold in assess(documents):
            if first_day <= sold.document.business_day <= last_day:
                divided = shares(policy, sold.basis, kinds)
                parts = split_yen(sold.kept_jpy, [share.weight for share in divided])
                for share, part in zip(divided, parts, strict=True):
                    credit[share.party] += part
    return credit
