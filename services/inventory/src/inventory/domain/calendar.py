"""When goods can be ready: opening hours, capacity of the pickers, lanes and their cut-off times.

Wall-clock times are Japan's, which has no summer time: UTC+9 all year.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

JAPAN = timezone(timedelta(hours=9))
CLOSED = -1
_DAYS_AHEAD_MAX = (
    92  # longer than a refit; a place that does not open within it is treated as one without known hours
)
_ALL_DAY = (0, 24 * 60)


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours from Monday to Sunday in minutes after midnight; CLOSED where it does not open.

    Closing times above 24 h belong to the day on which it opened. Empty: no hours are known, it counts as open.
    `closed_on` are holidays: days on which it does not open, whatever its hours say.
    """

    opens: tuple[int, ...] = ()
    closes: tuple[int, ...] = ()
    closed_on: frozenset[date] = frozenset()

    def on(self, day: date) -> tuple[datetime, datetime] | None:
        """When it opens and closes on a day; None where it does not open."""
        if day in self.closed_on:
            return None
        opens, closes = (self.opens[day.weekday()], self.closes[day.weekday()]) if self.opens else _ALL_DAY
        return None if opens == CLOSED else (_at(day, opens), _at(day, closes))


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


@dataclass(frozen=True, slots=True)
class Lane:
    """A regular transport between two locations: weekdays (Monday is 0), cut-off in minutes after midnight, days."""

    days: tuple[int, ...]
    cut_off_minutes: int
    transit_days: int


def open_for(hours: Hours, start: datetime, minutes: float) -> datetime:
    """When `minutes` of work are done that begin at `start` or at the next opening, within one opening.

    Work that an opening is too short for ends when it closes.
    """
    work = timedelta(minutes=minutes)
    if not hours.opens and not hours.closed_on:
        return start + work
    today = start.astimezone(JAPAN).date()
    for offset in range(-1, _DAYS_AHEAD_MAX):
        times = hours.on(today + timedelta(days=offset))
        if times is None:
            continue
        opening, closing = times
        begin = max(start, opening)
        if begin + work <= closing:
            return begin + work
        if begin == opening and opening < closing:
            return closing
    return start + work


def opens_within(hours: Hours, start: datetime, days: int) -> bool:
    """Whether a place is open at any time from `start` until the end of the day `days` days later."""
    if not hours.opens and not hours.closed_on:
        return True
    today = start.astimezone(JAPAN).date()
    every = (hours.on(today + timedelta(days=offset)) for offset in range(-1, days + 1))
    return any(times is not None and times[1] > start for times in every)


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
            start = _at(local.date() + timedelta(days=1), 0)
        elif capacity.minutes_left_this_hour < load_minutes:
            start = (local + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    return open_for(hours, start, pick_minutes).astimezone(now.tzinfo)


def arrives_at(
    lane: Lane,
    packed_at: datetime,
    hours: Hours,
    receive_minutes: float,
    no_departure_on: frozenset[date] = frozenset(),
) -> datetime:
    """When goods packed at `packed_at` are received at the lane's end, whose opening hours are given.

    They leave with the first departure whose cut-off they make; on the days `no_departure_on`, when the place they
    leave from is closed, nobody hands them over. They are there when the place opens on the day of arrival; on a lane
    that arrives the same day, not before the cut-off.
    """
    local = packed_at.astimezone(JAPAN)
    day = local.date()
    for offset in range(_DAYS_AHEAD_MAX):
        departure = day + timedelta(days=offset)
        if departure.weekday() not in lane.days or departure in no_departure_on:
            continue
        if _at(departure, lane.cut_off_minutes) >= local:
            break
    arrival = departure + timedelta(days=lane.transit_days)
    earliest = _at(departure, lane.cut_off_minutes) if lane.transit_days == 0 else _at(arrival, 0)
    return open_for(hours, earliest, receive_minutes).astimezone(packed_at.tzinfo)


def _at(day: date, minutes: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=JAPAN) + timedelta(minutes=minutes)
