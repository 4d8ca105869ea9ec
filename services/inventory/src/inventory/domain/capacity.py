"""When pickers have time for an order: a location's opening hours, and what its pickers can still do by when."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from tsunagu.contracts.values import JAPAN
from tsunagu.planning import Hours, midnight, open_for, take_minutes


class Minutes(NamedTuple):
    """Minutes of a picker's work, by the end of the slot in which they have to be done at the latest."""

    until: datetime
    minutes: float


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much more pickup work a location can take, in minutes, as pickup last said.

    `ahead`: what is left in the slots to come, in order. Where nothing is known of them it is empty, without a limit.
    """

    is_open: bool
    minutes_left_today: float
    ahead: tuple[Minutes, ...] = ()

    def as_seen(self, as_of: datetime, now: datetime, promised: Iterable[Minutes] = ()) -> "Capacity | None":
        """What news from `as_of` still says now, less what was `promised` since; a pause lasts until it ends.

        None where it says nothing any more: nobody is limited by what pickup said of other days.
        """
        if not self.is_open:
            return self
        end = midnight(now.astimezone(JAPAN).date() + timedelta(days=1))
        if not self.ahead:
            return self if end - timedelta(days=1) <= as_of else None
        passed = bisect_right(self.ahead, now, key=lambda slot: slot.until)
        slots = self.ahead[passed:]
        if not slots:
            return None
        untils = [until for until, _ in slots]
        free = [minutes for _, minutes in slots]
        for until, minutes in sorted(promised):
            take_minutes(free, min(bisect_left(untils, until), len(free) - 1), minutes)
        left = tuple(map(Minutes, untils, free))
        return replace(self, minutes_left_today=sum(m for until, m in left if until <= end), ahead=left)


class Pickers:
    """The pickers of one location, while promises are made of their time."""

    def __init__(self, hours: Hours, capacity: Capacity | None) -> None:
        self._hours = hours
        ahead = capacity.ahead if capacity is not None else ()
        self._untils = [until for until, _ in ahead]
        self._free = [minutes for _, minutes in ahead]
        self.promised: dict[datetime, float] = {}
        """Minutes by the end of the slot that they were promised for."""

    def picked_at(self, now: datetime, pick_minutes: float, load_minutes: float) -> datetime:
        """When an order of now is picked: within opening hours, and when the pickers have time for it; promises that.

        `pick_minutes` is what is promised for a pick, `load_minutes` the work it means. Where the minutes until then
        do not suffice, it is ready at the end of the first slot until which they do; where they never do, of the last.
        """
        soonest = open_for(self._hours, now, pick_minutes)
        place = bisect_left(self._untils, soonest)
        if place == len(self._untils):
            return soonest.astimezone(now.tzinfo)
        there = sum(self._free[: place + 1])
        ready = soonest
        while there < load_minutes and place + 1 < len(self._untils):
            place += 1
            there += self._free[place]
            ready = self._untils[place]
        if there < load_minutes:
            ready = self._untils[place]
        take_minutes(self._free, place, load_minutes)
        until = self._untils[place]
        self.promised[until] = self.promised.get(until, 0.0) + load_minutes
        return ready.astimezone(now.tzinfo)
