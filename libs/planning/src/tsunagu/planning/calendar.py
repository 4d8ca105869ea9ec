"""When a place is open: its hours, the days on which headquarters close it, public holidays.

Wall-clock times are Japan's, which has no summer time: UTC+9 all year.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from tsunagu.contracts.messages import Location
from tsunagu.contracts.values import JAPAN, ClockTime, Weekday
from tsunagu.planning.holidays import is_public_holiday

CLOSED = -1
DAYS_AHEAD_MAX = 92
"""Longer than a refit: what is not possible within so many days is planned as if nobody closed."""
WEEK = tuple(Weekday)
"""Monday to Sunday, as `date.weekday()` counts them."""
_MINUTES_PER_DAY = 24 * 60
_ALL_DAY = (0, _MINUTES_PER_DAY)
_MIDNIGHT = time(tzinfo=JAPAN)


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours from Monday to Sunday in minutes after midnight; CLOSED where it does not open.

    Closing times above 24 h belong to the day on which it opened. Empty: no hours are known, it counts as open.
    `closed_on` are days on which it does not open, whatever its hours say; so are public holidays, unless it
    `opens_on_holidays`.
    """

    opens: tuple[int, ...] = ()
    closes: tuple[int, ...] = ()
    closed_on: frozenset[date] = frozenset()
    opens_on_holidays: bool = True
    # Plans are kept by them, and a network's are looked up by the hundred thousand.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Calculate the hash once."""
        said = (self.opens, self.closes, self.closed_on, self.opens_on_holidays)
        object.__setattr__(self, "_hash", hash(said))

    def __hash__(self) -> int:
        """Of what they say."""
        return self._hash

    @classmethod
    def of(cls, location: Location) -> "Hours":
        """What headquarters say of a location. Of a day that is named twice the last hours count."""
        opens: tuple[int, ...] = ()
        closes: tuple[int, ...] = ()
        if location.opening_hours:
            named = {hours.day: hours for hours in location.opening_hours}
            opens = tuple(minutes_of(named[day].opens) if day in named else CLOSED for day in WEEK)
            closes = tuple(minutes_of(named[day].closes) if day in named else CLOSED for day in WEEK)
        return cls(opens, closes, frozenset(location.closed_dates or ()), location.opens_on_holidays)

    @property
    def never_closes(self) -> bool:
        """Whether it is open at any time."""
        return not self.opens and not self.closed_on and self.opens_on_holidays

    def opens_on(self, day: date) -> bool:
        """Whether it opens on a day."""
        if day in self.closed_on or (not self.opens_on_holidays and is_public_holiday(day)):
            return False
        return not self.opens or self.opens[day.weekday()] != CLOSED

    def on(self, day: date) -> tuple[datetime, datetime] | None:
        """When it opens and closes on a day; None where it does not open."""
        if not self.opens_on(day):
            return None
        opens, closes = (self.opens[day.weekday()], self.closes[day.weekday()]) if self.opens else _ALL_DAY
        begins = midnight(day)
        return begins + timedelta(minutes=opens), begins + timedelta(minutes=closes)

    def openings(self, start: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
        """When it opens and closes on `days` days, of which the first is the day before `start`.

        That day is left out where it does not close after midnight.
        """
        today = start.astimezone(JAPAN).date()
        lasts = bool(self.closes) and self.closes[today.weekday() - 1] > _MINUTES_PER_DAY
        for offset in range(-1 if lasts else 0, days - 1):
            times = self.on(today + timedelta(days=offset))
            if times is not None:
                yield times


ALWAYS_OPEN = Hours()


def open_for(hours: Hours, start: datetime, minutes: float) -> datetime:
    """When `minutes` of work are done that begin at `start` or at the next opening, within one opening.

    Work that an opening is too short for ends when it closes. No work is done as soon as the place is open.
    """
    work = timedelta(minutes=minutes)
    if hours.never_closes:
        return start + work
    for opening, closing in hours.openings(start, DAYS_AHEAD_MAX + 1):
        begin = max(start, opening)
        if begin >= closing:
            continue
        if begin + work <= closing:
            return begin + work
        if begin == opening:
            return closing
    return start + work


def opens_within(hours: Hours, start: datetime, days: int) -> bool:
    """Whether a place is open at any time from `start` until the end of the day `days` days later."""
    if hours.never_closes:
        return True
    return any(closing > start for _, closing in hours.openings(start, days + 2))


def midnight(day: date) -> datetime:
    """When a day begins in Japan."""
    return datetime.combine(day, _MIDNIGHT)


def minutes_of(clock: ClockTime) -> int:
    """Minutes after midnight."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
