"""A site posts its orders, signed as its webhooks are, and may ask what differed."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.channels.comparing.differences import Kind, Stands, Theirs
from edge.channels.comparing.settling import SQL, note
from edge.channels.said import PassedOver, our_order_id, their_order_id, whole_cancellation_id
from edge.channels.settings import Settings
from edge.channels.webhooks_in.signed import ORDER_PLACED, Signed, SignedRequest
from edge.idempotency import once
from edge.problems import Problem, invalid_values
from edge.web_app import AtDoor, Holder, reading, writing
from tsunagu.contracts.messages import CancelOrder
from tsunagu.contracts.values import Flag, Id, Instant

router = APIRouter(tags=["comparison"])


class _Listed(BaseModel):
    """An order of the list; `order` is the body of the webhook that says it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    order_id: Annotated[str, Field(min_length=1, max_length=60)]
    status: Stands
    last_event: str | None = None
    order: Any = None


class _List(BaseModel):
    """Orders of a site. `complete`: it has all that were open at `as_of`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    as_of: Instant
    complete: Flag = False
    orders: tuple[_Listed, ...]


class DifferenceView(BaseModel):
    """Something that differs. `outcome`: none while it may still be on its way; replayed, or reported to people."""

    order_id: Id
    kind: Kind
    seen_at: Instant
    outcome: str | None = None
    settled_at: Instant | None = None


class Compared(BaseModel):
    """How many orders were compared, and what differs for now."""

    orders: int
    differences: dict[str, int]


@router.post(
    "/v1/channels/{channel}/comparisons",
    response_model=Compared,
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def compare_orders(signed: Signed, door: AtDoor) -> dict[str, Any]:
    """Compare a site's orders with what is here. What still differs after a grace is made good, or reported."""
    try:
        body = _List.model_validate(signed.parsed())
    except ValidationError as error:
        raise invalid_values(error) from None
    assert isinstance(door.settings, Settings)
    rows_max = door.settings.comparison_orders_max
    if len(body.orders) > rows_max:
        raise Problem(422, "invalid", f"A list has at most {rows_max} orders; send several.")
    listed = list(_theirs(signed, body))
    digest = hashlib.sha256(b"comparison\n" + signed.raw).hexdigest()
    complete_at: datetime | None = body.as_of if body.complete else None
    async with writing(door) as transaction:

        async def act() -> dict[str, Any]:
            found = await note(
                transaction, signed.channel, listed, complete_at=complete_at, rows_max=rows_max
            )
            counts = {kind: sum(one.kind is kind for one in found) for kind in Kind}
            return {
                "orders": len(listed),
                "differences": {str(kind): count for kind, count in counts.items()},
            }

        return await once(transaction, signed.channel, signed.message_id, digest, act)


@router.get("/v1/differences", response_model=list[DifferenceView], response_model_exclude_none=True)
async def get_differences(door: AtDoor, channel: Holder) -> list[dict[str, Any]]:
    """What differs or has differed between this channel and us, newest first."""
    assert isinstance(door.settings, Settings)
    async with reading(door) as connection:
        rows = await connection.fetch(SQL.read_differences, channel, door.settings.comparison_orders_max)
    return [{**dict(row), "order_id": their_order_id(channel, row["order_id"])} for row in rows]


def _theirs(signed: SignedRequest, body: _List) -> Iterator[Theirs]:
    """The orders of a list. One that would be passed over as a webhook is passed over here."""
    for listed in body.orders:
        order_id = our_order_id(signed.channel, listed.order_id)
        if listed.status is Stands.CANCELLED:
            cancel = CancelOrder(
                cancel_id=whole_cancellation_id(order_id),
                order_id=order_id,
                channel=signed.channel,
                occurred_at=body.as_of,
            )
            yield Theirs(order_id, listed.status, listed.last_event, cancel)
            continue
        said = None
        if listed.order is not None:
            try:
                said = signed.read(listed.order, ORDER_PLACED[signed.way.format])
            except Problem:
                said = None  # it can't be made good by this, and is reported
        if isinstance(said, PassedOver):
            continue
        fits = said is not None and said.order_id == order_id
        yield Theirs(order_id, listed.status, listed.last_event, said if fits else None)
