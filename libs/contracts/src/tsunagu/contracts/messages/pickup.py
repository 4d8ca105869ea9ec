"""Work in stores and between them: what is asked of pickup and told it. Its answers: `pickup_events`."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.digits import DIGITS_PATTERN
from tsunagu.contracts.message import Command, ReportedFact, State
from tsunagu.contracts.values import (
    ORDER_LINES_MAX,
    CapacitySlot,
    Code,
    DeskCheck,
    Flag,
    Id,
    Instant,
    LineQuantity,
    LocationId,
    Minutes,
    Name,
    PickedLine,
    PutAwayLine,
    Quantity,
    Ref,
    Sha256,
    ShortPickKind,
    Text,
    TrackingStatus,
    TransferLine,
    TransferReceiptLine,
    Version,
    WaveKind,
    Yen,
)

CAPACITY_SLOTS_MAX = 200
"""Two days of hours and several months of days; keeps the news small."""

_WORK_KEY = ("order_id", "transfer_id", "location_id")


class AssignTask(Command):
    """Give a task to somebody."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.task.assign.v1"
    KEY: ClassVar[tuple[str, ...]] = _WORK_KEY
    IDENTITY: ClassVar[tuple[str, ...]] = ("assignment_id",)

    assignment_id: Id
    task_id: Id
    location_id: LocationId
    order_id: Id | None = None
    transfer_id: Id | None = None
    owner: Ref


class StartTask(Command):
    """Somebody begins a task: its minutes run from occurred_at."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.task.start.v1"
    KEY: ClassVar[tuple[str, ...]] = _WORK_KEY
    IDENTITY: ClassVar[tuple[str, ...]] = ("start_id",)

    start_id: Id
    task_id: Id
    location_id: LocationId
    order_id: Id | None = None
    transfer_id: Id | None = None


class TakeWave(Command):
    """Somebody who is there takes the most urgent open tasks of a location as one list, and begins it at occurred_at.

    The list is a `Task` with the id `wave_id`, in walking order. Each of its lines is confirmed for its own task.
    """

    WIRE_TYPE: ClassVar[str] = "tsunagu.wave.take.v1"
    KEY: ClassVar[tuple[str, ...]] = ("location_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("wave_id",)

    wave_id: Id
    location_id: LocationId
    kind: WaveKind = WaveKind.PICK
    owner: Ref
    tasks_max: Quantity | None = None
    """At most so many tasks; never more than pickup's own limit."""


class ReleaseWave(Command):
    """Whoever has a wave gives back what is left of it."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.wave.release.v1"
    KEY: ClassVar[tuple[str, ...]] = ("location_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("release_id",)

    release_id: Id
    wave_id: Id
    location_id: LocationId


class ConfirmPick(ReportedFact):
    """Goods are off the shelf and staged. A second part of the line has a pick_id of its own."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pick.confirm.v1"
    KEY: ClassVar[tuple[str, ...]] = _WORK_KEY
    IDENTITY: ClassVar[tuple[str, ...]] = ("pick_id",)

    pick_id: Id
    order_id: Id | None = None
    transfer_id: Id | None = None
    task_id: Id | None = None
    location_id: LocationId
    allocation_id: Id | None = None
    line_id: Id
    sku: Id
    """What was picked; may be another SKU than the list asked for."""
    quantity: Quantity


class ReportShortPick(ReportedFact):
    """The list asks for goods that can't be taken from the shelf."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pick.report_short.v1"
    KEY: ClassVar[tuple[str, ...]] = _WORK_KEY
    IDENTITY: ClassVar[tuple[str, ...]] = ("short_pick_id",)

    short_pick_id: Id
    order_id: Id | None = None
    transfer_id: Id | None = None
    task_id: Id | None = None
    location_id: LocationId
    allocation_id: Id | None = None
    line_id: Id
    sku: Id
    quantity: Quantity
    """Pieces that could not be taken."""
    kind: ShortPickKind


class ConfirmPutAway(ReportedFact):
    """Staged or returned goods are back on the shelf."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.put_away.confirm.v1"
    KEY: ClassVar[tuple[str, ...]] = _WORK_KEY
    IDENTITY: ClassVar[tuple[str, ...]] = ("put_away_id",)

    put_away_id: Id
    order_id: Id | None = None
    transfer_id: Id | None = None
    task_id: Id | None = None
    location_id: LocationId
    lines: Annotated[tuple[PutAwayLine, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]


class PlanTransfer(Command):
    """Move goods between locations without an order."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.transfer.plan.v1"
    KEY: ClassVar[tuple[str, ...]] = ("transfer_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("transfer_id",)

    transfer_id: Id
    from_location_id: LocationId
    to_location_id: LocationId
    lines: Annotated[tuple[TransferLine, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]
    note: Text = ""


class CancelTransfer(Command):
    """Do not send a transfer after all."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.transfer.cancel.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id", "transfer_id")
    IDENTITY: ClassVar[tuple[str, ...]] = ("cancel_id",)

    cancel_id: Id
    transfer_id: Id
    order_id: Id | None = None
    reason: Code


