"""What inventory decided and booked."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from tsunagu.contracts.message import Event
from tsunagu.contracts.values import (
    ALTERNATIVES_MAX,
    DECISIONS_MAX,
    DOCUMENT_LINES_MAX,
    ORDER_LINES_MAX,
    AdjustedLine,
    AdjustReason,
    Allocation,
    Alternative,
    BreakCause,
    BreakDecision,
    Channel,
    Code,
    CountedLine,
    CountOutcome,
    CountScope,
    Flag,
    Id,
    Instant,
    LocationId,
    ReceiptKind,
    ReceivedLine,
    ReservationCause,
    ShortLine,
    SkuQuantity,
    SourcingDecision,
    StockLine,
    Text,
    Version,
)

Allocations = Annotated[tuple[Allocation, ...], Field(max_length=DOCUMENT_LINES_MAX)]
ShortLines = Annotated[tuple[ShortLine, ...], Field(max_length=2 * ORDER_LINES_MAX)]
Decisions = Annotated[tuple[SourcingDecision, ...], Field(max_length=DECISIONS_MAX)]
Alternatives = Annotated[tuple[Alternative, ...], Field(max_length=ALTERNATIVES_MAX)]


class OrderStockEvent(Event):
    """What inventory says about an order's stock; `version` counts these events per order."""

    KEY: ClassVar[tuple[str, ...]] = ("order_id",)

    order_id: Id
    version: Version


class DocumentEvent(Event):
    """What inventory booked for a document, which is booked once."""

    KEY: ClassVar[tuple[str, ...]] = ("document_id",)

    document_id: Id
    version: Version = 1
    location_id: LocationId


class StockReserved(OrderStockEvent):
    """All that is held for the order now; replaces every lower allocation_version."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.reserved.v1"

    allocation_version: Version
    cause: ReservationCause
    allocations: Annotated[tuple[Allocation, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]
    short_lines: ShortLines = ()
    """What was asked for and can't be had."""
    ready_by: Instant
    explanation: Text = ""
    """Why these sources."""
    decisions: Decisions | None = None
    """The same as data, per destination; None where nobody had to be asked but the own shelf."""
    alternatives: Alternatives = ()
    """Where a shopper could collect all of short_lines, the nearest first; nothing is held there."""


class StockRejected(OrderStockEvent):
    """What was asked for can't be had. `allocations` is what is still held for the order, if anything."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.rejected.v1"

    allocation_version: Version
    cause: ReservationCause
    reason: Code
    """out_of_stock, unknown_sku, unknown_location, pickup_paused, no_capacity …"""
    detail: Text = ""
    short_lines: ShortLines
    allocations: Allocations = ()
    explanation: Text = ""
    decisions: Decisions | None = None
    """What was looked at, per destination; None where nothing was."""
    alternatives: Alternatives = ()
    """As in StockReserved."""


class StockReleased(Event):
    """Goods are free again that were held for an order or a cart."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.released.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id", "hold_id")

    order_id: Id | None = None
    hold_id: Id | None = None
    version: Version
    reason: Code
    """cancelled, rejected, expired, released, consumed …"""
    lines: Annotated[tuple[StockLine, ...], Field(max_length=DOCUMENT_LINES_MAX)]

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if self.order_id is None and self.hold_id is None:
            raise ValueError("stock is released from an order_id or a hold_id")
        return self


class StockIssued(OrderStockEvent):
    """Goods of an order have left stock: handed over or in a parcel."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.issued.v1"

    lines: Annotated[tuple[StockLine, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]
    receipt_id: Id | None = None
    handover_id: Id | None = None
    parcel_id: Id | None = None
    after_close: Flag = False
    """Whether the order had been closed when they left."""


class StockHeld(Event):
    """Goods are held for a cart until held_until; also answers ExtendHold."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.held.v1"
    KEY: ClassVar[tuple[str, ...]] = ("hold_id",)

    hold_id: Id
    version: Version
    location_id: LocationId
    channel: Channel
    held_until: Instant
    lines: Annotated[tuple[SkuQuantity, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]


class StockReceived(DocumentEvent):
    """Goods arrived and are booked. `document_id` is the delivery, transfer or return."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.received.v1"

    kind: ReceiptKind
    order_id: Id | None = None
    lines: Annotated[tuple[ReceivedLine, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]


class StockAdjusted(DocumentEvent):
    """A correction is booked. `document_id` is the adjustment or the settled discrepancy's settlement."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.adjusted.v1"

    reason: AdjustReason
    lines: Annotated[tuple[AdjustedLine, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]


class StockCounted(DocumentEvent):
    """A count is compared with what was expected. `document_id` is the count."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.counted.v1"

    scope: CountScope
    outcome: CountOutcome
    approval_id: Id | None = None
    """The `ApproveCount` that decided on it, where one did."""
    lines: Annotated[tuple[CountedLine, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]


class PromiseBroken(OrderStockEvent):
    """A fact took goods that were promised to this order; inventory looks for others."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.promise_broken.v1"

    cause: BreakCause
    cause_id: Id
    """The receipt, count, adjustment or pick behind it."""
    allocations: Annotated[tuple[Allocation, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]
    """What can't be kept, with the quantities that are missing."""
    decision: BreakDecision | None = None
    """Why these promises and not others; None where the fact itself named them (a short pick, a lost transfer)."""
