"""One schedule: from a seed, who does what next and what goes wrong meanwhile; then, without faults, to the end."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from aiokafka import TopicPartition

from pickup.desk import CAPACITY
from tsunagu.chassis import offsets
from tsunagu.chassis.service import Service
from tsunagu.contracts.topics import PARTITIONS_LOCAL

from .broker import Broker, Wire
from .invariants import Promised, available, findings
from .process import Connections, DueWork, Limits, Process, TurnByTurnRelay, Worker, finished
from .simulated_clock import SimulatedClock, installed
from .strikes import Crash, Kind, Strike, under, watching
from .world import Sent, World

STEPS_MAX = 260
"""Steps with faults: enough that most orders are under way when something goes wrong, in about two seconds."""

FAULT_CHANCE = 0.2
"""Of a step: several faults meet the same orders, and most steps still get something done."""

WIRE_CHANCE = 0.3
"""That a batch of a relay's turn is lost, or its acknowledgement, in a turn with a bad wire."""

PAUSED_MAX = 3
"""Held up at once: more, and too little is left that moves."""

DRAIN_ROUNDS_MAX = 400
"""Rounds without faults, each of which gets something done or waits for a timer: some 40 are usual."""

BATCH_RECORDS_MAX = 200

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
# Timers that set themselves anew for ever: a schedule does not wait for them at its end.
_ENDLESS = (CAPACITY,)

NEXT_DUE = """
SELECT min(greatest(due_at, claimed_until + interval '1 second')) FROM due_work WHERE kind <> ALL($1::text[])
"""


class Broken(AssertionError):  # noqa: N818 - what happened to a promise
    """A promise did not hold. The message says which, with the seed and the schedule that leads there."""

    def __init__(self, seed: int, found: Sequence[str], transcript: Sequence[str]) -> None:
        self.seed = seed
        self.found = tuple(found)
        lines = "\n".join(transcript)
        what = "\n".join(f"  {line}" for line in found)
        super().__init__(
            f"seed {seed} breaks what is promised:\n{what}\n\nThe schedule:\n{lines}\n\n"
            f"To run it again: make simulate SEED={seed}"
        )


@dataclass(slots=True)
class Played:
    """A schedule that held. `digest` is the same whenever the seed is."""

    seed: int
    digest: str
    faults: Counter[str]
    orders: int
    steps: int
    records: int
    passed: Counter[str]
    transcript: list[str]


@dataclass(eq=False, slots=True)
class _Held:
    """Somebody who is held up in the middle of something."""

    process: Process
    what: str
    role: str
    who: Worker | DueWork | TurnByTurnRelay
    strike: Strike
    task: "asyncio.Task[None]"
    resumes_at: int
    replaced: bool


@dataclass(slots=True)
class Stage:
    """What schedules share: the services, and connections to their databases. Empty before each."""

    services: Sequence[Service]
    connections: Mapping[str, Connections]
    urls: Mapping[str, str]


async def play(seed: int, stage: Stage, steps: int) -> Played:
    """Play a schedule on empty databases. Raises Broken, or what somebody raised who must not."""
    clock = SimulatedClock()
    passed: Counter[str] = Counter()
    with installed(clock), watching(passed):
        schedule = Schedule(seed, stage, clock, steps)
        try:
            return await schedule.play(passed)
        finally:
            await schedule.end()