class ShipTransfer(ReportedFact):
    """A transfer has left. Scanning a shipment sends one of these for each of its transfers."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.transfer.ship.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id", "transfer_id")
    IDENTITY: ClassVar[tuple[str, ...]] = ("shipping_id",)

    shipping_id: Id
    transfer_id: Id
    order_id: Id | None = None
    shipment_id: Id | None = None
    location_id: LocationId
    """Where it left."""
    carrier: Name | None = None
    tracking_number: Id | None = None
    lines: Annotated[tuple[TransferLine, ...], Field(max_length=ORDER_LINES_MAX)] = ()
    """What was sent; none means all that was picked for it."""


class ReceiveTransfer(ReportedFact):
    """A transfer, or part of it, has arrived."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.transfer.receive.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id", "transfer_id")
    IDENTITY: ClassVar[tuple[str, ...]] = ("receiving_id",)

    receiving_id: Id
    transfer_id: Id
    order_id: Id | None = None
    location_id: LocationId
    """Where it arrived."""
    lines: Annotated[tuple[TransferReceiptLine, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]
    complete: Flag
    """Whether nothing more is expected of it."""


class HandOver(Command):
    """Give the goods to the shopper. Done offline it has happened already and is a fact."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.hand_over.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("handover_id",)

    handover_id: Id
    order_id: Id
    location_id: LocationId
    code_hash: Sha256 | None = None
    """SHA-256 of the QR token, where it was scanned. With neither, the shopper was found at the desk without a code."""
    digits_hash: Sha256 | None = None
    """`tsunagu.contracts.digits.digits_hash` of the six digits, where they were typed."""
    desk_check: DeskCheck | None = None
    """What `staff_ref` looked at, where there is no code."""
    lines: Annotated[tuple[LineQuantity, ...], Field(max_length=ORDER_LINES_MAX)] = ()
    """What is handed over; none means all that waits there."""
    done_offline: Flag = False

    @property
    def is_fact(self) -> bool:
        """Whether the goods are gone already."""
        return self.done_offline


class ShipParcel(ReportedFact):
    """A parcel has left for the shopper."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.parcel.ship.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("parcel_id",)

    parcel_id: Id
    order_id: Id
    location_id: LocationId
    carrier: Name
    tracking_number: Id | None = None
    cost_jpy: Yen | None = None
    lines: Annotated[tuple[PickedLine, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]


class ReportTracking(ReportedFact):
    """The carrier says where a parcel is. Delivered, or left at the door, it is with the recipient."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.parcel.report_tracking.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("tracking_id",)

    tracking_id: Id
    parcel_id: Id
    order_id: Id
    status: TrackingStatus
    place: Name | None = None
    """A depot or city, never the recipient's address."""
    redelivery_at: Instant | None = None
    """When the carrier comes again, where that has been agreed."""
    time_band: Code | None = None
    """Between which hours it comes then: morning, h18_20 …"""


class ReportShipmentTracking(ReportedFact):
    """The carrier says where a shipment between locations is. What it carries is received where it is counted in."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.shipment.report_tracking.v1"
    KEY: ClassVar[tuple[str, ...]] = ("location_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("tracking_id",)

    tracking_id: Id
    shipment_id: Id
    location_id: LocationId
    """Where it left, or is to leave."""
    status: TrackingStatus
    place: Name | None = None
    """A depot or city."""


class ConfirmDelivery(ReportedFact):
    """The recipient has the parcel."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.parcel.confirm_delivery.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("confirmation_id",)

    confirmation_id: Id
    parcel_id: Id
    order_id: Id


class PausePickup(Command):
    """A location takes no more pickup work for now."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pickup.pause.v1"
    KEY: ClassVar[tuple[str, ...]] = ("location_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("pause_id",)

    pause_id: Id
    location_id: LocationId
    reason: Code
    until: Instant | None = None
    """When it resumes by itself; none means at ResumePickup."""


class ResumePickup(Command):
    """A location takes pickup work again."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pickup.resume.v1"
    KEY: ClassVar[tuple[str, ...]] = ("location_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("resume_id",)

    resume_id: Id
    location_id: LocationId


class PickupCode(State):
    """What the shopper shows: a QR token of 128 bits, or six digits to type. Neither shows in repr or str."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.pickup.code.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)

    order_id: Id
    token: Annotated[str, Field(repr=False, pattern=r"^[A-Za-z0-9_-]{22}$")]
    """128 random bits in base64url without padding; its SHA-256 is what `HandOver.code_hash` carries."""
    digits: Annotated[str, Field(repr=False, pattern=DIGITS_PATTERN)]
    """Compared online only: a hash of six digits hides nothing without a key, and no tablet has that."""
    valid_until: Instant
    recipient_version: Version | None = None
    """Version of the order's event by which all codes before it are void, since it named another recipient."""


class PickCapacity(State):
    """How much more picking a location can take, for shoppers who come and for goods that go elsewhere.

    Whether shoppers may come at all is `Location.pickup_enabled`.
    """

    WIRE_TYPE: ClassVar[str] = "tsunagu.pickup.capacity.v1"
    KEY: ClassVar[tuple[str, ...]] = ("location_id",)

    location_id: LocationId
    open: Flag
    reason: Code | None = None
    """Why it is closed."""
    minutes_left_today: Minutes
    minutes_left_this_hour: Minutes
    as_of: Instant
    ahead: Annotated[tuple[CapacitySlot, ...], Field(max_length=CAPACITY_SLOTS_MAX)] = ()
    """The hours of today and tomorrow in which pickers work, then whole days, in order; none where nothing is known of
    them. What has to be ready at a time may use the minutes of all slots up to then."""
