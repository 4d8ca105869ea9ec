"""A side that works off what it is given, and says or shows how far it is: what a message costs."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple, TypeAlias

import asyncpg
import psutil

from tsunagu.chassis import beside
from tsunagu.chassis.database import Connection
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import Topic
from tsunagu.stack.process import Process

from .bench import Bench
from .open_loop import send
from .orders import produce
from .servers import Cpu
from .side import MEGABYTE, Side, running

SQL = beside(__file__, "worker.sql")
LOOK_SECONDS = 0.05  # how late an end is seen at worst; a look costs the database a third of a millisecond


class Progress(NamedTuple):
    """How many messages a side has handled, whether nothing of them is left to be done or sent, and when that was
    (`time.perf_counter`, in seconds)."""

    handled: int
    is_settled: bool
    at: float


Look: TypeAlias = Callable[[Process], Awaitable[Progress]]


@dataclass(frozen=True)
class Worked:
    """What `count` messages took. The rate is that from when the first ones were seen to be handled, or from the start
    where all were seen at once."""

    count: int
    per_second: float
    cpu: Cpu
    """In seconds, for all of them together."""
    megabytes: float
    """The most memory of the process that a look has seen."""

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU time per message, of the side, the database and the broker together."""
        return self.cpu.total / self.count * 1e6

    def __str__(self) -> str:
        share = 1e6 / self.count
        return (
            f"{self.per_second:,.0f}/s, {self.cpu_us:,.1f} µs CPU each (service {self.cpu.service * share:,.1f},"
            f" database {self.cpu.database * share:,.1f}, broker {self.cpu.broker * share:,.1f}),"
            f" {self.megabytes:.0f} MB"
        )


def _rate(began: Progress, first: Progress, last: Progress) -> float:
    """Messages a second."""
    since = first if first.handled < last.handled else began
    return (last.handled - since.handled) / (last.at - since.at)


def joined(parts: Sequence[Worked]) -> Worked:
    """Several turns of one process as one; the rate is the middle one of theirs."""
    cpu = [part.cpu for part in parts]
    return Worked(
        sum(part.count for part in parts),
        median(part.per_second for part in parts),
        Cpu(sum(c.service for c in cpu), sum(c.database for c in cpu), sum(c.broker for c in cpu)),
        max(part.megabytes for part in parts),
    )


class Worker:
    """A side's process. What it is given in several turns is counted on."""

    def __init__(self, bench: Bench, process: Process, look: Look) -> None:
        self._bench = bench
        self._process = process
        self._look = look
        self._given = 0

    async def ready(self) -> None:
        """Wait until the process has nothing to do but what it will be given."""
        await self._until(lambda progress: progress.is_settled)

    async def work_off(
        self, kafka: str, topic: Topic, records: Iterable[Record], count: int, measured: int | None = None
    ) -> Worked:
        """What it takes to handle `count` records that come to be in `topic` while the process stands still.

        With `measured`, the first so many of them: the process goes on with the others, unobserved.
        Raises TimeoutError where that takes too long.
        """
        self._process.freeze()
        await produce(kafka, records, topic)
        await checkpoint(self._bench)

        async def thaw() -> None:
            self._process.thaw()

        return await self.measure(thaw, count, measured)

    async def trickle(
        self, kafka: str, topic: Topic, records: Iterable[Record], count: int, per_second: int
    ) -> None:
        """Let the process handle `count` records that come one by one, so many a second, and wait until it has."""
        self._given += count
        await send(kafka, topic, list(records), per_second, asyncio.Event())
        given = self._given
        await self._until(lambda progress: progress.handled >= given and progress.is_settled)

    async def behind(
        self, kafka: str, topic: Topic, records: Sequence[Record], per_second: float
    ) -> list[float]:
        """How far behind the process is at each look, in seconds, while records come one by one at a constant rate:
        how long ago the first one was to be sent that is not handled yet. Raises TimeoutError."""
        before = self._given
        self._given += len(records)
        looks: list[Progress] = []

        def is_done(progress: Progress) -> bool:
            looks.append(progress)
            return progress.handled >= self._given

        sending = asyncio.create_task(send(kafka, topic, records, per_second, asyncio.Event()))
        await self._until(is_done)
        began = min((await sending).values())
        return [max(0.0, look.at - began - (look.handled - before) / per_second) for look in looks]

    async def measure(
        self, begin: Callable[[], Awaitable[None]], count: int, measured: int | None = None
    ) -> Worked:
        """What it takes to handle `count` messages that are there once `begin` has returned."""
        assert self._process.pid is not None
        before, wanted = self._given, measured or count
        self._given += count
        memory = psutil.Process(self._process.pid).memory_info
        megabytes = 0.0
        first: Progress | None = None

        def is_done(progress: Progress) -> bool:
            nonlocal first, megabytes
            megabytes = max(megabytes, memory().rss / MEGABYTE)
            if first is None and progress.handled > before:
                first = progress
            return progress.handled >= before + wanted and (progress.is_settled or wanted < count)

        used = self._bench.on.cpu_seconds(self._process.pid)
        began = Progress(before, False, time.perf_counter())
        await begin()
        last = await self._until(is_done)
        cpu = self._bench.on.cpu_seconds(self._process.pid).since(used)
        return Worked(last.handled - before, _rate(began, first or began, last), cpu, megabytes)

    async def _until(self, is_reached: Callable[[Progress], bool]) -> Progress:
        patience_seconds = self._bench.settings.patience_seconds
        until = time.monotonic() + patience_seconds
        while not is_reached(progress := await self._look(self._process)):
            if not self._process.is_running() or time.monotonic() > until:
                raise TimeoutError(
                    f"{self._process.spec.name} has handled {progress.handled} messages and not all within"
                    f" {patience_seconds:.0f} s, or has ended.\n{self._process.log_tail()}"
                )
            await asyncio.sleep(LOOK_SECONDS)
        return progress


