"""Working everything off without faults, until nobody has anything to do; timers come due in turn."""

from collections.abc import Awaitable
from datetime import datetime, timedelta

from pickup.desk import CAPACITY

from .performance import Performance
from .process import Process
from .steps import BATCH_RECORDS_MAX

DRAIN_ROUNDS_MAX = 400
"""Rounds without faults, each of which gets something done or waits for a timer: some 40 are usual."""

# Timers that set themselves anew for ever: a schedule does not wait for them at its end.
_ENDLESS = (CAPACITY,)

NEXT_DUE = """
SELECT min(greatest(due_at, claimed_until + interval '1 second')) FROM due_work WHERE kind <> ALL($1::text[])
"""


class Draining:
    """See `to_rest`."""

    def __init__(self, performance: Performance) -> None:
        self._performance = performance

    async def to_rest(self, *, script: bool) -> None:
        """Go on until nobody has anything to do; timers come due in turn. Raises Broken if that never ends."""
        for _ in range(DRAIN_ROUNDS_MAX):
            self._performance.clock.advance(1.0)
            did = await self._round()
            if script:
                self._performance.world.hear()
                sent = self._performance.world.react() or (
                    self._performance.world.play_on() if not did else []
                )
                self._performance.emit(sent)
                did = did or bool(sent)
            if not did:
                at = await self._next_due()
                if at is None or not script:
                    return
                self._performance.clock.advance_to(at + timedelta(seconds=1))
                self._performance.note(f"time passes until {at:%m-%d %H:%M:%S}")
        raise self._performance.broken(f"it never came to rest in {DRAIN_ROUNDS_MAX} rounds")

    async def _round(self) -> bool:
        """Everybody who has been told that there is something does it; False if there was nothing."""
        did = False
        for process in self._performance.processes.values():
            for topic in process.topics:
                worker = await process.worker(topic)
                unread = worker.assignment.unread()
                if unread:
                    did = True
                    await self._quietly(worker.read(unread, BATCH_RECORDS_MAX))
            did |= await self._work_off(process, everything=False)
        if not did:
            # What a crash has left behind, nobody was told of.
            for process in self._performance.processes.values():
                did |= await self._work_off(process, everything=True)
        return did

    async def _work_off(self, process: Process, *, everything: bool) -> bool:
        did = False
        if everything or process.wakers.due.is_set():
            process.wakers.due.clear()
            due = await process.due()
            while await due.turn():
                did = True
        if everything or process.wakers.relay.is_set():
            async with process.connection() as connection:
                while await connection.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL)"):
                    did = True
                    await (await process.the_relay()).turn()
            process.wakers.relay.clear()
        return did

    async def _quietly(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            raise self._performance.broken(f"after all faults: {error!r}") from error

    async def _next_due(self) -> datetime | None:
        times: list[datetime] = []
        for process in self._performance.processes.values():
            async with process.connection() as connection:
                at = await connection.fetchval(NEXT_DUE, list(_ENDLESS))
            if at is not None:
                times.append(at)
        return min(times, default=None)
