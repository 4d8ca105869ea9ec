"""When goods leave on a lane, and when they are there."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tsunagu.contracts import messages
from tsunagu.contracts.values import JAPAN
from tsunagu.planning.calendar import (
    ALWAYS_OPEN,
    DAYS_AHEAD_MAX,
    WEEK,
    Hours,
    midnight,
    minutes_of,
    open_for,
)
from tsunagu.planning.holidays import is_public_holiday


@dataclass(frozen=True, slots=True)
class Lane:
    """A regular transport between two locations: weekdays (Monday is 0), cut-off in minutes after midnight, days.

    A cut-off from 24 h on belongs to the day before: 25:30 on Monday is half past one on Tuesday.
    """

    days: tuple[int, ...]
    cut_off_minutes: int
    transit_days: int
    runs_on_holidays: bool = True
    # As of opening hours: plans are looked up by it.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Calculate the hash once."""
        said = (self.days, self.cut_off_minutes, self.transit_days, self.runs_on_holidays)
        object.__setattr__(self, "_hash", hash(said))

    def __hash__(self) -> int:
        """Of what it says."""
        return self._hash

    @classmethod
    def of(cls, lane: messages.Lane) -> "Lane":
        """What headquarters say of a lane."""
        days = tuple(WEEK.index(day) for day in lane.days)
        return cls(days, minutes_of(lane.cut_off), lane.transit_days, lane.runs_on_holidays)

    def runs_on(self, day: date) -> bool:
        """Whether it leaves on a day."""
        return day.weekday() in self.days and (self.runs_on_holidays or not is_public_holiday(day))


def departure(lane: Lane, packed_at: datetime, origin: Hours) -> datetime:
    """When goods leave that are packed at `packed_at`: the first cut-off that they make.

    On days on which the place that they leave from does not open, nobody hands them over. Raises ValueError for a
    lane without a day.
    """
    # A cut-off after midnight may still be ahead on the day before.
    yesterday = packed_at.astimezone(JAPAN).date() - timedelta(days=1)
    for offset in range(DAYS_AHEAD_MAX):
        day = yesterday + timedelta(days=offset)
        if not lane.runs_on(day):
            continue
        leaves_at = midnight(day) + timedelta(minutes=lane.cut_off_minutes)
        if leaves_at >= packed_at and origin.opens_on(day):
            return leaves_at
    if origin == ALWAYS_OPEN:
        raise ValueError(f"a lane that leaves on no day of the week: {lane.days}")
    return departure(lane, packed_at, ALWAYS_OPEN)


def arrival(lane: Lane, leaves_at: datetime, destination: Hours) -> datetime:
    """When goods that leave at a cut-off of the lane are there: when their destination is open on the day of arrival.

    A day on which it does not open is none of arrival. On a lane that arrives the same day not before they left.
    """
    day_begins = leaves_at - timedelta(minutes=lane.cut_off_minutes)
    arrival_day_begins = day_begins + timedelta(days=lane.transit_days)
    return open_for(destination, max(leaves_at, arrival_day_begins), 0)
