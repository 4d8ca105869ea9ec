"""How long goods wait for their shopper: until a moment at which somebody is there to hand them over."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from tsunagu.contracts.values import Weekday

_DAYS = tuple(Weekday)
_DAYS_AHEAD_MAX = 92
"""Longer than a refit: a store that does not open within it is treated as one that never closes."""


@dataclass(frozen=True)
class Store:
    """When a location hands goods over. Without `opening_times` it counts as open at any time of a day."""

    window_hours: int | None = None
    """How long goods wait here, where headquarters have said so."""
    opening_times: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Weekday → HH:MM from and until; hours from 24 belong to the day before."""
    closed_dates: Collection[str] = ()


def window_end(store: Store, start: datetime, default_seconds: float, zone: tzinfo) -> datetime:
    """When the window of goods that are ready at `start` ends, in UTC.

    An end at which the store is closed moves to the end of its next opening, so that nobody is told of a last day on
    which the door is shut.
    """
    seconds = default_seconds if store.window_hours is None else store.window_hours * 3600.0
    end = start + timedelta(seconds=seconds)
    # An opening after midnight belongs to the day before.
    first = end.astimezone(zone).date() - timedelta(days=1)
    for ahead in range(_DAYS_AHEAD_MAX):
        times = _opening(store, first + timedelta(days=ahead), zone)
        if times is None or times[1] < end:
            continue
        opens, closes = times
        return end if opens <= end else closes.astimezone(UTC)
    return end


def _opening(store: Store, day: date, zone: tzinfo) -> tuple[datetime, datetime] | None:
    if day.isoformat() in store.closed_dates:
        return None
    times = store.opening_times.get(_DAYS[day.weekday()]) if store.opening_times else ("00:00", "24:00")
    return None if times is None else (_at(day, times[0], zone), _at(day, times[1], zone))


def _at(day: date, clock: str, zone: tzinfo) -> datetime:
    hours, minutes = (int(part) for part in clock.split(":"))
    return datetime.combine(day, time(), zone) + timedelta(hours=hours, minutes=minutes)
