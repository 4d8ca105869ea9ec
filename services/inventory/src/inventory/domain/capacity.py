"""When pickers have time for an order: a location's opening hours, and what pickup says its pickers can still do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tsunagu.contracts.values import JAPAN
from tsunagu.planning import Hours, midnight, open_for


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much more pickup work a location can take today and in this hour, in minutes, as pickup last said."""

    is_open: bool
    minutes_left_today: float
    minutes_left_this_hour: float

    def as_seen(self, as_of: datetime, now: datetime) -> "Capacity | None":
        """What news from `as_of` still says now: hours that have passed limit nothing; a pause lasts until it ends."""
        then, local = as_of.astimezone(JAPAN), now.astimezone(JAPAN)
        if not self.is_open or (then.date(), then.hour) == (local.date(), local.hour):
            return self
        if then.date() != local.date():
            return None
        return Capacity(True, self.minutes_left_today, self.minutes_left_today)


def picked_at(
    hours: Hours, capacity: Capacity | None, now: datetime, pick_minutes: float, load_minutes: float
) -> datetime:
    """When an order of now is picked: within opening hours, and not before the pickers have time for it.

    `pick_minutes` is what is promised for a pick, `load_minutes` the work it means. A location whose hour is full
    begins with the next hour; one whose day is full begins tomorrow.
    """
    start = now
    if capacity is not None:
        local = now.astimezone(JAPAN)
        if capacity.minutes_left_today < load_minutes:
            start = midnight(local.date() + timedelta(days=1))
        elif capacity.minutes_left_this_hour < load_minutes:
            start = (local + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    return open_for(hours, start, pick_minutes).astimezone(now.tzinfo)
