"""Operators' questions about consent: what a customer allows now, and every word that they said of it."""

from typing import Any

import structlog
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from customer.domain.consent import Statement, latest
from customer.settings import settings
from customer.store import bought, consents
from customer.who_is_meant import meant
from tsunagu.chassis import Runtime, pooled
from tsunagu.chassis.http_answers import Unknown, cursor, limit, place, read
from tsunagu.contracts.values import PersonRef

_REF: TypeAdapter[str] = TypeAdapter(PersonRef)
_log = structlog.get_logger(__name__)


def consent_routes(runtime: Runtime) -> list[Route]:
    """The routes about consent. None of them changes anything."""

    async def consents_of(request: Request) -> Response:
        """What a customer allows, and what they said of it under any ref; `next` is the `before` of the next page."""
        ref = read(_REF, request.path_params["ref"], "the ref")
        rows_max, before = limit(request, settings().consent_rows_max), place(request, "before")
        async with (
            pooled(runtime).acquire() as connection,
            # One snapshot: a merge meanwhile is either done or not.
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            customer_id, digests = await meant(connection, ref)
            if customer_id is None:
                raise Unknown(f"nothing is known of {ref}: nobody was identified by it")
            refs = await bought.refs_of(connection, [customer_id])
            said = await consents.load_by_digest(connection, digests)
            found = await consents.newest(connection, digests, before, rows_max + 1)
        shown = found[:rows_max]
        last = shown[-1] if len(found) > rows_max else None
        _note(request, customer_id, len(shown))
        return JSONResponse(
            {
                "customer_id": customer_id,
                "refs": refs.get(customer_id, []),
                "in_force": _in_force([statement for each in said.values() for statement in each]),
                "history": [
                    row | {name: row[name].isoformat() for name in ("said_at", "recorded_at")}
                    for row in shown
                ],
                "next": cursor(last["said_at"], last["consent_id"]) if last is not None else None,
            },
            headers={"Cache-Control": "no-store"},
        )

    return [Route("/consents/customers/{ref:path}", consents_of)]


def _in_force(said: list[Statement]) -> list[dict[str, Any]]:
    return [
        {
            "purpose": purpose,
            "channel": channel,
            "granted": statement.granted,
            "said_at": statement.said_at.isoformat(),
            "consent_id": statement.consent_id,
        }
        for (purpose, channel), statement in sorted(latest(said).items())
    ]


def _note(request: Request, customer_id: str, rows: int) -> None:
    """Who has seen what somebody allows is asked later. No ref stands in a log: it would outlive an erasure."""
    client = request.client.host if request.client is not None else None
    _log.info("consents shown", rows=rows, client=client, customer_id=customer_id)
