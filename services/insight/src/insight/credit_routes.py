"""Operators' questions about credit: what another policy would change, and how one sale was credited."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from insight.domain.comparison import recredit
from insight.domain.ledger import Rules
from insight.domain.policy import Party, Policy
from insight.domain.sale import Document
from insight.problems import problem
from insight.settings import settings
from insight.store import ledger, locations, policies
from insight.store.documents import basis_json
from tsunagu.chassis import Connection, Runtime, pooled


class _Asked(Exception):  # noqa: N818 - an answer to give, not an error of ours
    """The question can't be answered as it was asked."""


def credit_routes(runtime: Runtime) -> list[Route]:
    """The routes about credit. None of them changes anything."""
    one_at_a_time = (
        asyncio.Lock()
    )  # a comparison reads a quarter's sales; two at once would only slow each other

    async def comparison(request: Request) -> Response:
        try:
            policy = _policy(request.query_params.get("policy_id", ""))
            first_day, last_day = _days(request)
        except _Asked as reason:
            return problem(422, str(reason))
        async with one_at_a_time, pooled(runtime).acquire() as connection:
            return JSONResponse(await compare(connection, policy, first_day, last_day))

    async def sale(request: Request) -> Response:
        async with pooled(runtime).acquire() as connection:
            found = await connection.fetchrow(ledger.SQL.read_sale, request.path_params["sale_id"])
            if found is None:
                return problem(404, f"nothing is known of the sale {request.path_params['sale_id']}")
            documents = await ledger.read_documents(connection, [found["sale_id"]])
            rows = await connection.fetch(ledger.SQL.read_sale_entries, found["sale_id"])
        return JSONResponse(
            {
                **found,
                "documents": [_shown(document) for document in documents[found["sale_id"]]],
                "entries": [{**row, "recorded_at": row["recorded_at"].isoformat()} for row in rows],
            }
        )

    return [Route("/credit/comparison", comparison), Route("/credit/sales/{sale_id:path}", sale)]


async def compare(connection: Connection, policy: Policy, first_day: date, last_day: date) -> dict[str, Any]:
    """What each party is credited for these days' sales, and what it would be credited under `policy`.

    Reads one snapshot, a page of sales at a time, and writes nothing.
    """
    would_be: Counter[Party] = Counter()
    page = settings().comparison_page_sales
    after, sales = "", 0
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rules = Rules({}, await locations.read_all(connection), settings().ec_company_id)
        credited = await ledger.read_credit_between(connection, first_day, last_day)
        while sale_ids := await ledger.read_sale_ids_sold_between(
            connection, first_day, last_day, after=after, limit=page
        ):
            documents = await ledger.read_documents(connection, sale_ids)
            would_be.update(recredit(documents.values(), policy, rules, first_day, last_day))
            after, sales = sale_ids[-1], sales + len(sale_ids)
    parties = sorted(
        party for party in credited.keys() | would_be.keys() if credited.get(party) or would_be[party]
    )
    return {
        "policy_id": policy.policy_id,
        "from": first_day.isoformat(),
        "to": last_day.isoformat(),
        "sales": sales,
        "amount_jpy": sum(credited.values()),
        "parties": [
            {
                "kind": party.kind.value,
                "party_id": party.party_id,
                "credited_jpy": credited.get(party, 0),
                "would_be_jpy": would_be[party],
                "difference_jpy": would_be[party] - credited.get(party, 0),
            }
            for party in parties
        ],
    }


def _shown(document: Document) -> dict[str, Any]:
    """A document with all that anybody did for it; staff are shown here, and credited nowhere."""
    return {
        "document_id": document.document_id,
        "kind": document.kind.value,
        "occurred_at": document.occurred_at.isoformat(),
        "business_day": document.business_day.isoformat(),
        "policy_id": document.policy_id,
        "basis": basis_json(document.basis),
    }


def _policy(policy_id: str) -> Policy:
    files = policies.policy_files(settings().policy_folder)
    if policy_id not in files:
        raise _Asked(f"policy_id must be one of {', '.join(files)}")
    return files[policy_id].policy


def _days(request: Request) -> tuple[date, date]:
    try:
        first_day = date.fromisoformat(request.query_params.get("from", ""))
        last_day = date.fromisoformat(request.query_params.get("to", ""))
    except ValueError:
        raise _Asked("from and to are business days such as 2026-04-01") from None
    days_max = settings().comparison_days_max
    if not first_day <= last_day < first_day + timedelta(days=days_max):
        raise _Asked(f"to must not be before from, and at most {days_max} days are compared at once")
    return first_day, last_day
