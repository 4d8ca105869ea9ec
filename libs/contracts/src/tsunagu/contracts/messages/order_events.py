"""What order decided and what became of the order. Each event repeats what its readers need of the order."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.message import Event
from tsunagu.contracts.messages.order import OrderTerms
from tsunagu.contracts.values import (
    ORDER_LINES_MAX,
    Allocation,
    CancelledBy,
    Channel,
    ChoiceOption,
    Code,
    CompletedLine,
    Debtor,
    Flag,
    FulfilmentGroup,
    FulfilmentMethod,
    Id,
    Instant,
    LineQuantity,
    LocationId,
    Name,
    OrderLine,
    Payment,
    PersonRef,
    Ref,
    RefundBy,
    RefundLine,
    ReservationCause,
    ReturnedLine,
    ShortLine,
    TaxAmount,
    Text,
    Touchpoint,
    UnmatchedReturnLine,
    Version,
    Yen,
)

# A change of fulfilment may split lines: an order in progress can have more of them than when it was placed.
OrderLines = Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
# Rounded once per rate over all events of a kind: the tax of an order's parts adds up to that of the whole.
Taxes = Annotated[tuple[TaxAmount, ...], Field(max_length=2 * ORDER_LINES_MAX)]
Groups = Annotated[tuple[FulfilmentGroup, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]


class OrderEvent(Event):
    """What every event of a known order carries."""

    KEY: ClassVar[tuple[str, ...]] = ("order_id",)

    order_id: Id
    version: Version
    channel: Channel
    customer_ref: PersonRef | None = None
    recipient_ref: PersonRef | None = None


class OrderPlaced(OrderTerms, OrderEvent):
    """An order has been taken; all of PlaceOrder. Inventory answers with StockReserved or StockRejected."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.placed.v1"

    placed_at: Instant
    """When the shopper placed it: `occurred_at` of the command."""
    staff_ref: Ref | None = None
    device_id: Id | None = None


class OrderPromise(OrderEvent):
    """What is promised now, from where and by when: all that pickup needs to begin."""

    payment: Payment
    groups: Groups
    lines: OrderLines
    """The lines that are promised, whole; `allocations` say from where."""
    allocations: tuple[Allocation, ...]
    allocation_version: Version
    ready_by: Instant


class OrderConfirmed(OrderPromise):
    """Inventory holds the goods. With allow_partial, `short_lines` are those that can't be had."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.confirmed.v1"

    short_lines: tuple[ShortLine, ...] = ()


class OrderReallocated(OrderPromise):
    """Other goods take the place of promised ones; the allocations here replace all earlier ones."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.reallocated.v1"

    cause: ReservationCause


class OrderRejected(OrderEvent):
    """The order can't be had, or came too late. Nothing of it is held."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.rejected.v1"

    reason: Code
    detail: Text = ""
    lines: OrderLines


class ChoiceRequested(OrderEvent):
    """These lines can't be had as ordered: the shopper chooses until answer_by, then they are cancelled."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.choice_requested.v1"

    lines: OrderLines
    """The lines in question, with the quantities that can't be had."""
    options: Annotated[tuple[ChoiceOption, ...], Field(max_length=ORDER_LINES_MAX)]
    answer_by: Instant


class OrderChanged(OrderEvent):
    """Some lines reach the shopper another way; inventory allocates them anew."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.changed.v1"

    change_id: Id
    groups: Groups
    """All groups of the order as they are now."""
    lines: OrderLines
    """All open lines of the order as they are now; the moved part of a split line has a new line_id."""
    changed_line_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
    """The lines to allocate anew."""
    ended_allocations: tuple[Allocation, ...] = ()
    """What was held for them and is needed no more."""


class RecipientChanged(OrderEvent):
    """Another person may collect the order beside the customer: `recipient_ref`, none means nobody."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.recipient_changed.v1"

    change_id: Id