@asynccontextmanager
async def working(bench: Bench, side: Side, kafka: str, database: str, look: Look) -> AsyncIterator[Worker]:
    """A side's process, ready to work; killed at the end."""
    async with running(bench, side, kafka, database) as processes:
        worker = Worker(bench, processes[0], look)
        await worker.ready()
        yield worker


@asynccontextmanager
async def serving(bench: Bench, side: Side, kafka: str, database: str, topic: Topic) -> AsyncIterator[Worker]:
    """A service that reads `topic`. Its database may have served before, on a log that is gone: that is forgotten."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(SQL.forget_the_log)
        async with working(bench, side, kafka, database, _taken_over(connection, topic)) as worker:
            yield worker
    finally:
        await connection.close()


def _taken_over(connection: Connection, topic: Topic) -> Look:
    """How many of a topic's messages a service has taken over, by its own tables."""

    async def look(_: Process) -> Progress:
        row = await connection.fetchrow(SQL.taken_over, topic.name)
        assert row is not None
        is_placed = row["partitions"] == topic.partitions_local
        return Progress(row["handled"], is_placed and row["is_settled"], time.perf_counter())

    return look


async def told(process: Process) -> Progress:
    """What a contender has said last: on a line how much it has handled, and when."""
    return last_told(process.spec.log.read_text())


def last_told(log: str) -> Progress:
    """The last whole line in a contender's log that says how far it is (contenders/telling.py)."""
    lines = [line.split() for line in log.splitlines(keepends=True) if line.endswith("\n")]
    said = [line for line in lines if len(line) == 2 and line[0].isdecimal()]
    return Progress(int(said[-1][0]), True, float(said[-1][1])) if said else Progress(0, False, 0.0)


async def take_turn(
    bench: Bench, side: Side, database: str, topic: Topic, records: Iterable[Record], count: int
) -> Worked:
    """What it takes a side to handle `count` records that wait for it in `topic`."""
    async with bench.on.broker() as kafka:
        starting = (
            working(bench, side, kafka, database, told)
            if side.is_contender
            else serving(bench, side, kafka, database, topic)
        )
        async with starting as worker:
            return await worker.work_off(kafka, topic, records, count)


async def checkpoint(bench: Bench) -> None:
    """Let the database write what making a backlog has left, so that no measurement pays for it."""
    admin = await asyncpg.connect(bench.on.postgres)
    try:
        await admin.execute("CHECKPOINT")
    finally:
        await admin.close()
