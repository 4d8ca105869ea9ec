"""Stock: what is asked of inventory and reported to it. What it decided is in `inventory_events`."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.message import Command, ReportedFact, State
from tsunagu.contracts.messages.tasks import KeptTaskAssignment, KeptTaskStart
from tsunagu.contracts.values import (
    DOCUMENT_LINES_MAX,
    ORDER_LINES_MAX,
    AdjustLine,
    AdjustReason,
    AvailableLevel,
    Channel,
    Count,
    CountScope,
    Flag,
    Id,
    Instant,
    LocationId,
    Name,
    PersonRef,
    ReceiptSeen,
    ReceivedLine,
    Resolution,
    SkuCount,
    SkuQuantity,
    Text,
)


class AnnounceDelivery(ReportedFact):
    """A supplier or a warehouse says what it will deliver, and when (an advance shipping notice)."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.delivery.announce.v1"
    KEY: ClassVar[tuple[str, ...]] = ("delivery_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("delivery_id",)

    delivery_id: Id
    location_id: LocationId
    expected_at: Instant
    supplier_id: Id | None = None
    lines: Annotated[tuple[SkuQuantity, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]


class ReceiveStock(ReportedFact):
    """A delivery from outside arrived. A second part of it has a delivery_id of its own."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.receive.v1"
    KEY: ClassVar[tuple[str, ...]] = ("delivery_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("delivery_id",)

    delivery_id: Id
    location_id: LocationId
    supplier_id: Id | None = None
    announced_delivery_id: Id | None = None
    """The announced delivery that this is a part of; without it, the one with its own delivery_id."""
    lines: Annotated[tuple[ReceivedLine, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]


class AdjustStock(ReportedFact):
    """Stock is more or less than booked, for a reason that somebody names."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.adjust.v1"
    KEY: ClassVar[tuple[str, ...]] = ("adjustment_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("adjustment_id",)

    adjustment_id: Id
    location_id: LocationId
    reason: AdjustReason
    lines: Annotated[tuple[AdjustLine, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]
    note: Text = ""


class CountStock(ReportedFact):
    """What is there, counted. It says nothing about SKUs that it does not list."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.count.v1"
    KEY: ClassVar[tuple[str, ...]] = ("count_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("count_id",)

    count_id: Id
    location_id: LocationId
    scope: CountScope
    counted_at: Instant
    receipts_seen: Annotated[tuple[ReceiptSeen, ...], Field(max_length=DOCUMENT_LINES_MAX)] = ()
    """The last receipt per register that the count already contains; decides before counted_at."""
    lines: Annotated[tuple[SkuCount, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]


class SetSafetyStock(Command):
    """Keep so many pieces from being promised; the latest set_at counts."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.set_safety.v1"
    KEY: ClassVar[tuple[str, ...]] = ("setting_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("setting_id",)

    setting_id: Id
    location_id: LocationId
    set_at: Instant
    lines: Annotated[tuple[SkuCount, ...], Field(min_length=1, max_length=DOCUMENT_LINES_MAX)]


class SetDefaultSafetyStock(Command):
    """The safety stock of every SKU of a category that has none of its own; the latest set_at counts."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.set_default_safety.v1"
    KEY: ClassVar[tuple[str, ...]] = ("setting_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("setting_id",)

    setting_id: Id
    category: Name
    location_id: LocationId | None = None
    """Where it counts; None everywhere. A location's own default comes before the one for everywhere."""
    quantity: Count | None = None
    """None: there is no such default any more."""
    set_at: Instant


class HoldStock(Command):
    """Keep goods for a cart for a short while."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.hold.v1"
    KEY: ClassVar[tuple[str, ...]] = ("hold_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("hold_id",)

    hold_id: Id
    location_id: LocationId
    held_until: Instant
    channel: Channel
    customer_ref: PersonRef | None = None
    lines: Annotated[tuple[SkuQuantity, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]


class ExtendHold(Command):
    """Keep a cart's goods longer."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.extend_hold.v1"
    KEY: ClassVar[tuple[str, ...]] = ("hold_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("extension_id",)

    extension_id: Id
    hold_id: Id
    location_id: LocationId
    held_until: Instant


class ReleaseHold(Command):
    """A cart no longer needs its goods."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.release_hold.v1"
    KEY: ClassVar[tuple[str, ...]] = ("hold_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("release_id",)

    release_id: Id
    hold_id: Id
    location_id: LocationId


class ApproveCount(Command):
    """Approve a count whose variance is above the limit, or refuse it: then it is counted again."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.approve_count.v1"
    KEY: ClassVar[tuple[str, ...]] = ("count_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("approval_id",)

    approval_id: Id
    count_id: Id
    location_id: LocationId
    approved: Flag
    note: Text = ""


class SettleDiscrepancy(Command):
    """Say what becomes of goods that are more, fewer or others than was asked."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.settle_discrepancy.v1"
    KEY: ClassVar[tuple[str, ...]] = ("discrepancy_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("settlement_id",)

    settlement_id: Id
    discrepancy_id: Id
    location_id: LocationId
    resolution: Resolution
    lines: Annotated[tuple[AdjustLine, ...], Field(max_length=DOCUMENT_LINES_MAX)] = ()
    """The correction of stock that goes with it, if any."""
    note: Text = ""


class AssignInventoryTask(KeptTaskAssignment):
    """Give a task of `inventory.tasks` to somebody."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.assign_task.v1"
    KEY: ClassVar[tuple[str, ...]] = ("task_id",)


class StartInventoryTask(KeptTaskStart):
    """Somebody begins a task of `inventory.tasks`: its minutes run from occurred_at."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.stock.start_task.v1"
    KEY: ClassVar[tuple[str, ...]] = ("task_id",)


class Availability(State):
    """How many pieces of a SKU can be promised at a location (ATP, never shown below zero)."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.availability.v1"
    KEY: ClassVar[tuple[str, ...]] = ("stock_id",)

    location_id: LocationId
    sku: Id
    available: AvailableLevel
    as_of: Instant

    @property
    def stock_id(self) -> str:
        """The record key, location:sku; a location id holds no colon."""
        return f"{self.location_id}:{self.sku}"


class Feed(State):
    """When inventory last heard from a location: how old its availability may be."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.feed.v1"
    KEY: ClassVar[tuple[str, ...]] = ("location_id",)

    location_id: LocationId
    last_seen_at: Instant
