"""Doing a piece of work under a strike: it may crash, meet an outage, or be held up while others go on."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tsunagu.chassis import offsets
from tsunagu.contracts.topics import PARTITIONS_LOCAL

from .invariants import Promised, available
from .performance import Performance
from .process import DueWork, Process, TurnByTurnRelay, Worker, finished
from .strikes import Crash, Kind, Strike, under

FAULT_CHANCE = 0.2
"""Of a step: several faults meet the same orders, and most steps still get something done."""

PAUSED_MAX = 3
"""Held up at once: more, and too little is left that moves."""

# Where a worker can be held up: it holds nothing that anybody else waits for, or only what its own topic waits for.
PAUSES: Mapping[str, Sequence[str]] = {
    "worker": ("polled", "decoded", "begun", "inbox_written", "keys_read"),
    "due": ("due_claimed", "due_keys_read"),
    "relay": ("relay_read", "relay_acknowledged", "relay_sent"),
}
# Before these a successor can begin at once: the one that is held up holds no row that the successor needs.
LETS_GO = frozenset({"polled", "decoded", "begun", "due_claimed", "due_keys_read", *PAUSES["relay"]})
PLACES: Mapping[str, Sequence[str]] = {
    "worker": (*PAUSES["worker"], "offsets_locked", "rows_locked", "handled", "outbox_written", "committed"),
    "due": (*PAUSES["due"], "due_locked", "due_handled"),
    "relay": (*PAUSES["relay"], "relay_deleted"),
}
# Where nothing is asked of a server, so that no outage shows there.
FAR = frozenset({"polled", "decoded"})

Who: TypeAlias = Worker | DueWork | TurnByTurnRelay


@dataclass(eq=False, slots=True)
class Held:
    """Somebody who is held up in the middle of something."""

    process: Process
    what: str
    role: str
    who: Who
    strike: Strike
    task: "asyncio.Task[None]"
    resumes_at: int
    replaced: bool


class StruckWork:
    """Does pieces of work, keeps those that are held up, and looks what came of them."""

    def __init__(self, performance: Performance) -> None:
        self._performance = performance
        self.held: list[Held] = []
        self._promised = Promised()
        self._unfenced: list[str] = []

    @property
    def broken(self) -> list[str]:
        """What did not hold at a single step."""
        return [*self._promised.broken, *self._unfenced]

    def has_held(self, process: Process, role: str) -> bool:
        """Whether whoever has this role now is held up."""
        return any(held.role == role and held.process is process and not held.replaced for held in self.held)

    async def end(self) -> None:
        """Nobody who is held up goes on."""
        await finished([held.task for held in self.held])
        for held in self.held:
            held.process.end(held.who)

    async def do(
        self,
        process: Process,
        role: str,
        what: str,
        who: Who,
        work: Coroutine[Any, Any, None],
        detail: str,
    ) -> None:
        """Do some work, perhaps under a strike. Returns when it has ended, or is held up. Raises Broken."""
        strike = self._strike(role)
        text = f"{process.name}: {what}{detail}"
        watched = process.name == "inventory" and role != "relay" and what in ("due work", "order.events")
        before = await self._available(process) if watched else {}
        task = asyncio.create_task(under(strike, work))
        if strike is not None and strike.kind == "pause":
            reached = asyncio.create_task(strike.reached.wait())
            await asyncio.wait({task, reached}, return_when=asyncio.FIRST_COMPLETED)
            await finished([reached])
            if not task.done():
                await self._hold(Held(process, what, role, who, strike, task, 0, False), text)
                return
        await self._settle(process, role, what, who, strike, task, text)
        if watched:
            self._promised.compare(
                before, await self._available(process), f"step {self._performance.step}: {text}"
            )

    async def _available(self, process: Process) -> dict[tuple[str, str], int]:
        async with process.connection() as connection:
            return await available(connection)

    def _strike(self, role: str) -> Strike | None:
        random = self._performance.random
        if random.random() >= FAULT_CHANCE:
            return None
        kind: Kind = random.choice(("crash", "crash", "outage", "pause", "pause"))
        if kind == "pause" and len(self.held) >= PAUSED_MAX:
            kind = "crash"
        places = PAUSES if kind == "pause" else PLACES
        return Strike(
            kind, random.choice([place for place in places[role] if kind != "outage" or place not in FAR])
        )

    async def _settle(
        self,
        process: Process,
        role: str,
        what: str,
        who: Who,
        strike: Strike | None,
        task: "asyncio.Task[None]",
        text: str,
    ) -> None:
        """Wait for the end of some work. Who crashed is replaced; any other error is a finding of its own."""
        try:
            await task
        except Crash:
            assert strike is not None
            self._performance.fault("crash")
            self._performance.note(f"{text} – crashes at {strike.place}")
            self._replace(process, what, who)
            process.end(who)
            # Whoever comes next looks what was left: nobody has told it.
            process.wakers.relay.set()
            process.wakers.due.set()
        except Exception as error:
            raise self._performance.broken(f"{text} raised {error!r}") from error
        else:
            if strike is not None and strike.struck and strike.kind == "outage":
                self._performance.fault("outage")
                self._performance.note(f"{text} – outage at {strike.place}")
            else:
                self._performance.note(text)

    async def _hold(self, held: Held, text: str) -> None:
        random = self._performance.random
        strike = held.strike
        held.resumes_at = self._performance.step + random.randint(1, 25)
        held.replaced = strike.place in LETS_GO and random.random() < 0.6
        strike.dies = random.random() < 0.2
        self._performance.fault("zombie" if held.replaced else "held up")
        if held.replaced:
            self._replace(held.process, held.what, held.who)
            # Nobody does the same before the claim, or the lease, has run out.
            if held.role == "due":
                self._performance.clock.advance(held.process.settings.due_claim_seconds + 1)
            elif held.role == "relay":
                self._performance.clock.advance(held.process.settings.relay_lease_seconds + 1)
        self.held.append(held)
        after = ", and somebody else takes over" if held.replaced else ""
        self._performance.note(f"{text} – held up at {strike.place} until step {held.resumes_at}{after}")

    def _replace(self, process: Process, what: str, who: Who) -> None:
        """Somebody else does it from now on, unless somebody does already."""
        if not process.is_current(who):
            return
        match who:
            case Worker():
                process.leave_worker(what)
            case DueWork():
                process.leave_due()
            case TurnByTurnRelay():
                process.leave_relay()

    async def resume(self, held: Held) -> None:
        """Somebody goes on, perhaps after another one has taken over. Raises Broken."""
        self.held.remove(held)
        held.strike.released.set()
        text = f"{held.process.name}: {held.what} goes on from {held.strike.place}"
        before = await self._offsets(held)
        await self._settle(held.process, held.role, held.what, held.who, held.strike, held.task, text)
        after = await self._offsets(held)
        if any(after[partition] < offset for partition, offset in before.items()):
            self._unfenced.append(f"not fenced: {text} and sets offsets back from {before} to {after}")
        if held.replaced:
            held.process.end(held.who)

    async def _offsets(self, held: Held) -> dict[int, int]:
        """How far a topic has been taken over, where somebody may have lost it."""
        if held.role != "worker":
            return {}
        async with held.process.connection() as connection:
            places = await offsets.read(connection, held.what, range(PARTITIONS_LOCAL))
        return {partition: recorded.next_offset for partition, recorded in places.items()}

    async def resume_all(self) -> None:
        """Everybody goes on. Raises Broken."""
        for held in list(self.held):
            await self.resume(held)
