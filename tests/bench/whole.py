"""All five services at work, each a process with a database of its own, and what each of them takes."""

import asyncio
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from tsunagu.chassis import beside
from tsunagu.chassis.database import Connection
from tsunagu.contracts.topics import TOPICS
from tsunagu.stack.ports import HOST, free_port
from tsunagu.stack.process import Process, ProcessSpec
from tsunagu.stack.readiness import http_ok
from tsunagu.stack.secrets import make_secrets
from tsunagu.stack.services import SERVICES, ServiceProcess

from .bench import Bench
from .databases import EMPTY, drop
from .servers import Cpu
from .side import settle
from .worker import checkpoint

SQL = beside(__file__, "whole.sql")
FIVE = tuple(
    service for service in SERVICES if service.name in ("inventory", "order", "pickup", "customer", "insight")
)
LOOK_SECONDS = 0.2  # between looks for an end: each asks the broker, whose CPU time counts
DUE_WITHIN_SECONDS = 3.0  # figures and capacities are told a second or two after the news: they belong to it


@dataclass(frozen=True)
class Spent:
    """CPU time in seconds. `processes` and `connections` are parts of `cpu`, by service: its process, and what the
    database does for it; what the database does for nobody in particular is in `cpu` only."""

    cpu: Cpu
    processes: Mapping[str, float]
    connections: Mapping[str, float]

    def since(self, before: "Spent") -> "Spent":
        """What was used after `before`."""
        return Spent(
            self.cpu.since(before.cpu),
            {name: now - before.processes[name] for name, now in self.processes.items()},
            {name: now - before.connections[name] for name, now in self.connections.items()},
        )


class Whole:
    """The running services."""

    def __init__(
        self,
        bench: Bench,
        processes: Mapping[str, Process],
        connections: Mapping[str, Connection],
        consumer: AIOKafkaConsumer,
    ) -> None:
        self.connections = connections
        self._bench = bench
        self._processes = processes
        self._consumer = consumer

    def freeze(self) -> None:
        """Stop all services in their tracks."""
        for process in self._processes.values():
            process.freeze()

    def thaw(self) -> None:
        """Let them go on."""
        for process in self._processes.values():
            process.thaw()

    def spent(self) -> Spent:
        """What was used so far."""
        on = self._bench.on
        pids = {name: process.pid for name, process in self._processes.items() if process.pid is not None}
        return Spent(
            on.cpu_seconds(*pids.values()),
            {name: on.cpu_seconds(pid).service for name, pid in pids.items()},
            {name: on.connection_seconds(_database_of(name)) for name in pids},
        )

    async def until_idle(self) -> None:
        """Wait until each service has taken over all that it reads, has said all that it has to say, and nothing is
        due any more. Raises TimeoutError, with who is still busy, where that takes too long, or where one has ended."""
        patience_seconds = self._bench.settings.patience_seconds
        until = time.monotonic() + patience_seconds
        while busy := await self._busy():
            for process in self._processes.values():
                if not process.is_running():
                    raise TimeoutError(f"{process.spec.name} has ended.\n{process.log_tail()}")
            if time.monotonic() > until:
                raise TimeoutError(f"still busy after {patience_seconds:.0f} s: {', '.join(busy)}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _busy(self) -> list[str]:
        """Who is behind in which topic, or has something to do. The ends of the topics are looked at last: whoever
        has said something since it was looked at makes a reader of it busy."""
        busy: set[str] = set()
        taken_over: list[tuple[str, str, int]] = []
        for name, connection in self.connections.items():
            for row in await connection.fetch(SQL.progress, DUE_WITHIN_SECONDS):
                taken_over.append((name, row["topic"], row["taken_over"]))
                if row["is_busy"]:
                    busy.add(name)
        if busy:
            return sorted(busy)
        partitions = [
            TopicPartition(topic.name, number) for topic in TOPICS for number in range(topic.partitions_local)
        ]
        ends: dict[str, int] = {}
        for partition, end in (await self._consumer.end_offsets(partitions)).items():
            ends[partition.topic] = ends.get(partition.topic, 0) + end
        return [f"{name} in {topic}" for name, topic, number in taken_over if number < ends[topic]]

    async def analyze(self) -> None:
        """Let the databases know what their tables hold, as those of a system that has run for a day do."""
        for connection in self.connections.values():
            await connection.execute("VACUUM ANALYZE")
        await checkpoint(self._bench)


@asynccontextmanager
async def whole(bench: Bench, kafka: str, stock: str) -> AsyncIterator[Whole]:
    """The five services as they are shipped, inventory with the stock of a template; killed at the end."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tsunagu-bench-")))
        digits_key = secrets.token_hex(32)
        processes: dict[str, Process] = {}
        connections: dict[str, Connection] = {}
        for service in FIVE:
            database = _database_of(service.name)
            url = await bench.on.database(database, stock if service.name == "inventory" else EMPTY)
            stack.push_async_callback(drop, bench.on, database)
            process = Process(_spec(service, kafka, url, digits_key, folder))
            process.spawn()
            stack.push_async_callback(process.kill)
            processes[service.name] = process
            connections[service.name] = await asyncpg.connect(url)
            stack.push_async_callback(connections[service.name].close)
        for process in processes.values():
            await process.wait_ready()
        await settle(bench, list(processes.values()))
        consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
        await consumer.start()
        stack.push_async_callback(consumer.stop)
        yield Whole(bench, processes, connections, consumer)


def _database_of(service: str) -> str:
    return f"bench_whole_{service}"


def _spec(service: ServiceProcess, kafka: str, url: str, digits_key: str, folder: Path) -> ProcessSpec:
    port = free_port()
    environment = {
        "TSUNAGU_SERVICE": service.name,
        "TSUNAGU_KAFKA_BOOTSTRAP_SERVERS": kafka,
        "TSUNAGU_DATABASE_URL": url,
        "TSUNAGU_HTTP_HOST": HOST,
        "TSUNAGU_HTTP_PORT": str(port),
        "TSUNAGU_LOG_LEVEL": "warning",
    }
    if service.secrets is not None:
        file = folder / f"{service.name}.json"
        make_secrets(service.secrets, file)
        environment[service.secrets.variable] = str(file)
    if service.digits_key_variable is not None:
        environment[service.digits_key_variable] = digits_key
    return ProcessSpec(
        name=service.name,
        argv=service.argv,
        log=folder / f"{service.name}.log",
        ready=partial(http_ok, HOST, port, "/readyz"),
        environment=environment,
    )
