"""An order's allocations: what is promised from where, and where those goods are by now."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from tsunagu.contracts.values import Allocation


class PartState(StrEnum):
    """Where pieces of an allocation are.

    Held for the order: RESERVED on the shelf, STAGED off it, IN_TRANSIT to another location. No longer held: LOOSE
    (staged, until it is put away) and FREE_TRANSIT (arrives free). ISSUED has left the building.
    """

    RESERVED = "reserved"
    STAGED = "staged"
    IN_TRANSIT = "in_transit"
    ISSUED = "issued"
    LOOSE = "loose"
    FREE_TRANSIT = "free_transit"


HELD = frozenset({PartState.RESERVED, PartState.STAGED, PartState.IN_TRANSIT})
PICKED = frozenset({PartState.STAGED, PartState.IN_TRANSIT, PartState.ISSUED})

# Whose promise ends first when fewer pieces are wanted: what nobody has worked on yet.
_ENDS_FIRST = {PartState.RESERVED: 0, PartState.IN_TRANSIT: 1, PartState.STAGED: 2}


class Part(NamedTuple):
    """Pieces of one allocation in one state at one place. `location_id` is where they were promised from.

    `place_id` is where they are, or where they go while in transit. `decided_no` orders promises by age; None is
    one that is being made.
    """

    allocation_id: str
    line_id: str
    sku: str
    location_id: str
    state: PartState
    place_id: str
    quantity: int
    decided_no: int | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it the same part: allocation, state and place."""
        return self.allocation_id, self.state, self.place_id


class Wanted(NamedTuple):
    """What is still wanted of an order line. `given_up` of `quantity` can't be had, as order has been told.

    It is picked up at `location_id` or shipped to `prefecture`.
    """

    line_id: str
    sku: str
    quantity: int
    given_up: int
    location_id: str | None
    prefecture: str | None


def moved(
    parts: Sequence[Part], part: Part, quantity: int, state: PartState | None, place_id: str
) -> tuple[Part, ...]:
    """The parts after `quantity` pieces of `part` went to another state and place; None: they are no part any more.

    Raises ValueError when the part has not as many.
    """
    if not 0 < quantity <= part.quantity:
        raise ValueError(f"{quantity} of {part.quantity} pieces can't move")
    result = [other for other in parts if other.identity != part.identity]
    if quantity < part.quantity:
        result.append(part._replace(quantity=part.quantity - quantity))
    if state is None:
        return tuple(result)
    return added(result, part._replace(state=state, place_id=place_id, quantity=quantity))


def added(parts: Sequence[Part], part: Part) -> tuple[Part, ...]:
    """The parts with these pieces as well; pieces in the same state and place join."""
    result = list(parts)
    for place, other in enumerate(result):
        if other.identity == part.identity:
            result[place] = other._replace(quantity=other.quantity + part.quantity)
            return tuple(result)
    result.append(part)
    return tuple(result)


def chosen(candidates: Iterable[Part], quantity: int) -> list[tuple[Part, int]]:
    """Which pieces make up `quantity`, in the order of the candidates; fewer where there are not as many."""
    result: list[tuple[Part, int]] = []
    for part in candidates:
        if quantity <= 0:
            break
        pieces = min(quantity, part.quantity)
        result.append((part, pieces))
        quantity -= pieces
    return result


def pieces(parts: Iterable[Part], line_id: str, states: Iterable[PartState]) -> int:
    """How many pieces of a line are in one of these states."""
    among = frozenset(states)
    return sum(part.quantity for part in parts if part.line_id == line_id and part.state in among)


def missing(wanted: Sequence[Wanted], parts: Sequence[Part]) -> dict[str, int]:
    """Line → pieces that are wanted, not given up, and neither held nor issued; only of lines that lack something."""
    result: dict[str, int] = {}
    for line in wanted:
        there = pieces(parts, line.line_id, HELD | {PartState.ISSUED})
        lacking = line.quantity - line.given_up - there
        if lacking > 0:
            result[line.line_id] = lacking
    return result


def excess(wanted: Sequence[Wanted], parts: Sequence[Part], line_id: str) -> list[tuple[Part, int]]:
    """Which held pieces of a line are too many: first those nobody has picked yet, of these the newest promise."""
    need = sum(line.quantity - line.given_up for line in wanted if line.line_id == line_id)
    too_many = pieces(parts, line_id, HELD | {PartState.ISSUED}) - need
    held = [part for part in parts if part.line_id == line_id and part.state in HELD]
    held.sort(key=lambda part: (_ENDS_FIRST[part.state], -(part.decided_no or 0), part.allocation_id))
    return chosen(held, too_many)


def without_issued(parts: Sequence[Part], line_id: str, quantity: int) -> tuple[Part, ...]:
    """The parts without so many pieces of a line that have left the building: they never reached the shopper."""
    gone = [part for part in parts if part.line_id == line_id and part.state is PartState.ISSUED]
    left = tuple(parts)
    for part, number in chosen(gone, quantity):
        left = moved(left, part, number, None, part.place_id)
    return left


def reduced(wanted: Sequence[Wanted], line_id: str, quantity: int) -> tuple[Wanted, ...]:
    """What is wanted after `quantity` pieces of a line were cancelled: those that can't be had are the first to go."""
    result: list[Wanted] = []
    for line in wanted:
        if line.line_id != line_id:
            result.append(line)
            continue
        left = max(0, line.quantity - quantity)
        if left:
            given_up = min(left, max(0, line.given_up - quantity))
            result.append(line._replace(quantity=left, given_up=given_up))
    return tuple(result)


def held_allocations(parts: Sequence[Part]) -> tuple[Allocation, ...]:
    """All that is held for the order now, one entry per allocation, in the order in which it was promised."""
    ordered = [part for part in parts if part.state in HELD]
    ordered.sort(key=_age)
    by_id: dict[str, Part] = {}
    for part in ordered:
        first = by_id.get(part.allocation_id)
        by_id[part.allocation_id] = (
            part if first is None else first._replace(quantity=first.quantity + part.quantity)
        )
    return tuple(
        [
            Allocation(
                allocation_id=part.allocation_id,
                line_id=part.line_id,
                sku=part.sku,
                quantity=part.quantity,
                location_id=part.location_id,
            )
            for part in by_id.values()
        ]
    )


def _age(part: Part) -> tuple[bool, int]:
    return part.decided_no is None, part.decided_no or 0