class Schedule:
    """See `play`."""

    def __init__(self, seed: int, stage: Stage, clock: SimulatedClock, steps: int) -> None:
        self._seed = seed
        self._steps_max = steps
        self._random = random = Random(seed)
        self._clock = clock
        self._stage = stage
        self._broker = Broker(clock)
        self._world = World(random, clock, self._broker)
        limits = Limits(random.choice((1, 16)), random.choice((2, 200)))
        self._processes = {
            service.name: Process(
                service, stage.connections[service.name], self._broker, Wire(random), limits
            )
            for service in stage.services
        }
        self._held: list[_Held] = []
        self._faults: Counter[str] = Counter()
        self._transcript: list[str] = []
        self._step = 0
        self._promised = Promised()
        self._unfenced: list[str] = []

    async def play(self, passed: Counter[str]) -> Played:
        """See `play` of this module."""
        self._emit(self._world.opening())
        await self._drain(script=False)
        while self._step < self._steps_max:
            await self._one_step()
        await self._resume_all()
        await self._drain(script=True)
        found = [
            *self._promised.broken,
            *self._unfenced,
            *(f"nobody has done {task}" for task in self._world.left_over()),
            *await self._findings(),
        ]
        if found:
            raise Broken(self._seed, found, self._transcript)
        return Played(
            seed=self._seed,
            digest=self._digest(),
            faults=self._faults,
            orders=self._world.orders,
            steps=self._step,
            records=sum(map(len, self._broker.logs.values())),
            passed=passed,
            transcript=self._transcript,
        )

    async def _findings(self) -> list[str]:
        async with AsyncExitStack() as stack:
            connections = {
                name: await stack.enter_async_context(process.connection())
                for name, process in self._processes.items()
            }
            return await findings(self._stage.urls, connections, self._broker)

    async def end(self) -> None:
        """Nobody goes on, whatever they are at."""
        await finished([held.task for held in self._held])
        for held in self._held:
            held.process.end(held.who)
        for process in self._processes.values():
            process.end_all()

    # a step

    async def _one_step(self) -> None:
        self._step += 1
        random = self._random
        self._clock.advance(random.choice((0.01, 0.5, 3.0, 3.0, 20.0, 90.0)))
        self._world.hear()
        for held in [held for held in self._held if held.resumes_at <= self._step]:
            await self._resume(held)
        doing = self._choices()
        (do,) = random.choices([act for act, _ in doing], [weight for _, weight in doing])
        await do()

    def _choices(self) -> list[tuple[Callable[[], Awaitable[None]], float]]:
        """What may happen next, and how likely each is. Who has nothing to do goes too, now and then."""
        choices: list[tuple[Callable[[], Awaitable[None]], float]] = [
            (self._let_act, 4.0),
            (self._make_again, 0.02),
        ]
        for process in self._processes.values():
            choices += [
                (partial(self._let_read, process), 3.0),
                (partial(self._let_relay, process), 3.0 if process.wakers.relay.is_set() else 0.1),
                (partial(self._let_due, process), 1.5 if process.wakers.due.is_set() else 0.3),
                (partial(self._rewind, process), 0.1),
            ]
        return choices

    async def _let_act(self) -> None:
        self._emit(self._world.act())

    def _emit(self, sent: Sequence[Sent]) -> None:
        for one in sent:
            self._broker.produce(one.topic.name, one.record)
            self._note(f"outside: {one.name}")

    async def _let_read(self, process: Process) -> None:
        """A worker takes some of what is there in one partition."""
        random = self._random
        busy = {held.what for held in self._held if held.process is process and not held.replaced}
        topics = [topic for topic in process.topics if topic not in busy]
        waiting: list[tuple[Worker, TopicPartition, int]] = []
        for topic in topics:
            worker = await process.worker(topic)
            waiting += [(worker, place, count) for place, count in worker.assignment.unread().items()]
        if not waiting:
            return
        worker, place, unread = random.choice(waiting)
        count = min(unread, random.choice((1, 2, 5, BATCH_RECORDS_MAX)))
        places, named = [place], str(place.partition)
        if random.random() < 0.3:
            places, named = list(worker.assignment.unread()), "all"
        detail = f"/{named} × {count}"
        await self._do(process, "worker", worker.topic, worker, worker.read(places, count), detail)

    async def _let_relay(self, process: Process) -> None:
        if any(held.role == "relay" and held.process is process and not held.replaced for held in self._held):
            return
        relay = await process.the_relay()
        lost = process.wire.lost
        if self._random.random() < 0.25:
            process.wire.chance = WIRE_CHANCE
        process.wakers.relay.clear()
        await self._do(process, "relay", "relay", relay, self._relaying(process, relay), "")
        process.wire.chance = 0.0
        for fate in lost:
            self._fault(f"{fate} batch")
        lost.clear()

    async def _relaying(self, process: Process, relay: TurnByTurnRelay) -> None:
        if await relay.turn():
            process.wakers.relay.set()

    async def _let_due(self, process: Process) -> None:
        if any(held.role == "due" and held.process is process and not held.replaced for held in self._held):
            return
        due = await process.due()
        process.wakers.due.clear()
        await self._do(process, "due", "due work", due, _ignoring(due.turn()), "")

    async def _rewind(self, process: Process) -> None:
        """A worker gets records again that it has had, as after a seek that went wrong."""
        worker = await process.worker(self._random.choice(process.topics))
        place = self._random.choice(sorted(worker.assignment.assignment()))
        back = self._random.randint(1, 5)
        if any(held.who is worker for held in self._held) or not self._broker.logs[place]:
            return
        self._fault("read again")
        self._note(f"{process.name}: {worker.topic}/{place.partition} is read again, {back} records back")
        worker.assignment.seek(place, max(0, worker.assignment.position(place) - back))
        await worker.read([place], back)

    async def _make_again(self) -> None:
        """A topic's log becomes another one with the same records, as after a cluster was restored from a mirror."""
        places = sorted({place.topic for place, log in self._broker.logs.items() if log})
        topic = self._random.choice(places)
        if any(held.what == topic for held in self._held):
            return
        self._fault("log made again")
        self._note(f"broker: {topic} is made again, with the same records")
        self._broker.made_again[topic] += 1
        for process in self._processes.values():
            if topic in process.topics:
                await (await process.worker(topic)).look_again()

    # doing something, and what goes wrong

    async def _do(
        self,
        process: Process,
        role: str,
        what: str,
        who: Worker | DueWork | TurnByTurnRelay,
        work: Coroutine[Any, Any, None],
        detail: str,
    ) -> None:
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
                await self._hold(_Held(process, what, role, who, strike, task, 0, False), text)
                return
        await self._settle(process, role, what, who, strike, task, text)
        if watched:
            self._promised.compare(before, await self._available(process), f"step {self._step}: {text}")

    async def _available(self, process: Process) -> dict[tuple[str, str], int]:
        async with process.connection() as connection:
            return await available(connection)

    def _strike(self, role: str) -> Strike | None:
        random = self._random
        if random.random() >= FAULT_CHANCE:
            return None
        kind: Kind = random.choice(("crash", "crash", "outage", "pause", "pause"))
        if kind == "pause" and len(self._held) >= PAUSED_MAX:
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
        who: Worker | DueWork | TurnByTurnRelay,
        strike: Strike | None,
        task: "asyncio.Task[None]",
        text: str,
    ) -> None:
        """Wait for the end of some work. Who crashed is replaced; any other error is a finding of its own."""
        try:
            await task
        except Crash:
            assert strike is not None
            self._fault("crash")
            self._note(f"{text} – crashes at {strike.place}")
            self._replace(process, what, who)
            process.end(who)
            # Whoever comes next looks what was left: nobody has told it.
            process.wakers.relay.set()
            process.wakers.due.set()
        except Exception as error:
            raise Broken(self._seed, [f"{text} raised {error!r}"], self._transcript) from error
        else:
            if strike is not None and strike.struck and strike.kind == "outage":
                self._fault("outage")
                self._note(f"{text} – outage at {strike.place}")
            else:
                self._note(text)

    async def _hold(self, held: _Held, text: str) -> None:
        random = self._random
        strike = held.strike
        held.resumes_at = self._step + random.randint(1, 25)
        held.replaced = strike.place in LETS_GO and random.random() < 0.6
        strike.dies = random.random() < 0.2
        self._fault("zombie" if held.replaced else "held up")
        if held.replaced:
            self._replace(held.process, held.what, held.who)
            # Nobody does the same before the claim, or the lease, has run out.
            if held.role == "due":
                self._clock.advance(held.process.settings.due_claim_seconds + 1)
            elif held.role == "relay":
                self._clock.advance(held.process.settings.relay_lease_seconds + 1)
        self._held.append(held)
        after = ", and somebody else takes over" if held.replaced else ""
        self._note(f"{text} – held up at {strike.place} until step {held.resumes_at}{after}")

    def _replace(self, process: Process, what: str, who: Worker | DueWork | TurnByTurnRelay) -> None:
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

    async def _resume(self, held: _Held) -> None:
        self._held.remove(held)
        held.strike.released.set()
        text = f"{held.process.name}: {held.what} goes on from {held.strike.place}"
        before = await self._offsets(held)
        await self._settle(held.process, held.role, held.what, held.who, held.strike, held.task, text)
        after = await self._offsets(held)
        if any(after[partition] < offset for partition, offset in before.items()):
            self._unfenced.append(f"not fenced: {text} and sets offsets back from {before} to {after}")
        if held.replaced:
            held.process.end(held.who)

    async def _offsets(self, held: _Held) -> dict[int, int]:
        """How far a topic has been taken over, where somebody may have lost it."""
        if held.role != "worker":
            return {}
        async with held.process.connection() as connection:
            places = await offsets.read(connection, held.what, range(PARTITIONS_LOCAL))
        return {partition: recorded.next_offset for partition, recorded in places.items()}

    async def _resume_all(self) -> None:
        for held in list(self._held):
            await self._resume(held)

    # to the end, without faults

    async def _drain(self, *, script: bool) -> None:
        """Go on until nobody has anything to do; timers come due in turn. Raises Broken if that never ends."""
        for _ in range(DRAIN_ROUNDS_MAX):
            self._clock.advance(1.0)
            did = await self._round()
            if script:
                self._world.hear()
                sent = self._world.react() or (self._world.play_on() if not did else [])
                self._emit(sent)
                did = did or bool(sent)
            if not did:
                at = await self._next_due()
                if at is None or not script:
                    return
                self._clock.advance_to(at + timedelta(seconds=1))
                self._note(f"time passes until {at:%m-%d %H:%M:%S}")
        raise Broken(self._seed, [f"it never came to rest in {DRAIN_ROUNDS_MAX} rounds"], self._transcript)

    async def _round(self) -> bool:
        """Everybody who has been told that there is something does it; False if there was nothing."""
        did = False
        for process in self._processes.values():
            for topic in process.topics:
                worker = await process.worker(topic)
                unread = worker.assignment.unread()
                if unread:
                    did = True
                    await self._quietly(worker.read(unread, BATCH_RECORDS_MAX))
            did |= await self._work_off(process, everything=False)
        if not did:
            # What a crash has left behind, nobody was told of.
            for process in self._processes.values():
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
            raise Broken(self._seed, [f"after all faults: {error!r}"], self._transcript) from error

    async def _next_due(self) -> datetime | None:
        times: list[datetime] = []
        for process in self._processes.values():
            async with process.connection() as connection:
                at = await connection.fetchval(NEXT_DUE, list(_ENDLESS))
            if at is not None:
                times.append(at)
        return min(times, default=None)

    # what happened

    def _fault(self, kind: str) -> None:
        self._faults[kind] += 1

    def _note(self, text: str) -> None:
        self._transcript.append(f"{self._step:4} {self._clock.monotonic():9.2f} {text}")

    def _digest(self) -> str:
        """Of what happened, and of what came to be on the topics: all ids and types, in order."""
        digest = hashlib.sha256("\n".join(self._transcript).encode())
        for place, log in self._broker.logs.items():
            for record in log:
                headers = dict(record.headers)
                digest.update(
                    f"{place}{record.offset}{headers.get('ce_id')}{headers.get('ce_type')}".encode()
                )
        return digest.hexdigest()


async def _ignoring(work: Coroutine[Any, Any, object]) -> None:
    await work
