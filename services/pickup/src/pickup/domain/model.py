"""What pickup knows about one piece of work: an order, a transfer without an order, or a wave over their tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from tsunagu.contracts.values import FulfilmentMethod, ParcelEnd, TaskLine, TaskState, TaskStep


class WorkKind(StrEnum):
    """What the work is for."""

    ORDER = "order"
    TRANSFER = "transfer"
    WAVE = "wave"
    """One list over the tasks of several orders: its only task, which has no goods of its own."""


class GoodsState(StrEnum):
    """Where pieces that left their shelf are. Every piece is in exactly one state."""

    STAGED = "staged"
    """Picked (or arrived) and kept for the order at a location."""
    RELEASED = "released"
    """Picked and no longer wanted: to be put away."""
    EXTRA = "extra"
    """More than was asked, or another SKU: to be put away after somebody has looked at it."""
    IN_TRANSIT = "in_transit"
    IN_TRANSIT_FREE = "in_transit_free"
    """On its way, and no longer wanted by the order."""
    MISSING = "missing"
    """Shipped, and not there when the transfer was declared complete."""
    DAMAGED = "damaged"
    """Arrived, and not fit for the shopper."""
    ARRIVED = "arrived"
    """At the end of a transfer, and free: it served no order, or the order had let go of them on their way."""
    COLLECTED = "collected"
    TAKEN = "taken"
    """Collected straight from the shelf, or picked without our having heard of it yet."""
    PARCELLED = "parcelled"
    UNDELIVERED = "undelivered"
    """Was in a parcel that was lost or came back. What came back is inventory's, which has it looked at."""
    ARRIVED_LATE = "arrived_late"
    """With the recipient, although its parcel had been given up: the order has cancelled it."""
    PUT_AWAY = "put_away"


class Pile(NamedTuple):
    """Pieces that are alike. `place` is a location; in transit, a transfer; in a parcel, the parcel."""

    line_id: str
    sku: str
    allocation_id: str
    """Empty where no promise is behind the pieces."""
    state: GoodsState
    place: str


class GroupState(StrEnum):
    """How far a group of the order is."""

    WAITING = "waiting"
    READY = "ready"
    CLOSED = "closed"


class TransferState(StrEnum):
    """How far a transfer is."""

    PLANNED = "planned"
    SHIPPED = "shipped"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class TaskKind(StrEnum):
    """What somebody is to do."""

    PICK = "pick"
    SHIP_TRANSFER = "ship_transfer"
    RECEIVE_TRANSFER = "receive_transfer"
    SHIP_PARCEL = "ship_parcel"
    HAND_OVER = "hand_over"
    PUT_AWAY = "put_away"
    DISCREPANCY = "discrepancy"
    PICK_WAVE = "pick_wave"
    PUT_AWAY_WAVE = "put_away_wave"


ACTIVE = frozenset({TaskState.OPEN, TaskState.ASSIGNED, TaskState.STARTED})
"""The states in which a task is still to be done."""


@dataclass(frozen=True)
class Group:
    """Lines that reach the shopper together."""

    group_id: str
    method: FulfilmentMethod
    location_id: str | None
    """Where the shopper picks up, or where a transfer goes; None for parcels."""
    state: GroupState = GroupState.WAITING
    pickup_by: datetime | None = None


@dataclass(frozen=True)
class Line:
    """A line of the order. Pieces collected are the larger of what codes and what receipts say."""

    line_id: str
    group_id: str
    sku: str
    quantity: int
    let_go: int = 0
    """Pieces that pickup has decided not to hand over any more."""
    cancelled: int = 0
    """Pieces that the order has cancelled; at most let_go."""
    in_question: int = 0
    """Pieces that can't be had and wait for the shopper's choice."""
    by_code: int = 0
    """Pieces handed over with a HandOver."""
    by_receipt: int = 0
    """Pieces handed over with a till receipt."""
    taken_at: datetime | None = None
    """When pieces were last collected that nobody had picked, as far as we knew."""

    @property
    def collected(self) -> int:
        """Pieces the shopper has: a HandOver and a receipt of the same pieces count once."""
        return max(self.by_code, self.by_receipt)

    @property
    def only_by_receipt(self) -> int:
        """Pieces that a till receipt handed over first: a HandOver of them is the second half of that handover."""
        return max(0, self.by_receipt - self.by_code)


