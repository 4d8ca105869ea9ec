"""Which of several locations is asked first: a list of named criteria. The first in which two differ decides."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from inventory.domain.exclusion import Source


class RankCriterion(StrEnum):
    """What makes one location better than another."""

    SAME_STORE = "same_store"
    DISTANCE_BAND = "distance_band"
    RELIABILITY = "reliability"
    DISTANCE = "distance"
    DEPTH = "depth"
    WORKLOAD = "workload"


# Within one band a location that often lacks what it shows comes after its neighbours; it does not send an order from
# Tokyo to Okinawa.
DEFAULT_RANKING = (
    RankCriterion.SAME_STORE,
    RankCriterion.DISTANCE_BAND,
    RankCriterion.RELIABILITY,
    RankCriterion.DISTANCE,
    RankCriterion.DEPTH,
    RankCriterion.WORKLOAD,
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What ranking looks at beside the location itself.

    `giving`: locations that give the order something already. `depth`: pieces a location shows of what is needed.
    `bands_km`: where one band of distances ends and the next begins, rising.
    """

    giving: Set[str]
    depth: Mapping[str, int]
    bands_km: Sequence[float]


def same_store(source: Source, outlook: Outlook) -> float:
    """One that gives the order something already: no further parcel or transfer."""
    return float(source.location_id not in outlook.giving)


def distance_band(source: Source, outlook: Outlook) -> float:
    """How far, roughly: the same town, the same region …"""
    return float(bisect_left(outlook.bands_km, source.distance_km))


def reliability(source: Source, outlook: Outlook) -> float:
    """How often it has what it shows, as a class."""
    return float(source.reliability)


def distance(source: Source, outlook: Outlook) -> float:
    """How far, in whole kilometres: less makes no difference to a truck."""
    return float(round(source.distance_km))


def depth(source: Source, outlook: Outlook) -> float:
    """The most pieces first: the last piece of a store is the one most likely not to be there."""
    return -float(outlook.depth.get(source.location_id, 0))


def workload(source: Source, outlook: Outlook) -> float:
    """The pickers with the most time left today first; nobody limits it is the most."""
    return float("-inf") if source.capacity is None else -source.capacity.minutes_left_today


CRITERIA: Mapping[RankCriterion, Callable[[Source, Outlook], float]] = {
    RankCriterion.SAME_STORE: same_store,
    RankCriterion.DISTANCE_BAND: distance_band,
    RankCriterion.RELIABILITY: reliability,
    RankCriterion.DISTANCE: distance,
    RankCriterion.DEPTH: depth,
    RankCriterion.WORKLOAD: workload,
}


class Difference(NamedTuple):
    """The first criterion in which one location is better than another, and what it says of each."""

    criterion: RankCriterion
    better: str
    worse: str


def ranked(sources: Sequence[Source], ranking: Sequence[RankCriterion], outlook: Outlook) -> list[Source]:
    """The locations, the best first; where all criteria are equal, by id."""
    return sorted(
        sources,
        key=lambda source: (*(CRITERIA[one](source, outlook) for one in ranking), source.location_id),
    )


def difference(
    better: Source, worse: Source, ranking: Sequence[RankCriterion], outlook: Outlook
) -> Difference | None:
    """What decides between two locations; None where only their ids differ."""
    for criterion in ranking:
        rank = CRITERIA[criterion]
        if rank(better, outlook) != rank(worse, outlook):
            return Difference(criterion, told(criterion, better, outlook), told(criterion, worse, outlook))
    return None


def told(criterion: RankCriterion, source: Source, outlook: Outlook) -> str:
    """What a criterion says of a location, for people."""
    match criterion:
        case RankCriterion.SAME_STORE:
            return "gives something already" if source.location_id in outlook.giving else "gives nothing yet"
        case RankCriterion.DISTANCE_BAND | RankCriterion.DISTANCE:
            return f"{source.distance_km:.1f} km"
        case RankCriterion.RELIABILITY:
            return source.reliability.name.lower()
        case RankCriterion.DEPTH:
            return f"{outlook.depth.get(source.location_id, 0)} pieces"
        case RankCriterion.WORKLOAD:
            free = source.capacity
            return "no limit today" if free is None else f"{free.minutes_left_today:.0f} minutes left today"
