"""Who goes first in a process that reads several topics."""

import asyncio
import contextlib
from collections.abc import Iterator

from tsunagu.chassis import clock


class Precedence:
    """Lets work that somebody waits for go before work that only has to keep up.

    One event loop and one database serve both: a backlog that is taken in whole batches would hold the other up for
    as long as each of them lasts.
    """

    def __init__(self, wait_seconds_max: float, recent_seconds: float) -> None:
        self._wait_seconds_max = wait_seconds_max
        self._recent_seconds = recent_seconds
        self._first = 0
        self._free = asyncio.Event()
        self._free.set()
        self._free_since = float("-inf")

    @contextlib.contextmanager
    def first(self) -> Iterator[None]:
        """While somebody waits for what is done here."""
        self._first += 1
        self._free.clear()
        try:
            yield
        finally:
            self._first -= 1
            if not self._first:
                self._free_since = clock.monotonic()
                self._free.set()

    async def behind(self) -> bool:
        """Wait while others go first, but not for ever, so that both get on.

        Returns whether others went first a moment ago, so that more of them are to be expected.
        """
        if not self._free.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._wait_seconds_max):
                    await self._free.wait()
        return self._first > 0 or clock.monotonic() - self._free_since < self._recent_seconds


def alone() -> Precedence:
    """For work that shares its process with no other: nobody waits."""
    return Precedence(wait_seconds_max=0.0, recent_seconds=0.0)
