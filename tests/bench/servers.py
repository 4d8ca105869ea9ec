"""The PostgreSQL server and the Kafka broker that all sides of a run take turns on, and the CPU time that they use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg
import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from tsunagu.chassis.topics import TopicPlan, ensure_topics, local_topics
from tsunagu.stack.urls import with_database
from tsunagu.testing.embedded import EmbeddedServer, embedded_kafka, embedded_postgres

from .settings import BenchSettings

TOPICS_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Cpu:
    """CPU time in seconds, user and system, by whom it was used."""

    service: float
    database: float
    broker: float

    @property
    def total(self) -> float:
        """That of all three."""
        return self.service + self.database + self.broker

    def since(self, before: "Cpu") -> "Cpu":
        """What was used after `before`."""
        return Cpu(
            self.service - before.service, self.database - before.database, self.broker - before.broker
        )


@dataclass(frozen=True)
class Servers:
    """Both servers. `postgres` is the superuser's URL; there are as many databases as sides need, one at a time."""

    settings: BenchSettings
    database_server: EmbeddedServer
    broker_server: EmbeddedServer

    @property
    def postgres(self) -> str:
        """The superuser's URL of the maintenance database."""
        return self.database_server.address

    async def database(self, name: str, template: str) -> str:
        """A copy of the template database, made anew; its pages are written now, not while something is measured."""
        admin = await asyncpg.connect(self.postgres)
        try:
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            await admin.execute("CHECKPOINT")
        finally:
            await admin.close()
        return with_database(self.postgres, name)

    @asynccontextmanager
    async def broker(self, *more: TopicPlan) -> AsyncIterator[str]:
        """The broker's address, with the contracts' topics and `more`, all empty.

        It is the same broker for all sides, so that none of them pays for a Java machine that is warming up.
        """
        address = self.broker_server.address
        await remove_topics(address, self.settings.patience_seconds)
        await ensure_topics(address, [*local_topics(), *more])
        yield address

    def cpu_seconds(self, *service_pids: int) -> Cpu:
        """What the processes of a service, the database and the broker have used so far."""
        return Cpu(
            sum(_family_seconds(pid) for pid in service_pids),
            _family_seconds(self.database_server.process.pid),
            _family_seconds(self.broker_server.process.pid),
        )

    def connection_seconds(self, database: str) -> float:
        """What the server's processes for the connections to one database have used so far, those that are open."""
        total = 0.0
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self.database_server.process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    # PostgreSQL shows whom each process serves: "postgres: USER DATABASE HOST(PORT) STATE".
                    if database in " ".join(process.cmdline()).split():
                        used = process.cpu_times()
                        total += used.user + used.system
        return total


@asynccontextmanager
async def servers(settings: BenchSettings) -> AsyncIterator[Servers]:
    """Start PostgreSQL, which syncs to disk as one that is used does, and Kafka; they end with the block."""
    async with (
        embedded_postgres(
            durable=True, shared_buffers_megabytes=settings.shared_buffers_megabytes
        ) as database,
        embedded_kafka(heap_megabytes=settings.broker_heap_megabytes) as broker,
    ):
        await _warm_up(broker.address, settings.warm_up_messages)
        yield Servers(settings, database, broker)


async def remove_topics(address: str, seconds_max: float) -> None:
    """Remove all topics but the broker's own. Raises TimeoutError where one is still listed by then."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        names = [name for name in await admin.list_topics() if not name.startswith("__")]
        if names:
            await admin.delete_topics(names)
        # The broker lists them for a moment more; one that is listed would not be made again.
        async with asyncio.timeout(seconds_max):
            while True:
                if not set(names).intersection(await admin.list_topics()):
                    break
                await asyncio.sleep(TOPICS_POLL_SECONDS)
    finally:
        await admin.close()


async def _warm_up(address: str, messages: int) -> None:
    """Send and read messages one by one, so that Java has compiled the broker's code before anything is measured."""
    topic = "bench.warm-up"
    await ensure_topics(address, [TopicPlan(topic, 1, {})])
    producer = AIOKafkaProducer(bootstrap_servers=address, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=address, auto_offset_reset="earliest")
    await producer.start()
    await consumer.start()
    try:
        for number in range(messages):
            await producer.send_and_wait(topic, b"%d" % number)
            await consumer.getone()
    finally:
        await consumer.stop()
        await producer.stop()


def _family_seconds(pid: int | None) -> float:
    """What a process, those that it has started, and those of them that have ended have used."""
    if pid is None:
        return 0.0
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        program = psutil.Process(pid)
        for process in (program, *program.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                used = process.cpu_times()
                total += used.user + used.system + used.children_user + used.children_system
    return total
