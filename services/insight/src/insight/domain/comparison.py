"""What another policy would have credited."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from insight.domain.ledger import Rules, divide
from insight.domain.policy import Party, Policy
from insight.domain.sale import Document, assess


def recredit(
    sales: Iterable[Iterable[Document]],
    policy: Policy,
    rules: Rules,
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
                for account, part in divide(sold, sold.kept_jpy, policy, rules).items():
                    credit[account.party] += part
    return credit
