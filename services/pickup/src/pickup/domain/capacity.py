"""How much more picking a location can take."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from tsunagu.contracts.values import JAPAN
from tsunagu.planning import Hours

_CLOSED = "closed"


@dataclass(frozen=True)
class Load:
    """A location's minutes and what is asked of it already; `closed` is one that headquarters has deleted."""

    closed: bool
    pause_reason: str | None
    minutes_per_day: float
    hours_today: float
    planned_today: float
    planned_this_hour: float


@dataclass(frozen=True)
class Room:
    """What a location can still take."""

    is_open: bool
    reason: str | None
    minutes_left_today: float
    minutes_left_this_hour: float


def room(load: Load) -> Room:
    """A day's minutes less those planned; an hour gets its share of the day's, and never more than the day has left.

    Open is where pickers work, for shoppers who pick up there or for goods that go elsewhere: a warehouse is open.
    """
    today = max(0.0, load.minutes_per_day - load.planned_today)
    share = load.minutes_per_day / load.hours_today if load.hours_today > 0 else 0.0
    this_hour = min(today, max(0.0, share - load.planned_this_hour))
    reason = _CLOSED if load.closed else load.pause_reason
    return Room(reason is None, reason, round(today, 2), round(this_hour, 2))


def hours_on(day: date, hours: Hours, default: float) -> float:
    """Hours open on a day: none where it does not open, `default` where no hours are known."""
    times = hours.on(day)
    if times is None:
        return 0.0
    opening, closing = times
    return (closing - opening) / timedelta(hours=1) if hours.opens else default


class LocalTime(NamedTuple):
    """When the local day and hour of a moment began, and when the next ones begin; all in UTC."""

    day: datetime
    hour: datetime
    next_hour: datetime
    next_day: datetime


def local_time(now: datetime) -> LocalTime:
    """The day and hour of a moment in Japan, which has no summer time."""
    hour = now.astimezone(JAPAN).replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    return LocalTime(
        day.astimezone(UTC),
        hour.astimezone(UTC),
        (hour + timedelta(hours=1)).astimezone(UTC),
        (day + timedelta(days=1)).astimezone(UTC),
    )
