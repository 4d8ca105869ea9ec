"""How long the relay of this process may send, as far as it can know by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tsunagu.chassis import clock


class LeaseLost(Exception):  # noqa: N818 - a state, not an error
    """This process paused for longer than its lease, or another one holds it: what it has in hand may be stale."""


class Lease:
    """It ends at a time of the monotonic clock, which goes on while the process is frozen; renewing moves that."""

    def __init__(self) -> None:
        self._until = 0.0
        self._ends: set[asyncio.Timeout] = set()

    @property
    def holds(self) -> bool:
        """Whether it has not ended."""
        return clock.monotonic() < self._until

    def require(self) -> None:
        """Raise LeaseLost after a pause that was longer than the lease."""
        if not self.holds:
            raise LeaseLost("this process paused for longer than its lease")

    def renew(self, until: float) -> None:
        """Have it end at a later time; what runs under it may go on until then."""
        self._until = until
        for end in self._ends:
            if not end.expired():
                end.reschedule(self._end())

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Run the body under the lease: TimeoutError as soon as that ends."""
        async with asyncio.timeout_at(self._end()) as end:
            self._ends.add(end)
            try:
                yield
            finally:
                self._ends.discard(end)

    def _end(self) -> float:
        return asyncio.get_running_loop().time() + self._until - clock.monotonic()
