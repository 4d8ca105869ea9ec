"""What stores may ask of a person: who may collect an order at their desk, and where a parcel of theirs goes."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from customer import metrics
from customer.settings import settings
from customer.store import people
from customer.store.parties import SQL
from tsunagu.chassis import TRANSIENT, Connection, Runtime, pooled
from tsunagu.chassis.api_keys import holder_of
from tsunagu.contracts.values import Id, PersonalData

PHONE_DIGITS_SHOWN = 4
"""Enough to compare with what somebody says; not enough to call them."""

_ORDER_ID: TypeAdapter[str] = TypeAdapter(Id)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Party:
    """Whom an order is for, and what the asking store has to do with it."""

    customer_digest: str | None
    recipient_digest: str | None
    hands_out: bool
    sends: bool


Answer = Callable[[Connection, _Party], Awaitable[dict[str, Any] | None]]


def desk_routes(runtime: Runtime) -> list[Route]:
    """`GET /v1/orders/{order_id}/collectors` and `…/address`, for stores that hold a key of `desk_keys`."""

    def asked(what: str, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            location_id = holder_of(settings().desk_keys, request.headers.get("Authorization"))
            if location_id is None:
                return _problem(
                    401, "Send the key that your store was given, as `Authorization: Bearer KEY`."
                )
            try:
                order_id = _ORDER_ID.validate_python(request.path_params["order_id"])
            except ValidationError:
                return _problem(404, "No order has an id like this.")
            try:
                async with pooled(runtime).acquire() as connection:
                    row = await connection.fetchrow(SQL.load_party, order_id, location_id)
                    found = None if row is None else await answer(connection, _Party(**row))
            except TRANSIENT:
                return _problem(503, "The database does not answer. Ask again in a moment.")
            metrics.DESK_LOOKUPS.labels(what=what, outcome="unknown" if found is None else "shown").inc()
            if found is None:
                return _problem(404, "No such order waits here, or nobody is known who belongs to it.")
            # Who has seen whose data is asked later. The answer itself stands in no log.
            _log.info("personal data shown", what=what, order_id=order_id, location_id=location_id)
            return JSONResponse({"order_id": order_id, **found}, headers={"Cache-Control": "no-store"})

        return endpoint

    return [
        Route("/v1/orders/{order_id}/collectors", asked("collectors", _collectors)),
        Route("/v1/orders/{order_id}/address", asked("address", _address)),
    ]


async def _collectors(connection: Connection, party: _Party) -> dict[str, Any] | None:
    """Who may collect: the customer, and whom the order names beside them."""
    if not party.hands_out:
        return None
    found = {
        "customer": _as_collector(await _named(connection, None, party.customer_digest)),
        "recipient": _as_collector(await _named(connection, party.recipient_digest, None)),
    }
    known = {role: person for role, person in found.items() if person is not None}
    return known or None


async def _address(connection: Connection, party: _Party) -> dict[str, Any] | None:
    """Where a parcel goes: to the recipient, else to the customer."""
    if not party.sends:
        return None
    named = await _named(connection, party.recipient_digest, party.customer_digest)
    person = next((one for one in named if one.addresses), None)
    if person is None:
        return None
    address = person.addresses[0]
    return {
        "name": _name(person.family_name, person.given_name),
        "phone": person.phones[0] if person.phones else None,
        **address.model_dump(mode="json"),
    }


async def _named(
    connection: Connection, recipient_digest: str | None, customer_digest: str | None
) -> list[PersonalData]:
    found = await people.addressees(connection, recipient_digest, customer_digest)
    return [one.personal for one in found]


def _as_collector(named: Iterable[PersonalData]) -> dict[str, Any] | None:
    """What staff compare with a document: nothing that they could write down and use."""
    for person in named:
        name = _name(person.family_name, person.given_name)
        if name is not None:
            kana = _name(person.family_name_kana, person.given_name_kana)
            ends = person.phones[0][-PHONE_DIGITS_SHOWN:] if person.phones else None
            return {"name": name, "name_kana": kana, "phone_ends_with": ends}
    return None


def _name(family: str | None, given: str | None) -> str | None:
    """Family name first, as documents have it; None where neither is known."""
    return " ".join(part for part in (family, given) if part) or None


def _problem(status: int, detail: str) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(
        {"status": status, "detail": detail}, status, headers, media_type="application/problem+json"
    )
