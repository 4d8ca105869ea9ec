"""When pickers have time: the slots of a place in which they work, and what of their minutes is taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from tsunagu.contracts.values import JAPAN
from tsunagu.planning.calendar import Hours

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time in which pickers work, and the minutes that they have in it."""

    start: datetime
    until: datetime
    minutes: float


# Many places have the same hours, and are looked at in the same moment.
@lru_cache(maxsize=256)
def slots_ahead(hours: Hours, minutes_per_day: float, now: datetime, days: int) -> tuple[Slot, ...]:
    """The slots from the one of `now` on: hours today and tomorrow, whole days after them, `days` days in all.

    A day's minutes are spread evenly over the time in which the place is open. Where no hours are known, every day is
    one slot.
    """
    today = now.astimezone(JAPAN).date()
    # Yesterday may still be open after midnight.
    ahead = (today + timedelta(days=offset) for offset in range(-1, days))
    last_in_hours = today + timedelta(days=1) if hours.opens else today - timedelta(days=1)
    slots: list[Slot] = []
    for day in ahead:
        for slot in _slots_on(day, hours, minutes_per_day, in_hours=day <= last_in_hours):
            # Hours that overlap those of the day before give the pickers no second time.
            is_new = not slots or slot.start >= slots[-1].until
            if is_new and slot.until > now:
                slots.append(slot)
    return tuple(slots)


def _slots_on(day: date, hours: Hours, minutes_per_day: float, *, in_hours: bool) -> Iterator[Slot]:
    times = hours.on(day)
    if times is None or times[0] >= times[1]:
        return
    opening, closing = times
    start = opening
    while start < closing:
        full_hour = start.replace(minute=0, second=0, microsecond=0) + _HOUR
        until = min(full_hour, closing) if in_hours else closing
        yield Slot(start, until, minutes_per_day * ((until - start) / (closing - opening)))
        start = until


def take_minutes(free: list[float], place: int, minutes: float) -> None:
    """Take minutes that have to be worked by the end of a slot: of this slot first, then of those before it.

    What these do not have is late, and is taken of the slots after it. What nobody has is not taken.
    """
    for one in (*range(place, -1, -1), *range(place + 1, len(free))):
        now = min(free[one], minutes)
        free[one] -= now
        minutes -= now
        if minutes <= 0:
            return
