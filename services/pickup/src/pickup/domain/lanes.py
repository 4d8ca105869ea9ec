"""When goods leave on a lane, and when they arrive."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from tsunagu.contracts.values import Weekday

_DAYS = tuple(Weekday)


@dataclass(frozen=True)
class Trip:
    """A journey on a lane: who carries it, who answers for it, what it costs, when it leaves and arrives."""

    carrier: str
    owner: str
    cost_jpy: int
    ship_by: datetime
    arrive_by: datetime


def trip(
    now: datetime, days: Collection[Weekday], cut_off: str, transit_days: int, zone: tzinfo
) -> tuple[datetime, datetime]:
    """The next cut-off after `now` on one of the lane's days, and the end of its journey, both in UTC.

    A cut-off of 25:30 on Monday is half past one on Tuesday. Goods arrive the same time of day, `transit_days` later.
    """
    hours, minutes = (int(part) for part in cut_off.split(":"))
    # A cut-off after midnight may still be ahead on the day before.
    first = now.astimezone(zone).date() - timedelta(days=1)
    for ahead in range(9):
        day = first + timedelta(days=ahead)
        if _DAYS[day.weekday()] not in days:
            continue
        leaves = datetime.combine(day, time(), zone) + timedelta(hours=hours, minutes=minutes)
        if leaves > now:
            return leaves.astimezone(UTC), (leaves + timedelta(days=transit_days)).astimezone(UTC)
    raise ValueError(f"a lane that leaves on no day of the week: {sorted(days)}")