@dataclass(frozen=True)
class Promise:
    """Goods that inventory holds for a line. Only current promises are picked."""

    allocation_id: str
    line_id: str
    sku: str
    quantity: int
    location_id: str
    short: int = 0
    """Pieces reported as not to be found, which inventory has not taken out of the promise yet."""
    is_current: bool = True


@dataclass(frozen=True)
class Task:
    """Something for somebody to do."""

    task_id: str
    kind: TaskKind
    location_id: str
    subject: str
    due_at: datetime
    created_at: datetime
    lines: tuple[TaskLine, ...]
    """As asked, in walking order."""
    left: tuple[TaskLine, ...]
    """What is still to be done of it."""
    group_id: str | None = None
    transfer_id: str | None = None
    detail: str = ""
    owner: str | None = None
    state: TaskState = TaskState.OPEN
    planned_minutes: float | None = None
    minutes: float | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    wave_id: str | None = None
    """The wave that somebody does it in, or did."""
    escalation: int = 0
    """How many steps of its kind's rule it has been given on, because it was overdue."""
    history: tuple[TaskStep, ...] = ()
    version: int = 1


@dataclass(frozen=True)
class TransferCount:
    """Pieces of one kind on a transfer."""

    line_id: str
    sku: str
    allocation_id: str
    planned: int = 0
    shipped: int = 0
    received: int = 0
    damaged: int = 0
    """Of the received pieces, those not fit for the shopper."""


@dataclass(frozen=True)
class Transfer:
    """Goods that go from one location to another, with a carrier, an owner, a date and a cost."""

    transfer_id: str
    group_id: str
    from_location_id: str
    to_location_id: str
    carrier: str
    owner: str
    cost_jpy: int
    ship_by: datetime
    arrive_by: datetime
    state: TransferState
    shipment_id: str
    """All that goes the same way with the same departure."""
    counts: tuple[TransferCount, ...] = ()
    shipped_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Parcel:
    """A parcel to the shopper; what is in it is among the goods."""

    parcel_id: str
    location_id: str
    group_id: str | None
    carrier: str
    tracking_number: str | None
    cost_jpy: int | None
    after_close: bool
    shipped_at: datetime
    delivered_at: datetime | None = None
    ended: ParcelEnd | None = None
    """Set where the recipient does not have it."""


@dataclass(frozen=True)
class Code:
    """A pickup code as it is kept: nobody can tell the token or the digits from it."""

    group_id: str
    salt: str
    digest: str
    digits_digest: str
    """Empty where the digits are not taken."""
    is_replaced: bool = False
    """Another code has taken its place: it opens nothing any more."""


@dataclass(frozen=True)
class Work:
    """One order, one transfer without an order, or one wave, as pickup sees it."""

    work_id: str
    kind: WorkKind = WorkKind.ORDER
    known: bool = False
    """Whether the order (or transfer) itself has been seen; facts may come first."""
    version: int = 0
    allocation_version: int = 0
    opened_at: datetime | None = None
    ready_by: datetime | None = None
    customer_ref: str | None = None
    recipient_ref: str | None = None
    recipient_forgotten: bool = False
    """Whether a recipient was named before the work was over: they may know a code."""
    recipient_version: int = 0
    """Version of the order's event that last took an order from one recipient; 0 where none has."""
    code_published: bool = False
    wrong_codes: int = 0
    """Wrong codes since the last lock, or the last right code."""
    lock_minutes: float = 0.0
    """How long the last lock was; 0 where there was none since a right code."""
    locked_until: datetime | None = None
    """Until when no code is looked at."""
    groups: Mapping[str, Group] = field(default_factory=dict)
    lines: Mapping[str, Line] = field(default_factory=dict)
    promises: Mapping[str, Promise] = field(default_factory=dict)
    goods: Mapping[Pile, int] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    transfers: Mapping[str, Transfer] = field(default_factory=dict)
    parcels: Mapping[str, Parcel] = field(default_factory=dict)
    codes: tuple[Code, ...] = ()
