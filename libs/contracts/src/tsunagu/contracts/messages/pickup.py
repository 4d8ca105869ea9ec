"""Work in stores and between them: what is asked of pickup and told it. Its answers: `pickup_events`."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.digits import DIGITS_PATTERN
from tsunagu.contracts.message import Command, ReportedFact, State
from tsunagu.contracts.values import (
    ORDER_LINES_MAX,
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
    Yen,
)

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
    """The carrier says where a parcel is."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.parcel.report_tracking.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("tracking_id",)

    tracking_id: Id
    parcel_id: Id
    order_id: Id
    status: TrackingStatus
    place: Name | None = None
    """A depot or city, never the recipient's address."""


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
