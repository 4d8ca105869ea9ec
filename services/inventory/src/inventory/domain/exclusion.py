"""Which locations are not asked for goods at all, and why: a list of named rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from inventory.domain.capacity import Capacity
from inventory.domain.reliability import Reliability
from tsunagu.planning import Hours, opens_within


class Exclusion(StrEnum):
    """Why a location is not asked."""

    CLOSED = "closed"
    PAUSED = "paused"
    STALE_FEED = "stale_feed"
    FULL_TODAY = "full_today"


# A full store can do it tomorrow; a closed, paused or silent one can't be relied on at all.
GIVES_WAY = frozenset({Exclusion.FULL_TODAY})
"""Rules that give way where nothing else has what is needed."""


@dataclass(frozen=True, slots=True)
class Source:
    """A location that has something of what is needed, as far as rules look at it.

    `capacity`: the pickers' time, None where nobody limits it. `last_heard_at`: when its systems last reported a sale,
    a delivery, an adjustment or a count; None where they never did. `has_tills`: whether it should be heard of all
    the time. `keeps_goods`: a cart's hold keeps the goods there already, so that it is asked whatever the rules say.
    """

    location_id: str
    distance_km: float
    capacity: Capacity | None = None
    hours: Hours = field(default_factory=Hours)
    last_heard_at: datetime | None = None
    has_tills: bool = False
    reliability: Reliability = Reliability.USUAL
    keeps_goods: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rules compare with."""

    promise_window_days: int
    feed_stale_hours: float


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is asked, and for how many minutes of a picker's work."""

    now: datetime
    load_minutes: float


def closed(source: Source, moment: Moment, limits: Limits) -> bool:
    """It does not open as long as a promise may reach ahead: building work, a long holiday, closed for good."""
    return not opens_within(source.hours, moment.now, limits.promise_window_days)


def paused(source: Source, moment: Moment, limits: Limits) -> bool:
    """Its staff have paused pickup work."""
    return source.capacity is not None and not source.capacity.is_open


def stale_feed(source: Source, moment: Moment, limits: Limits) -> bool:
    """A store whose tills are silent sells what its stock still shows. Places without tills may be silent."""
    if not source.has_tills:
        return False
    silent_since = moment.now - timedelta(hours=limits.feed_stale_hours)
    return source.last_heard_at is None or source.last_heard_at < silent_since


def full_today(source: Source, moment: Moment, limits: Limits) -> bool:
    """The work does not fit into what its pickers can still do today."""
    return source.capacity is not None and source.capacity.minutes_left_today < moment.load_minutes


EXCLUSIONS: Mapping[Exclusion, Callable[[Source, Moment, Limits], bool]] = {
    Exclusion.CLOSED: closed,
    Exclusion.PAUSED: paused,
    Exclusion.STALE_FEED: stale_feed,
    Exclusion.FULL_TODAY: full_today,
}


@dataclass(frozen=True, slots=True)
class Sieved:
    """What the rules leave of the locations that were `seen`.

    `last_resorts` are excluded only by rules that give way; `reasons` are all that apply.
    """

    seen: tuple[Source, ...]
    usable: tuple[Source, ...]
    last_resorts: tuple[Source, ...]
    reasons: Mapping[str, tuple[Exclusion, ...]]
    """Excluded location → why, last resorts included."""


NOBODY = Sieved((), (), (), {})
"""Of no locations at all."""


def sieve(sources: Sequence[Source], rules: Sequence[Exclusion], moment: Moment, limits: Limits) -> Sieved:
    """Apply every rule to every location, in the order of both."""
    usable: list[Source] = []
    last_resorts: list[Source] = []
    reasons: dict[str, tuple[Exclusion, ...]] = {}
    for source in sources:
        found = tuple(rule for rule in rules if EXCLUSIONS[rule](source, moment, limits))
        if not found or source.keeps_goods:
            usable.append(source)
            continue
        reasons[source.location_id] = found
        if GIVES_WAY.issuperset(found):
            last_resorts.append(source)
    return Sieved(tuple(sources), tuple(usable), tuple(last_resorts), reasons)
