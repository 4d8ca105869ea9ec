"""What the receipts of a register say about its clock.

A receipt carries its register's time. How long after it we record it is the register's error and the way together:
late can be either. Early can't: nothing arrives before it has happened, so one receipt from the future proves a fast
clock. A slow one shows in that nothing ever comes in time: the way alone is short at some moment of a day.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class ClockFault(StrEnum):
    """In which direction a clock is wrong."""

    FAST = "fast"
    SLOW = "slow"


class ClockRules(NamedTuple):
    """When a clock counts as wrong; the settings `register_clock_…` say why so much."""

    off_seconds: float
    window: timedelta
    looks_min: int
    look_interval: timedelta


@dataclass(frozen=True, slots=True)
class RegisterClock:
    """A register's clock as far as it is known.

    Since `window_from` its receipts were looked at in `looks` different intervals, and the quickest came
    `least_delay_seconds` after its own time. `off_by_seconds` goes with `fault`: the largest lead, or the least delay.
    """

    window_from: datetime
    looked_at: datetime
    looks: int = 0
    least_delay_seconds: float | None = None
    fault: ClockFault | None = None
    off_by_seconds: float = 0.0


def observed(
    clock: RegisterClock | None, delay_seconds: float, now: datetime, rules: ClockRules
) -> RegisterClock | None:
    """The clock after a receipt that came `delay_seconds` after its own time, or before it where that is negative.

    None where that says nothing that is worth being written down.
    """
    if -delay_seconds > rules.off_seconds:
        return _fast(clock, -delay_seconds, now, rules)
    if clock is None:
        return RegisterClock(now, now, 1, delay_seconds)
    least = clock.least_delay_seconds
    in_time = delay_seconds <= rules.off_seconds
    is_look = clock.looks == 0 or now - clock.looked_at >= rules.look_interval
    is_first_in_time = in_time and (
        clock.fault is ClockFault.SLOW or (least is not None and least > rules.off_seconds)
    )
    if now - clock.window_from >= rules.window:
        seen = replace(_judged(clock, rules), window_from=now, looked_at=now, looks=1)
        seen = replace(seen, least_delay_seconds=delay_seconds)
    elif is_look or is_first_in_time:
        seen = replace(
            clock,
            looked_at=now if is_look else clock.looked_at,
            looks=clock.looks + is_look,
            least_delay_seconds=delay_seconds if least is None else min(least, delay_seconds),
        )
    else:
        return None
    if (seen.fault is ClockFault.SLOW and in_time) or _is_right_again(seen, rules):
        return replace(seen, fault=None, off_by_seconds=0.0)
    return seen


def _fast(
    clock: RegisterClock | None, lead_seconds: float, now: datetime, rules: ClockRules
) -> RegisterClock | None:
    """From the last receipt from the future on, a clock is watched anew before it counts as right."""
    known = clock.off_by_seconds if clock is not None and clock.fault is ClockFault.FAST else 0.0
    tells_nothing = (
        clock is not None
        and clock.looks == 0
        and known > 0.0
        and lead_seconds < known + 1.0
        and now - clock.looked_at < rules.look_interval
    )
    if tells_nothing:
        return None
    return RegisterClock(now, now, fault=ClockFault.FAST, off_by_seconds=max(known, lead_seconds))


def _is_right_again(clock: RegisterClock, rules: ClockRules) -> bool:
    """Whether a clock that was fast has given the right time in enough looks without one that was early."""
    least = clock.least_delay_seconds
    return (
        clock.fault is ClockFault.FAST
        and clock.looks >= rules.looks_min
        and least is not None
        and least <= rules.off_seconds
    )


def _judged(clock: RegisterClock, rules: ClockRules) -> RegisterClock:
    """A clock at the end of its window: slow, if enough receipts came and none in time."""
    least = clock.least_delay_seconds
    if clock.looks < rules.looks_min or least is None or least <= rules.off_seconds:
        return clock
    return replace(clock, fault=ClockFault.SLOW, off_by_seconds=least)
