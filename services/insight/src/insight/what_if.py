"""What another policy would have credited for the sales of some days, beside what is credited."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from insight.domain.comparison import Earner, recredit
from insight.domain.policy import Party, Policy
from insight.settings import settings
from insight.store import ledger, policies
from tsunagu.chassis import Connection

CURRENT = "current"
"""Instead of a policy: each sale by the policy that is recorded with it, which is what the books have to say."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which policy (None: the recorded ones) over which business days, the last one among them."""

    policy: Policy | None
    first_day: date
    last_day: date


async def what_if(connection: Connection, asked: Question, now: datetime) -> dict[str, Any]:
    """What each party is credited for these days' sales, and what it would be credited by the policy in question.

    Reads one snapshot, a page of sales at a time, and writes nothing.
    """
    would_be: Counter[Earner] = Counter()
    page = settings().comparison_page_sales
    after, sales = "", 0
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        credited = Counter(await ledger.read_credit_between(connection, asked.first_day, asked.last_day))
        while sale_ids := await ledger.read_sale_ids_sold_between(
            connection, asked.first_day, asked.last_day, after=after, limit=page
        ):
            documents = await ledger.read_documents(connection, sale_ids)
            told = [document for of_sale in documents.values() for document in of_sale]
            rules = await policies.read_rules(connection, told, now)
            would_be.update(
                recredit(documents.values(), rules, asked.policy, asked.first_day, asked.last_day)
            )
            after, sales = sale_ids[-1], sales + len(sale_ids)
    parties = sorted({earner.party for earner in (*credited, *would_be)})
    rows = [_row(party, credited, would_be) for party in parties]
    return {
        "policy_id": CURRENT if asked.policy is None else asked.policy.policy_id,
        "from": asked.first_day.isoformat(),
        "to": asked.last_day.isoformat(),
        "sales": sales,
        "amount_jpy": sum(credited.values()),
        "differs": any(row["difference_jpy"] for row in rows),
        "parties": [row for row in rows if row["credited_jpy"] or row["would_be_jpy"]],
    }


def _row(party: Party, credited: Counter[Earner], would_be: Counter[Earner]) -> dict[str, Any]:
    across, within = Earner(party, True), Earner(party, False)
    now_jpy, then_jpy = credited[across] + credited[within], would_be[across] + would_be[within]
    return {
        "kind": party.kind.value,
        "party_id": party.party_id,
        "credited_jpy": now_jpy,
        "would_be_jpy": then_jpy,
        "difference_jpy": then_jpy - now_jpy,
        "credited_across_companies_jpy": credited[across],
        "would_be_across_companies_jpy": would_be[across],
    }
