"""One side's turn: its process works off a backlog that is there when it begins."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import psutil

from tsunagu.stack.errors import StackError
from tsunagu.stack.ports import HOST, free_port
from tsunagu.stack.process import Process, ProcessSpec

from .bench import Bench
from .http_orders import post
from .orders import Backlog, produce
from .reader import Decisions, reader
from .servers import Cpu
from .stock import faults

ROOT = Path(__file__).parents[2]
BENCH_PYTHON = ROOT / ".venv-bench/bin/python"
_SOURCES = ("", "libs/contracts/src", "libs/chassis/src")
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Side:
    """Who takes a turn: `arguments` of the Python that is started, in the project's own environment or in that of the
    contenders. `share` is the part of a backlog that a slow side gets: its rate does not depend on how much there is.
    """

    name: str
    arguments: Sequence[str]
    can_source: bool = False
    share: float = 1.0
    processes: int = 1
    is_contender: bool = True
    is_http: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


def contender(name: str, share: float, *arguments: str, is_http: bool = False) -> Side:
    """A side whose program is contenders/<name>.py."""
    program = f"tests.bench.contenders.{name}"
    return Side(name, ("-m", program, *arguments), share=share, is_http=is_http)


TSUNAGU = Side("tsunagu", ("-m", "tsunagu.chassis", "inventory.app"), can_source=True, is_contender=False)


@dataclass(frozen=True)
class Measured:
    """What one side did over a backlog. `cpu` is milliseconds per order; `wrong` says what did not hold."""

    orders_per_second: float
    cpu: Cpu
    megabytes: float
    reserved: int
    wrong: str | None

    @property
    def cpu_ms_per_order(self) -> float:
        """That of the service, the database and the broker together."""
        return self.cpu.total


async def measure(bench: Bench, side: Side, backlog: Backlog, database: str) -> Measured:
    """Let a side work off a backlog in a database of its own.

    Raises TimeoutError where it decides nothing at all, StackError where its process ends.
    """
    count = len(backlog.records)
    settings = bench.settings
    port = free_port()
    side = replace(side, environment={**side.environment, "BENCH_HTTP_PORT": str(port)})
    async with (
        bench.on.broker() as kafka,
        running(bench, side, kafka, database) as processes,
        reader(kafka) as decided,
    ):
        pids = [process.pid for process in processes if process.pid is not None]
        memory = max(psutil.Process(pid).memory_info().rss for pid in pids) / MEGABYTE
        if not side.is_http:
            # The backlog comes to be while the side stands still.
            for process in processes:
                process.freeze()
            await produce(kafka, backlog.records)
        before = bench.on.cpu_seconds(*pids)
        work = post(port, backlog.records) if side.is_http else _thaw(processes)
        await asyncio.gather(work, decided.wait_for(count, settings.patience_seconds))
        if not decided.decisions.arrived:
            raise TimeoutError(f"{side.name} decides nothing.\n{processes[0].log_tail()}")
        used = bench.on.cpu_seconds(*pids).since(before)
        decisions = await decided.wait_for_silence(settings.silence_seconds)
    found = wrongs(decisions, backlog) + await faults(database)
    wrong = "; ".join(found) or None
    per_order = 1000 / count
    cpu = Cpu(used.service * per_order, used.database * per_order, used.broker * per_order)
    measured = Measured(decisions.per_second(), cpu, memory, decisions.reserved, wrong)
    bench.say(
        f"  {side.name}: {measured.orders_per_second:,.0f} orders/s, {cpu.total:.2f} ms CPU per order (service"
        f" {cpu.service:.2f}, database {cpu.database:.2f}, broker {cpu.broker:.2f})"
        + (f"; fast but wrong: {wrong}" if wrong else "")
    )
    return measured


def wrongs(decisions: Decisions, backlog: Backlog) -> list[str]:
    """What is wrong with the decisions: orders lost, decided twice, sent by nobody, or more promised than there is."""
    sent = {record.key for record in backlog.records}
    found = []
    if lost := len(sent - decisions.arrived.keys()):
        found.append(f"{lost} of {len(sent)} orders were never decided")
    if strangers := decisions.arrived.keys() - sent:
        found.append(f"{len(strangers)} orders were decided that nobody sent")
    if decisions.again:
        found.append(f"{len(decisions.again)} orders were decided twice")
    if decisions.reserved != backlog.promised:
        found.append(f"{decisions.reserved} orders were promised instead of {backlog.promised}")
    return found


@asynccontextmanager
async def running(bench: Bench, side: Side, kafka: str, database: str) -> AsyncIterator[list[Process]]:
    """A side's processes, after they have settled; they are killed at the end.

    Raises StackError where one has ended by then.
    """
    with tempfile.TemporaryDirectory(prefix="tsunagu-bench-") as logs:
        async with AsyncExitStack() as stack:
            processes = []
            group = f"bench.{side.name}.{uuid4()}"
            for number in range(side.processes):
                process = Process(_spec(side, number, kafka, database, group, Path(logs)))
                process.spawn()
                stack.push_async_callback(process.kill)
                processes.append(process)
                await process.wait_ready()
            await settle(bench, processes)
            yield processes


async def _thaw(processes: Sequence[Process]) -> None:
    for process in processes:
        process.thaw()


async def settle(bench: Bench, processes: Sequence[Process]) -> None:
    """Give processes time to start and to join their groups, and wait until nothing works any more.

    Raises StackError where one has ended by then.
    """
    settings = bench.settings
    pids = [process.pid for process in processes if process.pid is not None]
    waited = settings.settle_seconds
    await asyncio.sleep(waited)
    while waited < settings.settle_seconds_max:
        before = bench.on.cpu_seconds(*pids)
        await asyncio.sleep(1.0)
        waited += 1.0
        if bench.on.cpu_seconds(*pids).since(before).total * 100 < settings.settled_cpu_percent_max:
            break
    for process in processes:
        if not process.is_running():
            raise StackError(f"{process.spec.name} ended by itself.\n{process.log_tail()}")


def _spec(side: Side, number: int, kafka: str, database: str, group: str, logs: Path) -> ProcessSpec:
    environment = {
        "BENCH_KAFKA": kafka,
        "BENCH_DATABASE": database,
        "BENCH_GROUP": group,
        "TSUNAGU_KAFKA_BOOTSTRAP_SERVERS": kafka,
        "TSUNAGU_DATABASE_URL": database,
        "TSUNAGU_HTTP_PORT": "0",
        "TSUNAGU_LOG_LEVEL": "warning",
    }
    if side.is_contender:
        environment["PYTHONPATH"] = os.pathsep.join(str(ROOT / source) for source in _SOURCES)
    return ProcessSpec(
        name=side.name,
        argv=(str(BENCH_PYTHON) if side.is_contender else sys.executable, *side.arguments),
        log=logs / f"{side.name}-{number}.log",
        ready=partial(_listens, int(side.environment["BENCH_HTTP_PORT"])) if side.is_http else _always,
        environment={**environment, **side.environment},
    )


async def _always() -> bool:
    return True


async def _listens(port: int) -> bool:
    """Whether the side takes requests. Raises OSError where it does not yet."""
    _, writer = await asyncio.open_connection(HOST, port)
    writer.close()
    return True
