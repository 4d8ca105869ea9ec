"""Two lists of orders beside each other: what differs, and by which command it could be made good. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tsunagu.contracts.messages import CancelOrder, PlaceOrder


class Stands(StrEnum):
    """How an order stands at its site."""

    OPEN = "open"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class Kind(StrEnum):
    """What differs."""

    NOT_HERE = "not_here"
    NOT_CANCELLED_HERE = "not_cancelled_here"
    NOT_TOLD = "not_told"
    OPEN_HERE = "open_here"


@dataclass(frozen=True, slots=True)
class Theirs:
    """An order as its site has it: with the last event that it was told, and what it would say of the order."""

    order_id: str
    stands: Stands
    told: str | None = None
    said: PlaceOrder | CancelOrder | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """An order as it is here: whether it has ended or is to be cancelled, and the last event that was told."""

    ended: bool
    cancelling: bool
    told: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that differs. `said` makes it good."""

    order_id: str
    kind: Kind
    said: PlaceOrder | CancelOrder | None = None


def compare(theirs: Sequence[Theirs], ours: Mapping[str, Ours]) -> list[Difference]:
    """What differs of the orders that a site has listed, one thing for each order at the most."""
    return [found for order in theirs if (found := _difference(order, ours.get(order.order_id))) is not None]


def _difference(theirs: Theirs, ours: Ours | None) -> Difference | None:
    order_id = theirs.order_id
    if ours is None:
        # What never came and is over is nobody's loss.
        return Difference(order_id, Kind.NOT_HERE, theirs.said) if theirs.stands is Stands.OPEN else None
    if theirs.stands is Stands.CANCELLED and not ours.ended and not ours.cancelling:
        return Difference(order_id, Kind.NOT_CANCELLED_HERE, theirs.said)
    if theirs.stands is Stands.CLOSED and not ours.ended:
        return Difference(order_id, Kind.OPEN_HERE)
    # A list that does not say what was told last is believed, unless the order is over here and open there.
    behind = theirs.told != ours.told if theirs.told is not None else ours.ended
    if theirs.stands is Stands.OPEN and ours.told is not None and behind:
        return Difference(order_id, Kind.NOT_TOLD)
    return None
