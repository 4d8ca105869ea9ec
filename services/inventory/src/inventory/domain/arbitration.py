"""Which promises break when a fact has taken more than was free: by a rule that is a list of criteria.

The first criterion in which two promises differ decides between them. Each criterion is a function of one promise,
smaller is broken first, so that the order of promises is the same whoever looks and in whatever order they come.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

Rank = tuple[float, ...]


class BreakCriterion(StrEnum):
    """What makes one promise break before another."""

    NOT_PICKED = "not_picked"
    CHEAPEST_TO_MOVE = "cheapest_to_move"
    PREPAID_LAST = "prepaid_last"
    PARTIAL_FIRST = "partial_first"
    LARGEST_FIRST = "largest_first"
    LATEST_READY_BY = "latest_ready_by"
    NEWEST_FIRST = "newest_first"


DEFAULT_RULE = (BreakCriterion.NOT_PICKED, BreakCriterion.CHEAPEST_TO_MOVE, BreakCriterion.NEWEST_FIRST)


@dataclass(frozen=True, slots=True)
class Promise:
    """Pieces promised to one order from one row of stock.

    `decided_no` rises with each promise made. `elsewhere_km`: how far the nearest other location is that shows all of
    these pieces and could send them where the order wants them; None where there is none. `may_be_partial`: the
    shopper takes what there is. `is_prepaid`: the shopper has paid already.
    """

    order_id: str
    allocation_id: str
    quantity: int
    decided_no: int
    is_picked: bool = False
    elsewhere_km: float | None = None
    ready_by: datetime | None = None
    may_be_partial: bool = False
    is_prepaid: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that breaks, and how many of its pieces."""

    promise: Promise
    quantity: int


def not_picked(promise: Promise) -> Rank:
    """What is in somebody's hands is kept."""
    return (float(promise.is_picked),)


def cheapest_to_move(promise: Promise) -> Rank:
    """What can be had elsewhere first, the nearest of it (in whole kilometres); what can't be had elsewhere last."""
    if promise.elsewhere_km is None:
        return (1.0, 0.0)
    return (0.0, float(round(promise.elsewhere_km)))


def prepaid_last(promise: Promise) -> Rank:
    """Who pays at pickup before who has paid: nothing has to be refunded."""
    return (float(promise.is_prepaid),)


def partial_first(promise: Promise) -> Rank:
    """Orders whose shoppers take what there is, before those that want all or nothing."""
    return (float(not promise.may_be_partial),)


def largest_first(promise: Promise) -> Rank:
    """The most pieces first: the fewest shoppers are disappointed."""
    return (-float(promise.quantity),)


def latest_ready_by(promise: Promise) -> Rank:
    """What is promised for the latest time first: it leaves the most time to find others. No time is the latest."""
    return (float("-inf") if promise.ready_by is None else -promise.ready_by.timestamp(),)


def newest_first(promise: Promise) -> Rank:
    """Who came first is served first."""
    return (-float(promise.decided_no),)


CRITERIA: Mapping[BreakCriterion, Callable[[Promise], Rank]] = {
    BreakCriterion.NOT_PICKED: not_picked,
    BreakCriterion.CHEAPEST_TO_MOVE: cheapest_to_move,
    BreakCriterion.PREPAID_LAST: prepaid_last,
    BreakCriterion.PARTIAL_FIRST: partial_first,
    BreakCriterion.LARGEST_FIRST: largest_first,
    BreakCriterion.LATEST_READY_BY: latest_ready_by,
    BreakCriterion.NEWEST_FIRST: newest_first,
}


def order_of(promise: Promise, rule: Sequence[BreakCriterion]) -> tuple[object, ...]:
    """The place of a promise in the order of breaking; all differ, since the newest and then the id decide last."""
    return (
        *(CRITERIA[criterion](promise) for criterion in rule),
        newest_first(promise),
        promise.allocation_id,
        promise.order_id,
    )


def arbitrate(promises: Iterable[Promise], pieces: int, rule: Sequence[BreakCriterion]) -> list[Broken]:
    """The promises that break so that `pieces` fewer are promised; the last of them perhaps only in part.

    Picked pieces never break: what was taken from the shelf is not what a fact took from it.
    """
    left = pieces
    broken: list[Broken] = []
    candidates = [promise for promise in promises if not promise.is_picked]
    for promise in sorted(candidates, key=lambda promise: order_of(promise, rule)):
        if left <= 0:
            break
        quantity = min(left, promise.quantity)
        broken.append(Broken(promise, quantity))
        left -= quantity
    return broken


def told(criterion: BreakCriterion, promise: Promise) -> str:
    """What a criterion says of a promise, for people."""
    match criterion:
        case BreakCriterion.NOT_PICKED:
            said = "picked" if promise.is_picked else "not picked"
        case BreakCriterion.CHEAPEST_TO_MOVE:
            where = promise.elsewhere_km
            said = "nowhere else" if where is None else f"all of it is {where:.1f} km away"
        case BreakCriterion.PREPAID_LAST:
            said = "prepaid" if promise.is_prepaid else "pays at pickup"
        case BreakCriterion.PARTIAL_FIRST:
            said = "takes a part" if promise.may_be_partial else "all or nothing"
        case BreakCriterion.LARGEST_FIRST:
            said = f"{promise.quantity} pieces"
        case BreakCriterion.LATEST_READY_BY:
            at = promise.ready_by
            said = "no time promised" if at is None else f"ready by {at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        case BreakCriterion.NEWEST_FIRST:
            said = f"promise {promise.decided_no}"
    return said
