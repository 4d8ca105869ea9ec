"""What another policy would have credited, and whether the books are what their own policies say."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from insight.domain.ledger import Rules, divide
from insight.domain.policy import Party, Policy
from insight.domain.sale import Document, assess


@dataclass(frozen=True, slots=True, order=True)
class Earner:
    """A party, and whether it earns what another company has been paid."""

    party: Party
    crosses_company: bool


def recredit(
    sales: Iterable[Iterable[Document]],
    rules: Rules,
    policy: Policy | None = None,
    first_day: date = date.min,
    last_day: date = date.max,
) -> Counter[Earner]:
    """Yen by earner if `policy` credited what these sales sold on the days from first to last, less what came back.

    None: each document by the policy that is recorded with it, which is what the ledger has. Each sale is given by all
    its documents. Adds up to exactly what is credited now.
    """
    credit: Counter[Earner] = Counter()
    for documents in sales:
        for sold in assess(documents):
            if first_day <= sold.document.business_day <= last_day:
                by = rules.policies[sold.policy_id] if policy is None else policy
                for account, part in divide(sold, sold.kept_jpy, by, rules).items():
                    credit[Earner(account.party, account.crosses_company)] += part
    return credit
