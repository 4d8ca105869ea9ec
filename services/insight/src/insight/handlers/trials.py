"""insight.commands about policies that are only tried: what they would have credited, worked out a page at a time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from insight.domain.comparison import Earner, recredit
from insight.domain.policy import Party, PartyKind
from insight.domain.policy_file import read_policy
from insight.domain.trial import with_percents
from insight.settings import settings
from insight.store import ledger, policies
from tsunagu.chassis import Due, Received, Transaction
from tsunagu.contracts.messages import PolicyTried, TryPolicy
from tsunagu.contracts.messages.board import TrialTerms
from tsunagu.contracts.values import PartyCredit

TRY_PAGE = "try_policy"
"""Due work: divide the next sales of a trial anew. What has come out so far is its payload, so that nothing is kept
of a trial once it is told."""

Credited = Counter[Earner]


async def begin(tx: Transaction, messages: Sequence[Received[TryPolicy]]) -> None:
    """Have policies tried that can be; a trial changes nothing."""
    for received in messages:
        refusal = _refusal(received.message)
        if refusal is None:
            terms = received.message.model_dump(
                mode="json", exclude={"occurred_at", "device_id"}, exclude_none=True
            )
            # With its text: a restart may take it out of the folder before the trial is through.
            body = dict(_files()[received.message.policy_id].body)
            nothing = {
                "terms": terms,
                "policy": body,
                "after": "",
                "sales": 0,
                "credited": [],
                "would_be": [],
            }
            tx.schedule(TRY_PAGE, received.message.trial_id, tx.now, cause=received, payload=nothing)
        else:
            tx.refuse(received, *refusal)


async def go_on(tx: Transaction, dues: Sequence[Due]) -> None:
    """Divide a page of sales of each trial, both as it is recorded and as it would be; tell those that are through.

    Both come from the same documents, so that they add up to the same even while sales come in.
    """
    for due in dues:
        credited, would_be = _earned(due.payload["credited"]), _earned(due.payload["would_be"])
        terms = due.payload["terms"]
        trial = PolicyTried(
            **terms, version=1, occurred_at=tx.now, sales=due.payload["sales"], amount_jpy=0, parties=()
        )
        sale_ids = await ledger.read_sale_ids_sold_between(
            tx.connection,
            trial.first_day,
            trial.last_day,
            after=due.payload["after"],
            limit=settings().comparison_page_sales,
        )
        if sale_ids:
            policy = with_percents(read_policy(due.payload["policy"]), _percents(trial))
            documents = await ledger.read_documents(tx.connection, sale_ids)
            told = [document for of_sale in documents.values() for document in of_sale]
            rules = await policies.read_rules(tx.connection, told, tx.now)
            days = trial.first_day, trial.last_day
            credited.update(recredit(documents.values(), rules, None, *days))
            would_be.update(recredit(documents.values(), rules, policy, *days))
            so_far = {
                "after": sale_ids[-1],
                "sales": trial.sales + len(sale_ids),
                "credited": _rows(credited),
                "would_be": _rows(would_be),
            }
            tx.schedule(TRY_PAGE, due.key, tx.now, cause=due, payload=due.payload | so_far)
        else:
            result = {"amount_jpy": credited.total(), "parties": _parties(credited, would_be)}
            tx.publish(trial.model_copy(update=result), cause=due)


def _refusal(command: TryPolicy) -> tuple[str, str] | None:
    """Why a policy can't be tried, as a code and a sentence; None if it can."""
    files = _files()
    days_max = settings().comparison_days_max
    if command.policy_id not in files:
        return "unknown_policy", f"there is no policy {command.policy_id}; there are {', '.join(files)}"
    if not command.first_day <= command.last_day < command.first_day + timedelta(days=days_max):
        return "too_long", f"the last day must not be before the first, and at most {days_max} days are tried"
    try:
        with_percents(files[command.policy_id].policy, _percents(command))
    except ValueError as error:
        return "unknown_parts", str(error)
    return None


def _files() -> Mapping[str, policies.PolicyFile]:
    return policies.policy_files(settings().policy_folder)


def _percents(terms: TrialTerms) -> dict[str, int]:
    return {one.role: one.percent for one in terms.percents}


def _rows(credit: Credited) -> list[list[Any]]:
    return [[e.party.kind.value, e.party.party_id, e.crosses_company, jpy] for e, jpy in credit.items()]


def _earned(rows: Sequence[Sequence[Any]]) -> Credited:
    return Counter(
        {Earner(Party(PartyKind(kind), party), crosses): jpy for kind, party, crosses, jpy in rows}
    )


def _parties(credited: Credited, would_be: Credited) -> tuple[PartyCredit, ...]:
    parties = sorted({earner.party for earner in (*credited, *would_be)})
    rows = [_party(party, credited, would_be) for party in parties]
    return tuple(row for row in rows if row.credited_jpy or row.would_be_jpy)


def _party(party: Party, credited: Credited, would_be: Credited) -> PartyCredit:
    across, within = Earner(party, True), Earner(party, False)
    return PartyCredit(
        kind=party.kind.value,
        party_id=party.party_id,
        credited_jpy=credited[across] + credited[within],
        would_be_jpy=would_be[across] + would_be[within],
        credited_across_companies_jpy=credited[across],
        would_be_across_companies_jpy=would_be[across],
    )
