"""What pickup did and decided."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.message import Event
from tsunagu.contracts.values import (
    DOCUMENT_LINES_MAX,
    ORDER_LINES_MAX,
    Allocation,
    CancelledPick,
    Code,
    CollectedLine,
    Count,
    Day,
    DeskCheck,
    Flag,
    FulfilmentMethod,
    HandoverProof,
    Id,
    Instant,
    LineQuantity,
    LocationId,
    Name,
    ParcelEnd,
    PersonRef,
    PickedLine,
    PutAwayLine,
    Quantity,
    Ref,
    SaleLine,
    Sha256,
    ShortPickKind,
    SkuQuantity,
    TaxAmount,
    TrackingStatus,
    TransferLine,
    TransferReceiptLine,
    Version,
    Yen,
)

PickedLines = Annotated[tuple[PickedLine, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]


class OrderWorkEvent(Event):
    """Work for an order; `version` counts pickup's events per record key."""

    KEY: ClassVar[tuple[str, ...]] = ("order_id",)

    order_id: Id
    version: Version
    customer_ref: PersonRef | None = None
    recipient_ref: PersonRef | None = None


class WorkEvent(Event):
    """Work for an order, a transfer without an order, or a location."""

    KEY: ClassVar[tuple[str, ...]] = ("order_id", "transfer_id", "location_id")

    version: Version
    order_id: Id | None = None
    transfer_id: Id | None = None
    location_id: LocationId
    staff_ref: Ref | None = None


class PickRequested(OrderWorkEvent):
    """A location shall pick goods of an order by due_at."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pick.requested.v1"

    task_id: Id
    group_id: Id
    method: FulfilmentMethod
    location_id: LocationId
    """Where to pick."""
    destination_id: LocationId | None = None
    """Where the shopper picks up; another than location_id means a transfer."""
    transfer_id: Id | None = None
    allocations: Annotated[tuple[Allocation, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]
    allocation_version: Version
    due_at: Instant


class PickCompleted(WorkEvent):
    """Goods are off the shelf and staged."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pick.completed.v1"

    pick_id: Id
    task_id: Id | None = None
    allocation_id: Id | None = None
    allocation_version: Version | None = None
    """The promise that the pick was made for; it may have moved since."""
    line_id: Id
    sku: Id
    quantity: Quantity


class PickShorted(WorkEvent):
    """Goods that should have been on the shelf could not be taken."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pick.shorted.v1"

    short_pick_id: Id
    task_id: Id | None = None
    allocation_id: Id | None = None
    allocation_version: Version | None = None
    line_id: Id
    sku: Id
    quantity: Quantity
    kind: ShortPickKind


class PickCancelled(OrderWorkEvent):
    """Pickup lets go of these lines. What is staged goes to a put-away task, what travels arrives free."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pick.cancelled.v1"

    cancel_id: Id
    lines: Annotated[tuple[CancelledPick, ...], Field(max_length=DOCUMENT_LINES_MAX)]


