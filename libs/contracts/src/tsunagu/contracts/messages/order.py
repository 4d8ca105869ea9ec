"""An order's commands and its current state. What happens to it is in `order_events`."""

from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, Field, model_validator

from tsunagu.contracts.message import Command, ReportedFact, State
from tsunagu.contracts.values import (
    ORDER_LINES_MAX,
    Allocation,
    CancelledBy,
    Channel,
    ChoiceOption,
    Code,
    Flag,
    Fulfilment,
    FulfilmentGroup,
    FulfilmentMethod,
    Id,
    Instant,
    LineQuantity,
    LocationId,
    OrderGroupState,
    OrderLine,
    OrderLineState,
    OrderStatus,
    Payment,
    Ref,
    ReturnLine,
    Touchpoint,
    Yen,
    all_different,
)


class OrderTerms(BaseModel):
    """What a shopper asks for; PlaceOrder says it and OrderPlaced repeats all of it."""

    order_id: Id
    channel: Channel
    customer_ref: Ref | None = None
    recipient_ref: Ref | None = None
    """Who receives the goods, where that is not the customer."""
    hold_id: Id | None = None
    """A cart hold that the order consumes."""
    groups: Annotated[tuple[FulfilmentGroup, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]
    payment: Payment
    touchpoints: Annotated[tuple[Touchpoint, ...], Field(max_length=ORDER_LINES_MAX)] = ()
    allow_partial: Flag = False
    valid_until: Instant | None = None
    """Placed later it is rejected as expired; none for orders already paid elsewhere."""


class PlaceOrder(OrderTerms, Command):
    """A channel asks for goods, by groups that are picked up or shipped."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.place.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("order_id",)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        groups = [group.group_id for group in self.groups]
        if not all_different(groups):
            raise ValueError("two groups have the same group_id")
        if not all_different([line.line_id for line in self.lines]):
            raise ValueError("two lines have the same line_id")
        if {line.group_id for line in self.lines} != set(groups):
            raise ValueError("every line names one of the groups, and every group has a line")
        if self.payment is Payment.AT_PICKUP and any(
            group.method is not FulfilmentMethod.PICKUP for group in self.groups
        ):
            raise ValueError("goods that are shipped can't be paid at pickup")
        return self


class CancelOrder(Command):
    """Cancel the order, or some of its lines; no lines means all that is still open."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.cancel.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("cancel_id",)

    cancel_id: Id
    order_id: Id
    channel: Channel
    lines: Annotated[tuple[LineQuantity, ...], Field(max_length=ORDER_LINES_MAX)] = ()
    reason: Code = "customer_request"
    cancelled_by: CancelledBy = CancelledBy.CUSTOMER


class ChangeFulfilment(Fulfilment, Command):
    """Have a group, or some of its lines, picked up elsewhere or shipped; no lines means the whole group."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.change_fulfilment.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("change_id",)

    change_id: Id
    order_id: Id
    channel: Channel
    group_id: Id
    recipient_ref: Ref | None = None
    lines: Annotated[tuple[LineQuantity, ...], Field(max_length=ORDER_LINES_MAX)] = ()


class ChangeRecipient(Command):
    """Say anew who may collect the order beside the customer, for as long as it has not ended; none means nobody."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.change_recipient.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("change_id",)

    change_id: Id
    order_id: Id
    channel: Channel
    recipient_ref: Ref | None = None


class ReturnItems(ReportedFact):
    """Goods of an order came back to a location."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.return_items.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("return_id",)

    return_id: Id
    order_id: Id
    channel: Channel
    location_id: LocationId
    lines: Annotated[tuple[ReturnLine, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]


class Order(State):
    """The whole order as it stands."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)

    order_id: Id
    channel: Channel
    customer_ref: Ref | None = None
    recipient_ref: Ref | None = None
    status: OrderStatus
    reason: Code | None = None
    """Why it was rejected or cancelled."""
    payment: Payment
    allow_partial: Flag
    groups: Annotated[tuple[OrderGroupState, ...], Field(max_length=2 * ORDER_LINES_MAX)]
    lines: Annotated[tuple[OrderLineState, ...], Field(max_length=2 * ORDER_LINES_MAX)]
    allocations: tuple[Allocation, ...] = ()
    choice_options: tuple[ChoiceOption, ...] = ()
    choice_answer_by: Instant | None = None
    receipt_ids: tuple[Id, ...] = ()
    refunded_jpy: Yen = 0
    ready_by: Instant | None = None
    placed_at: Instant
    updated_at: Instant
