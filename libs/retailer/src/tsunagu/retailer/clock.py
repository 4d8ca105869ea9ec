"""The time of a run: seconds from its start, and the instants that they are. Clocks are not shifted."""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta

from tsunagu.contracts.values import JAPAN


class Clock:
    """Starts when it is made."""

    def __init__(self) -> None:
        self._started_at = datetime.now(UTC)
        self._started = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    @property
    def now(self) -> datetime:
        """This instant, in UTC."""
        return datetime.now(UTC)

    @property
    def business_date(self) -> date:
        """The day in Japan on which the run began; a run past midnight keeps it."""
        return self._started_at.astimezone(JAPAN).date()

    def at(self, seconds: float) -> datetime:
        """The instant so many seconds after the start."""
        return self._started_at + timedelta(seconds=seconds)

    async def until(self, seconds: float) -> None:
        """Wait for that moment; returns at once when it has passed."""
        delay = seconds - self.elapsed
        if delay > 0:
            await asyncio.sleep(delay)
