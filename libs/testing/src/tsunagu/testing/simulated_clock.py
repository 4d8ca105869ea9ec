"""A clock that goes on only when it is told to, so that a schedule takes the same time each time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from tsunagu.chassis import clock

BEGINNING = datetime(2031, 4, 1, 1, tzinfo=UTC)
"""Ten in the morning in Japan, on a day far enough ahead that nothing of it is overdue by the servers' own clocks."""

_TICK = timedelta(microseconds=100)


class SimulatedClock:
    """Says a time that is a little later with every question: no two transactions have the same."""

    def __init__(self) -> None:
        self._now = BEGINNING

    def now(self) -> datetime:
        """The time, as aware UTC."""
        self._now += _TICK
        return self._now

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return (self._now - BEGINNING).total_seconds()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)

    def advance_to(self, at: datetime) -> None:
        """Let time pass until then; a time that is over changes nothing."""
        self._now = max(self._now, at)


@contextmanager
def installed(simulated: SimulatedClock) -> Iterator[SimulatedClock]:
    """Have everything in this process ask this clock."""
    clock.install(clock.TimeSource(simulated.now, simulated.monotonic))
    try:
        yield simulated
    finally:
        clock.install(clock.MACHINE)
