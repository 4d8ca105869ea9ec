"""What time it is: asked here by everything that decides by time, so that tests can say it instead.

In production nothing is installed, and asking costs a call more than asking the machine.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class TimeSource:
    """Where the time comes from: `now` as aware UTC, `monotonic` in seconds that go on while the process is frozen."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]


def _of_the_machine() -> datetime:
    return datetime.now(UTC)


MACHINE = TimeSource(_of_the_machine, time.monotonic)
_source = MACHINE


def install(source: TimeSource) -> None:
    """Take the time from `source` from now on; `MACHINE` is where it comes from otherwise."""
    global _source  # noqa: PLW0603 - one process, one time: it has to reach places that know no caller
    _source = source


def now() -> datetime:
    """The time now, as aware UTC."""
    return _source.now()


def monotonic() -> float:
    """Seconds since some moment, which no correction of the clock moves."""
    return _source.monotonic()