class CancelRequested(OrderEvent):
    """These lines shall be cancelled. Pickup decides: PickCancelled or CancelRefused."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.cancel_requested.v1"

    cancel_id: Id
    lines: Annotated[tuple[LineQuantity, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
    reason: Code
    cancelled_by: CancelledBy = CancelledBy.CUSTOMER


class OrderReady(OrderEvent):
    """A group waits for the shopper at its location, until pickup_by."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.ready.v1"

    group_id: Id
    location_id: LocationId
    lines: OrderLines
    pickup_by: Instant | None = None


class OrderShipped(OrderEvent):
    """Lines of a group are on their way to the shopper, in a parcel. A parcel of several groups is told for each."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.shipped.v1"

    group_id: Id
    parcel_id: Id
    location_id: LocationId
    """Where it was sent from."""
    carrier: Name
    tracking_number: Id | None = None
    lines: OrderLines
    """What is in the parcel of the lines, as far as it was still open."""


class OrderCompleted(OrderEvent):
    """The shopper has these lines. Credit can be computed from this event alone."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.completed.v1"

    group_id: Id
    method: FulfilmentMethod
    location_id: LocationId
    """Where it was handed over; of a parcel, where it was sent from."""
    lines: Annotated[tuple[CompletedLine, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
    sources: tuple[Allocation, ...] = ()
    """Where the goods were picked."""
    receipt_id: Id | None = None
    handover_id: Id | None = None
    parcel_id: Id | None = None
    staff_ref: Ref | None = None
    """Who handed it over."""
    payment: Payment
    touchpoints: tuple[Touchpoint, ...] = ()
    placed_at: Instant
    order_finished: Flag
    """Whether no line of the order is open any more."""
    tax_by_rate: Taxes = ()


class OrderCancelled(OrderEvent):
    """These lines will not be had. Inventory frees what is held for them."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.cancelled.v1"

    cancel_id: Id | None = None
    reason: Code
    cancelled_by: CancelledBy = CancelledBy.CUSTOMER
    """The system where a time is over or goods are gone: then there is no cancel_id."""
    parcel_id: Id | None = None
    """The parcel that was lost or came back, where that is the reason: its goods have left the house already."""
    lines: OrderLines
    """The lines with the cancelled quantities."""
    order_finished: Flag
    """Whether no line of the order is open any more."""


class ItemsReturned(OrderEvent):
    """Goods of the order came back; stock by disposition at the receiving location."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.items_returned.v1"

    return_id: Id
    """Of ReturnItems; of a till's return or void, its receipt_id or void_id."""
    location_id: LocationId
    lines: Annotated[tuple[ReturnedLine, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
    receipt_id: Id | None = None
    """The till's document, where a till took the goods back."""
    payment: Payment
    order_finished: Flag = True
    tax_by_rate: Taxes = ()
    """At the rates of the sale."""


class ReturnUnmatched(Event):
    """Goods came back for an order, or order line, that nobody knows: booked as a plain return."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.return_unmatched.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)

    order_id: Id
    version: Version = 1
    return_id: Id
    location_id: LocationId
    lines: Annotated[tuple[UnmatchedReturnLine, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
    receipt_id: Id | None = None
    customer_ref: PersonRef | None = None


class RefundDue(OrderEvent):
    """Whoever has the shopper's money owes it: the channel, or a till, less what a till has paid back already."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.refund_due.v1"

    refund_id: Id
    cause_id: Id
    """The cancel_id, return_id or parcel_id behind it; of a rejection, the order_id."""
    reason: Code
    lines: Annotated[tuple[RefundLine, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
    amount_jpy: Yen
    tax_by_rate: Taxes = ()
    refund_by: RefundBy = RefundBy.CHANNEL


class SettlementDue(OrderEvent):
    """Goods and money disagree after a fact that came after the decision; a person settles it."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.settlement_due.v1"

    settlement_id: Id
    reason: Code
    location_id: LocationId | None = None
    lines: Annotated[tuple[RefundLine, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
    owed_by: Debtor
    amount_jpy: Yen
    receipt_id: Id | None = None
