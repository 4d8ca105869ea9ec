"""What a decision can lead to. Each outcome becomes one event; `Refused` answers a command with a no."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from order.domain.order import Order
from tsunagu.contracts.values import (
    Allocation,
    CancelledBy,
    ChoiceOption,
    CompletedLine,
    LineQuantity,
    OrderLine,
    RefundLine,
    ReservationCause,
    ReturnedLine,
    ShortLine,
    UnmatchedReturnLine,
)


class RefundKind(StrEnum):
    """What a refund follows; few values, so that a metric can carry it."""

    REJECTION = "rejection"
    CANCELLATION = "cancellation"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Placed:
    """Taken; inventory answers next."""

    hold_id: str | None
    valid_until: datetime | None
    staff_ref: str | None
    device_id: str | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Inventory holds the lines."""

    lines: tuple[OrderLine, ...]
    ready_by: datetime
    short_lines: tuple[ShortLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Reallocated:
    """Other goods take the place of promised ones."""

    lines: tuple[OrderLine, ...]
    ready_by: datetime
    cause: ReservationCause


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing of the order can be had, or it came too late."""

    reason: str
    detail: str
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class ChoiceAsked:
    """The shopper chooses until answer_by."""

    lines: tuple[OrderLine, ...]
    options: tuple[ChoiceOption, ...]
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """Some lines reach the shopper another way."""

    change_id: str
    changed_line_ids: tuple[str, ...]
    ended_allocations: tuple[Allocation, ...]


@dataclass(frozen=True, slots=True)
class NewRecipient:
    """Another person may collect the order, or only the customer."""

    change_id: str


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """Pickup decides whether these pieces can still be cancelled."""

    cancel_id: str
    reason: str
    by: CancelledBy
    lines: tuple[LineQuantity, ...]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """These pieces will not be had."""

    cancel_id: str | None
    reason: str
    by: CancelledBy
    lines: tuple[OrderLine, ...]
    finished: bool
    parcel_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """All that is promised of a group waits for the shopper."""

    group_id: str
    location_id: str
    lines: tuple[OrderLine, ...]
    pickup_by: datetime | None


@dataclass(frozen=True, slots=True)
class Shipped:
    """These pieces of a group are under way in a parcel."""

    group_id: str
    parcel_id: str
    location_id: str
    carrier: str
    tracking_number: str | None
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class Completed:
    """The shopper has these pieces of a group."""

    group_id: str
    location_id: str
    lines: tuple[CompletedLine, ...]
    sources: tuple[Allocation, ...]
    finished: bool
    receipt_id: str | None = None
    handover_id: str | None = None
    parcel_id: str | None = None
    staff_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """Pieces came back within what was completed."""

    return_id: str
    location_id: str
    receipt_id: str | None
    lines: tuple[ReturnedLine, ...]
    finished: bool


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Pieces came back that the order did not hand out: a plain return."""

    return_id: str
    location_id: str
    receipt_id: str | None
    customer_ref: str | None
    lines: tuple[UnmatchedReturnLine, ...]


@dataclass(frozen=True, slots=True)
class Refund:
    """Whoever has the money owes it to the shopper: the channel what was paid in advance, a till what one has taken.

    Each of the lines owes something: nobody has to hear of goods that cost nothing, or are paid back already.
    """

    kind: RefundKind
    cause_id: str
    reason: str
    lines: tuple[RefundLine, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """Cancelled pieces are with the shopper after all: the shopper owes what no till has taken."""

    location_id: str
    receipt_id: str | None
    lines: tuple[RefundLine, ...]


Outcome: TypeAlias = (
    Placed
    | Confirmed
    | Reallocated
    | Rejected
    | ChoiceAsked
    | Changed
    | NewRecipient
    | CancelAsked
    | Cancelled
    | Ready
    | Shipped
    | Completed
    | Returned
    | Unmatched
    | Refund
    | Settlement
)


@dataclass(frozen=True, slots=True)
class Decision:
    """The order after a cause, and what to say about it, in that order."""

    order: Order
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that can't be done: a code, and a sentence for people."""

    reason: str
    detail: str
