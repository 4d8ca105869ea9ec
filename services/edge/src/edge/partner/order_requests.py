"""Bodies of the order routes, and the commands that they become."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from edge.command_routes import build
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    CancelOrder,
    ChangeFulfilment,
    ChangeRecipient,
    PlaceOrder,
    ReturnItems,
)
from tsunagu.contracts.values import (
    ORDER_LINES_MAX,
    Code,
    Flag,
    FulfilmentGroup,
    FulfilmentMethod,
    Id,
    Instant,
    LineQuantity,
    LocationId,
    OrderLine,
    Payment,
    PersonRef,
    Prefecture,
    Ref,
    ReturnLine,
    Touchpoint,
)

# The order's address is made of it.
OrderId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,100}$")]


class RequestBody(BaseModel):
    """What a caller may say. Unknown fields are refused: a channel that writes `channel` would be misled."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    occurred_at: Annotated[Instant | None, Field(description="When it was asked for; now, if not given")] = (
        None
    )
    staff_ref: Annotated[Ref | None, Field(description="Who asked, where it was a member of staff")] = None
    device_id: Id | None = None


class PlaceOrderBody(RequestBody):
    """An order: lines in groups, each group picked up at a location or shipped to a prefecture."""

    order_id: Annotated[OrderId | None, Field(description="Yours, new, or none to have one made")] = None
    customer_ref: Annotated[
        PersonRef | None, Field(description="An opaque id; never a name, e-mail or phone")
    ] = None
    recipient_ref: PersonRef | None = None
    hold_id: Id | None = None
    groups: Annotated[tuple[FulfilmentGroup, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]
    payment: Payment
    touchpoints: Annotated[tuple[Touchpoint, ...], Field(max_length=ORDER_LINES_MAX)] = ()
    allow_partial: Flag = False
    valid_until: Annotated[
        Instant | None,
        Field(
            description="Placed later, it is rejected. Not given: none for prepaid orders, else 15 minutes"
        ),
    ] = None

    def command(self, channel: str, now: datetime, valid: timedelta) -> Message:
        """The command. Raises Problem 422 where the values do not go together."""
        values = _values(self, channel, now)
        values.setdefault("order_id", uuid7())
        if self.payment is not Payment.PREPAID:
            values.setdefault("valid_until", now + valid)
        return build(PlaceOrder, values)


class CancelBody(RequestBody):
    """A cancellation: of these lines, or of all that is still open."""

    lines: Annotated[tuple[LineQuantity, ...], Field(max_length=ORDER_LINES_MAX)] = ()
    reason: Code = "customer_request"

    def command(self, channel: str, order_id: str, now: datetime) -> Message:
        """The command."""
        return build(CancelOrder, {"cancel_id": uuid7(), "order_id": order_id, **_values(self, channel, now)})


class ChangeBody(RequestBody):
    """Another way for a group, or some of its lines; it also answers a choice that was asked for."""

    group_id: Id
    method: FulfilmentMethod
    location_id: LocationId | None = None
    prefecture: Prefecture | None = None
    recipient_ref: PersonRef | None = None
    lines: Annotated[tuple[LineQuantity, ...], Field(max_length=ORDER_LINES_MAX)] = ()

    def command(self, channel: str, order_id: str, now: datetime) -> Message:
        """The command. Raises Problem 422 where the way has not its destination."""
        values = {"change_id": uuid7(), "order_id": order_id, **_values(self, channel, now)}
        return build(ChangeFulfilment, values)


class RecipientBody(RequestBody):
    """Who may collect beside the customer, from now on."""

    recipient_ref: Annotated[
        PersonRef | None,
        Field(description="An opaque id, recorded beforehand; null lets nobody else collect"),
    ]

    def command(self, channel: str, order_id: str, now: datetime) -> Message:
        """The command."""
        values = {"change_id": uuid7(), "order_id": order_id, **_values(self, channel, now)}
        return build(ChangeRecipient, values)


class ReturnBody(RequestBody):
    """Goods of the order that are back at a location."""

    location_id: LocationId
    lines: Annotated[tuple[ReturnLine, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]

    def command(self, channel: str, order_id: str, now: datetime) -> Message:
        """The fact that is reported."""
        return build(ReturnItems, {"return_id": uuid7(), "order_id": order_id, **_values(self, channel, now)})


def _values(body: RequestBody, channel: str, now: datetime) -> dict[str, Any]:
    return {"occurred_at": now, **body.model_dump(exclude_none=True), "channel": channel}
