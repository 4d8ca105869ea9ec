"""Working everything off without faults, until nobody has anything to do; timers come due in turn."""

from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta

from customer.handlers.profiles import REVIEW
from pickup.desk import CAPACITY

from .performance import Performance
from .process import Process
from .steps import BATCH_RECORDS_MAX

DRAIN_ROUNDS_MAX = 400
"""Rounds without faults, each of which gets something done or waits for a timer: some 40 are usual."""

ACTS_AT_ONCE = 6
"""What is left of the script is played in lots, each worked off: one by one, that would take longer than all else."""

# Timers that set themselves anew for ever: a schedule does not wait for them at its end.
_ENDLESS = (CAPACITY,)
# Timers of single customers, weeks and months apart: when nothing else is left, all are waited for together.
_FAR_APART = (REVIEW,)

NEXT_DUE = """
SELECT min(greatest(due_at, claimed_until + interval '1 second')) FROM due_work WHERE kind <> ALL($1::text[])
"""
LAST_DUE = """
SELECT max(greatest(due_at, claimed_until + interval '1 second')) FROM due_work WHERE kind = ANY($1::text[])
"""


class Draining:
    """See `to_rest`."""

    def __init__(self, performance: Performance) -> None:
        self._performance = performance

    async def to_rest(self, *, script: bool) -> None:
        """Go on until nobody has anything to do; timers come due in turn. Raises Broken if that never ends."""
        for process in self._performance.processes.values():
            await process.notice_replays()
        for _ in range(DRAIN_ROUNDS_MAX):
            self._performance.clock.advance(1.0)
            did = await self._round()
            if script:
                self._performance.world.hear()
                sent = self._performance.world.react()
                if not did and not sent:
                    sent = [one for _ in range(ACTS_AT_ONCE) for one in self._performance.world.play_on()]
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
        soon = await self._due(NEXT_DUE, (*_ENDLESS, *_FAR_APART))
        if soon:
            return min(soon)
        return max(await self._due(LAST_DUE, _FAR_APART), default=None)

    async def _due(self, query: str, kinds: Sequence[str]) -> list[datetime]:
        times: list[datetime] = []
        for process in self._performance.processes.values():
            async with process.connection() as connection:
                at = await connection.fetchval(query, kinds)
            if at is not None:
                times.append(at)
        return times
