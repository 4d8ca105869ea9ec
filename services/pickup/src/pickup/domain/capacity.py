"""How much more picking a location can take."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tsunagu.contracts.values import JAPAN
from tsunagu.planning import Hours, slots_ahead, take_minutes

_CLOSED = "closed"


class Asked(NamedTuple):
    """Minutes of picking that have to be done by a time."""

    due_at: datetime
    minutes: float


@dataclass(frozen=True)
class Load:
    """A location's minutes and what is asked of it already; `closed` is one that headquarters has deleted."""

    closed: bool
    pause_reason: str | None
    minutes_per_day: float
    hours: Hours
    asked: Sequence[Asked] = ()
    """What is still to be done, the most urgent first."""
    done_today: float = 0.0
    done_this_hour: float = 0.0


class Left(NamedTuple):
    """Minutes that pickers can still give, from the slot before until a time."""

    until: datetime
    minutes: float


@dataclass(frozen=True)
class Room:
    """What a location can still take."""

    is_open: bool
    reason: str | None
    minutes_left_today: float
    minutes_left_this_hour: float
    ahead: tuple[Left, ...]


def room(load: Load, now: datetime, days: int) -> Room:
    """The minutes of the slots ahead, less those of what is asked already.

    What is due in a slot may be worked on in any slot before it; what is late weighs on the first. What has been done
    in the slot of now has used its minutes up. Open is where pickers work, for shoppers who pick up there or for
    goods that go elsewhere: a warehouse is open.
    """
    slots = slots_ahead(load.hours, load.minutes_per_day, now, days)
    free = [slot.minutes for slot in slots]
    is_now = bool(slots) and slots[0].start <= now
    if is_now:
        free[0] = max(0.0, free[0] - (load.done_this_hour if load.hours.opens else load.done_today))
    starts = [slot.start for slot in slots]
    for due_at, minutes in load.asked:
        if slots and due_at <= slots[-1].until:
            # What is due while nobody works has to be done before.
            take_minutes(free, max(0, bisect_right(starts, max(due_at, now)) - 1), minutes)
    left = tuple(Left(slot.until, round(minutes, 2)) for slot, minutes in zip(slots, free, strict=True))
    end = local_time(now).next_day
    today = round(sum(minutes for until, minutes in left if until <= end), 2)
    reason = _CLOSED if load.closed else load.pause_reason
    return Room(reason is None, reason, today, left[0].minutes if is_now else 0.0, left)


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