class CancelRefused(OrderWorkEvent):
    """Too late: these lines have been handed over or have left in a parcel."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pick.cancel_refused.v1"

    cancel_id: Id
    lines: Annotated[tuple[LineQuantity, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
    reason: Code


class PutAwayCompleted(WorkEvent):
    """Staged goods are on the shelf again; only now do they become available."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.put_away.completed.v1"

    put_away_id: Id
    task_id: Id | None = None
    lines: Annotated[tuple[PutAwayLine, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]


class TransferEvent(Event):
    """What happens to a transfer; it serves one order or none."""

    KEY: ClassVar[tuple[str, ...]] = ("order_id", "transfer_id")

    transfer_id: Id
    order_id: Id | None = None
    version: Version
    from_location_id: LocationId
    to_location_id: LocationId
    staff_ref: Ref | None = None


class TransferPlanned(TransferEvent):
    """Goods shall travel between locations, with a carrier, an owner, a date and a cost."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.transfer.planned.v1"

    group_id: Id | None = None
    lines: Annotated[tuple[TransferLine, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
    carrier: Name
    owner: Name
    cost_jpy: Yen
    ship_by: Instant
    arrive_by: Instant
    shipment_id: Id | None = None
    """What it leaves with: all that goes the same way with the same departure."""


class TransferCancelled(TransferEvent):
    """The goods stay where they are."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.transfer.cancelled.v1"

    cancel_id: Id | None = None
    lines: Annotated[tuple[TransferLine, ...], Field(max_length=2 * ORDER_LINES_MAX)]
    reason: Code


class TransferAtRisk(TransferEvent):
    """The goods should be at the destination soon, and have not arrived: told once per transfer."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.transfer.at_risk.v1"

    carrier: Name
    owner: Name
    """Who answers for it."""
    arrive_by: Instant
    reason: Code
    """How far it is: not_shipped, not_received."""


class TransferShipped(TransferEvent):
    """The goods are on their way."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.transfer.shipped.v1"

    shipping_id: Id
    shipment_id: Id | None = None
    lines: Annotated[tuple[TransferLine, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
    carrier: Name | None = None
    tracking_number: Id | None = None
    arrive_by: Instant | None = None


class TransferReceived(TransferEvent):
    """The goods, or part of them, are at the destination; what differs is a discrepancy."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.transfer.received.v1"

    receiving_id: Id
    lines: Annotated[tuple[TransferReceiptLine, ...], Field(min_length=1, max_length=2 * ORDER_LINES_MAX)]
    complete: Flag


class PickupReady(OrderWorkEvent):
    """A group waits for the shopper."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pickup.ready.v1"

    group_id: Id
    location_id: LocationId
    lines: PickedLines
    pickup_by: Instant
    code_hash: Sha256 | None = None
    """SHA-256 of the QR token (128 random bits, so that it tells nothing): tablets check it offline."""


class PickupCollected(OrderWorkEvent):
    """The shopper has the goods. After the order was closed (after_close) it is booked all the same.

    The second half of a double handover has no lines: it only adds its receipt_id or handover_id.
    """

    WIRE_TYPE: ClassVar[str] = "tsunagu.pickup.collected.v1"

    group_id: Id | None = None
    location_id: LocationId
    lines: Annotated[tuple[CollectedLine, ...], Field(max_length=2 * ORDER_LINES_MAX)]
    proof: HandoverProof
    handover_id: Id | None = None
    receipt_id: Id | None = None
    register_id: Id | None = None
    business_date: Day | None = None
    staff_ref: Ref | None = None
    done_offline: Flag = False
    after_close: Flag = False
    desk_check: DeskCheck | None = None
    """What staff looked at, where there was no code."""
    unproven: Flag | None = None
    """Set where it was done offline with a code that is not the order's, or while its codes were locked."""


class PickupLocked(OrderWorkEvent):
    """Too many wrong codes: until then no code of the order is looked at, a right one neither."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pickup.locked.v1"

    location_id: LocationId
    """Where the last of them was shown."""
    until: Instant
    tries: Count
    """Wrong codes that led to this lock."""


class PickupCodeReplaced(OrderWorkEvent):
    """Another person was named to collect: all codes of the order that were given out before are void."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pickup.code_replaced.v1"

    code_hash: Sha256
    """Of the new QR token, in the place of `PickupReady.code_hash`: tablets check it offline."""


class PickupExpired(OrderWorkEvent):
    """Nobody came by pickup_by; the goods go to a put-away task."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pickup.expired.v1"

    group_id: Id
    location_id: LocationId
    lines: PickedLines
    pickup_by: Instant


class ParcelShipped(OrderWorkEvent):
    """A parcel has left for the shopper."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.parcel.shipped.v1"

    parcel_id: Id
    group_id: Id | None = None
    location_id: LocationId
    lines: PickedLines
    carrier: Name
    tracking_number: Id | None = None
    cost_jpy: Yen | None = None
    after_close: Flag = False
    """Whether it holds more than was still open of the order when it left."""


class ParcelTracked(OrderWorkEvent):
    """The carrier said where a parcel is."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.parcel.tracked.v1"

    parcel_id: Id
    tracking_id: Id | None = None
    status: TrackingStatus
    place: Name | None = None
    redelivery_at: Instant | None = None
    time_band: Code | None = None


class ParcelDelivered(OrderWorkEvent):
    """The recipient has the parcel."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.parcel.delivered.v1"

    parcel_id: Id
    group_id: Id | None = None
    location_id: LocationId
    """Where it was sent from."""
    lines: PickedLines
    after_close: Flag = False


class ParcelEnded(OrderWorkEvent):
    """The recipient does not have the parcel, and will not get it. One that was lost may come back after all."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.parcel.ended.v1"

    parcel_id: Id
    group_id: Id | None = None
    location_id: LocationId
    """Where it was sent from; if it came back, its goods are there again, to be looked at."""
    lines: PickedLines
    """All that was in it."""
    outcome: ParcelEnd


class HandoverUnmatched(Event):
    """A till or tablet handed over goods of an order that nobody knows: taken as a plain sale."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pickup.handover_unmatched.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)

    order_id: Id
    version: Version = 1
    location_id: LocationId
    lines: Annotated[tuple[SaleLine, ...], Field(max_length=DOCUMENT_LINES_MAX)]
    """The receipt's lines of this order; none for a handover by code, whose goods nobody knows."""
    receipt_id: Id | None = None
    register_id: Id | None = None
    receipt_number: Version | None = None
    business_date: Day | None = None
    tax_by_rate: tuple[TaxAmount, ...] = ()
    handover_id: Id | None = None
    customer_ref: PersonRef | None = None
    staff_ref: Ref | None = None


class WorkUnmatched(Event):
    """Somebody reported work on an order, transfer or parcel that nobody has heard of in time.

    Goods that came or left are booked as reported, and somebody finds out whose they are.
    """

    WIRE_TYPE: ClassVar[str] = "tsunagu.work.unmatched.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id", "transfer_id", "fact_id")

    version: Version
    order_id: Id | None = None
    transfer_id: Id | None = None
    parcel_id: Id | None = None
    fact_type: Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,100}$")]
    """Wire type of what was reported: tsunagu.transfer.receive.v1 …"""
    fact_id: Id
    """Its natural id."""
    location_id: LocationId | None = None
    """Where it happened; none for what a carrier says of a parcel."""
    arrived: Annotated[tuple[SkuQuantity, ...], Field(max_length=ORDER_LINES_MAX)] = ()
    """Pieces that came in there."""
    left: Annotated[tuple[SkuQuantity, ...], Field(max_length=ORDER_LINES_MAX)] = ()
    """Pieces that left."""
    staff_ref: Ref | None = None
