"""What follows from a decision: each outcome becomes a message, a timer or an answer."""

from dataclasses import dataclass
from datetime import date, datetime

from pickup.domain.model import Group, Parcel, Task, Transfer
from tsunagu.contracts.values import (
    Allocation,
    CancelledPick,
    CollectedLine,
    DeskCheck,
    HandoverProof,
    LineQuantity,
    PickedLine,
    PutAwayLine,
    SaleLine,
    ShortPickKind,
    SkuQuantity,
    TaxAmount,
    TrackingStatus,
    TransferLine,
    TransferReceiptLine,
)


@dataclass(frozen=True)
class PickAsked:
    """A location shall pick."""

    task: Task
    group: Group
    transfer_id: str | None
    allocations: tuple[Allocation, ...]


@dataclass(frozen=True)
class Picked:
    """Pieces are staged."""

    pick_id: str
    task_id: str | None
    allocation_id: str | None
    line_id: str
    sku: str
    quantity: int
    location_id: str
    staff_ref: str | None


@dataclass(frozen=True)
class Shorted:
    """Pieces can't be taken from the shelf."""

    short_pick_id: str
    task_id: str | None
    allocation_id: str | None
    line_id: str
    sku: str
    quantity: int
    kind: ShortPickKind
    location_id: str
    staff_ref: str | None


@dataclass(frozen=True)
class LetGo:
    """Pickup lets go of lines that shall be cancelled."""

    cancel_id: str
    lines: tuple[CancelledPick, ...]


@dataclass(frozen=True)
class CancelDenied:
    """Nothing of what shall be cancelled is left to cancel."""

    cancel_id: str
    lines: tuple[LineQuantity, ...]
    reason: str


@dataclass(frozen=True)
class WasPutAway:
    """Goods are back on the shelf."""

    put_away_id: str
    task_id: str | None
    location_id: str
    lines: tuple[PutAwayLine, ...]
    staff_ref: str | None


@dataclass(frozen=True)
class TransferWasPlanned:
    """Goods shall travel."""

    transfer: Transfer
    lines: tuple[TransferLine, ...]


@dataclass(frozen=True)
class TransferWasCancelled:
    """A transfer is not sent."""

    transfer: Transfer
    cancel_id: str | None
    lines: tuple[TransferLine, ...]
    reason: str


@dataclass(frozen=True)
class TransferIsAtRisk:
    """Goods should be at the other end soon and are not."""

    transfer: Transfer
    reason: str


@dataclass(frozen=True)
class TransferWasShipped:
    """Goods are on their way."""

    transfer: Transfer
    shipping_id: str
    shipment_id: str | None
    lines: tuple[TransferLine, ...]
    tracking_number: str | None
    staff_ref: str | None


@dataclass(frozen=True)
class TransferHasArrived:
    """Goods are at the other end."""

    transfer: Transfer
    receiving_id: str
    location_id: str
    lines: tuple[TransferReceiptLine, ...]
    complete: bool
    staff_ref: str | None


@dataclass(frozen=True)
class GroupIsReady:
    """A group waits for the shopper; it gets a code."""

    group: Group
    lines: tuple[PickedLine, ...]
    pickup_by: datetime


@dataclass(frozen=True)
class GroupIsClosed:
    """Nothing of a group waits any more."""

    group_id: str


@dataclass(frozen=True)
class CodeIsUseless:
    """Nothing of the order waits for the shopper any more."""


@dataclass(frozen=True)
class CodeIsReplaced:
    """The codes that were given out are void; a new one, good for the whole order, takes their place."""

    group_id: str
    """Of the groups that wait, the one that waits longest."""
    valid_until: datetime


@dataclass(frozen=True)
class CodesAreLocked:
    """Too many wrong codes were shown: none is looked at for a while."""

    location_id: str
    until: datetime
    tries: int


@dataclass(frozen=True)
class GroupHasExpired:
    """Nobody came in time."""

    group: Group
    lines: tuple[PickedLine, ...]
    pickup_by: datetime


@dataclass(frozen=True)
class WasCollected:
    """The shopper has goods of one group; without lines it is the second half of a double handover."""

    group_id: str
    location_id: str
    lines: tuple[CollectedLine, ...]
    proof: HandoverProof
    handover_id: str | None = None
    receipt_id: str | None = None
    register_id: str | None = None
    business_date: date | None = None
    staff_ref: str | None = None
    done_offline: bool = False
    after_close: bool = False
    desk_check: DeskCheck | None = None
    unproven: bool | None = None


@dataclass(frozen=True)
class IsPlainSale:
    """Goods went over the counter for an order, or order line, that can't have them."""

    location_id: str
    lines: tuple[SaleLine, ...]
    receipt_id: str | None = None
    register_id: str | None = None
    receipt_number: int | None = None
    business_date: date | None = None
    tax_by_rate: tuple[TaxAmount, ...] = ()
    handover_id: str | None = None
    customer_ref: str | None = None
    staff_ref: str | None = None


@dataclass(frozen=True)
class WorkIsUnmatched:
    """Work was reported on something that nobody has heard of in time."""

    fact_type: str
    fact_id: str
    order_id: str | None
    transfer_id: str | None
    parcel_id: str | None
    location_id: str | None
    arrived: tuple[SkuQuantity, ...]
    left: tuple[SkuQuantity, ...]
    staff_ref: str | None


@dataclass(frozen=True)
class ParcelHasLeft:
    """A parcel is on its way."""

    parcel: Parcel
    lines: tuple[PickedLine, ...]


@dataclass(frozen=True)
class ParcelWasSeen:
    """The carrier said where a parcel is."""

    parcel_id: str
    tracking_id: str
    status: TrackingStatus
    place: str | None = None
    redelivery_at: datetime | None = None
    time_band: str | None = None


@dataclass(frozen=True)
class ParcelHasArrived:
    """The recipient has the parcel."""

    parcel: Parcel
    lines: tuple[PickedLine, ...]


@dataclass(frozen=True)
class ParcelHasEnded:
    """The recipient will not get the parcel."""

    parcel: Parcel
    lines: tuple[PickedLine, ...]


@dataclass(frozen=True)
class Accepted:
    """A command is carried out, and no event says so."""


@dataclass(frozen=True)
class Refused:
    """A command is not carried out."""

    reason: str
    detail: str


@dataclass(frozen=True)
class MustWait:
    """A fact about something that is not known yet is kept until it is."""


Outcome = (
    PickAsked
    | Picked
    | Shorted
    | LetGo
    | CancelDenied
    | WasPutAway
    | TransferWasPlanned
    | TransferWasCancelled
    | TransferIsAtRisk
    | TransferWasShipped
    | TransferHasArrived
    | GroupIsReady
    | GroupIsClosed
    | CodeIsUseless
    | CodeIsReplaced
    | CodesAreLocked
    | GroupHasExpired
    | WasCollected
    | IsPlainSale
    | WorkIsUnmatched
    | ParcelHasLeft
    | ParcelWasSeen
    | ParcelHasArrived
    | ParcelHasEnded
    | Accepted
    | Refused
    | MustWait
)
