"""A step with faults: who goes next, and what goes wrong with records and logs."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from aiokafka import TopicPartition

from tsunagu.chassis import offsets
from tsunagu.chassis.replay import SQL

from .performance import Performance
from .process import Process, TurnByTurnRelay, Worker
from .struck_work import StruckWork

WIRE_CHANCE = 0.3
"""That a batch of a relay's turn is lost, or its acknowledgement, in a turn with a bad wire."""

NOTICE_CHANCE = 0.3
"""That a process notices in this step that a topic is to be read again."""

ACT_WEIGHT = 10.0
"""Of somebody outside; a busy service has about as much: most of the script is played while things go wrong."""

BATCH_RECORDS_MAX = 200


class Steps:
    """Lets somebody do something, one at a time."""

    def __init__(self, performance: Performance, work: StruckWork) -> None:
        self._performance = performance
        self._work = work

    async def take(self) -> None:
        """A while passes, whose pause is over goes on, and somebody does something. Raises Broken."""
        self._performance.step += 1
        random = self._performance.random
        self._performance.clock.advance(random.choice((0.01, 0.5, 3.0, 3.0, 20.0, 90.0)))
        self._performance.world.hear()
        for held in [held for held in self._work.held if held.resumes_at <= self._performance.step]:
            await self._work.resume(held)
        for process in self._performance.processes.values():
            if (
                process.replayed
                and random.random() < NOTICE_CHANCE
                and not self._work.has_held(process, "worker")
            ):
                await process.notice_replays()
        doing = self._choices()
        (do,) = random.choices([act for act, _ in doing], [weight for _, weight in doing])
        await do()

    def _choices(self) -> list[tuple[Callable[[], Awaitable[None]], float]]:
        """What may happen next, and how likely each is. Who has nothing to do goes too, now and then."""
        choices: list[tuple[Callable[[], Awaitable[None]], float]] = [
            (self._let_act, ACT_WEIGHT),
            (self._make_again, 0.02),
        ]
        for process in self._performance.processes.values():
            choices += [
                (partial(self._let_read, process), 3.0),
                (partial(self._let_relay, process), 3.0 if process.wakers.relay.is_set() else 0.1),
                (partial(self._let_due, process), 1.5 if process.wakers.due.is_set() else 0.3),
                (partial(self._rewind, process), 0.1),
                (partial(self._replay, process), 0.05),
            ]
        return choices

    async def _let_act(self) -> None:
        self._performance.emit(self._performance.world.act())

    async def _let_read(self, process: Process) -> None:
        """A worker takes some of what is there in one partition."""
        random = self._performance.random
        busy = {held.what for held in self._work.held if held.process is process and not held.replaced}
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
        await self._work.do(process, "worker", worker.topic, worker, worker.read(places, count), detail)

    async def _let_relay(self, process: Process) -> None:
        if self._work.has_held(process, "relay"):
            return
        relay = await process.the_relay()
        lost = process.wire.lost
        if self._performance.random.random() < 0.25:
            process.wire.chance = WIRE_CHANCE
        process.wakers.relay.clear()
        await self._work.do(process, "relay", "relay", relay, self._relaying(process, relay), "")
        process.wire.chance = 0.0
        for fate in lost:
            self._performance.fault(f"{fate} batch")
        lost.clear()

    async def _relaying(self, process: Process, relay: TurnByTurnRelay) -> None:
        if await relay.turn():
            process.wakers.relay.set()

    async def _let_due(self, process: Process) -> None:
        if self._work.has_held(process, "due"):
            return
        due = await process.due()
        process.wakers.due.clear()
        await self._work.do(process, "due", "due work", due, _ignoring(due.turn()), "")

    async def _rewind(self, process: Process) -> None:
        """A worker gets records again that it has had, as after a seek that went wrong."""
        worker = await process.worker(self._performance.random.choice(process.topics))
        place = self._performance.random.choice(sorted(worker.assignment.assignment()))
        back = self._performance.random.randint(1, 5)
        if any(held.who is worker for held in self._work.held) or not self._performance.broker.logs[place]:
            return
        self._performance.fault("read again")
        self._performance.note(
            f"{process.name}: {worker.topic}/{place.partition} is read again, {back} records back"
        )
        worker.assignment.seek(place, max(0, worker.assignment.position(place) - back))
        await worker.read([place], back)

    async def _replay(self, process: Process) -> None:
        """An operator has a topic read again from an earlier offset of one partition."""
        worker = await process.worker(self._performance.random.choice(process.topics))
        place = self._performance.random.choice(sorted(worker.assignment.assignment()))
        if any(held.what == worker.topic and held.process is process for held in self._work.held):
            return
        async with process.connection() as connection:
            recorded = await offsets.read(connection, worker.topic, [place.partition])
            if not recorded or not recorded[place.partition].next_offset:
                return
            back_to = self._performance.random.randrange(recorded[place.partition].next_offset)
            await connection.execute(SQL.read_again, [worker.topic], [place.partition], [back_to])
        self._performance.fault("replayed")
        self._performance.note(
            f"{process.name}: an operator has {worker.topic}/{place.partition} read again from {back_to}"
        )
        process.replayed.add(worker.topic)  # it looks a while later: until then what it reads is stale

    async def _make_again(self) -> None:
        """A topic's log becomes another one with the same records, as after a cluster was restored from a mirror."""
        places = sorted({place.topic for place, log in self._performance.broker.logs.items() if log})
        topic = self._performance.random.choice(places)
        if any(held.what == topic for held in self._work.held):
            return
        self._performance.fault("log made again")
        self._performance.note(f"broker: {topic} is made again, with the same records")
        self._performance.broker.made_again[topic] += 1
        for process in self._performance.processes.values():
            if topic in process.topics:
                await (await process.worker(topic)).look_again()


async def _ignoring(work: Coroutine[Any, Any, object]) -> None:
    await work
