"""A small retailer's day through the real services, on real databases, and its records on a broker of its own."""

import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

import customer.app
import inventory.app
import order.app
import pickup.app
from customer import keyring
from customer import settings as customer_settings
from tsunagu.chassis import clock
from tsunagu.chassis.database import connect, migrate
from tsunagu.chassis.service import Service
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.envelope import Record, decode
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import TOPIC_BY_NAME, TOPICS, Topic, topic_of
from tsunagu.stack.urls import with_database
from tsunagu.testing.databases import TestDatabases
from tsunagu.testing.embedded import embedded_kafka
from tsunagu.testing.harness import Harness, record_of

Log = dict[str, list[Record]]
"""Topic → its records, in order, all in one partition."""


class Wire(Harness):
    """A service whose outbox is put on the wire as it is: envelopes and all."""

    out: list[tuple[str, Record]]

    async def sent(self) -> list[Message]:
        self.out.extend((topic, Record(*outgoing)) for topic, outgoing in await self.take_outbox())
        return []


@dataclass
class Retailer:
    """The services of one retailer, with a log in place of Kafka. `send` goes on until nobody has anything to say."""

    services: Mapping[str, Wire]
    log: Log = field(default_factory=lambda: defaultdict(list))
    read: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    async def send(self, *messages: Message, topic: Topic | None = None) -> list[Any]:
        """Send messages, and return all that the services say until they are quiet."""
        return await self.send_records(
            *((topic or topic_of(type(message)), record_of(message)) for message in messages)
        )

    async def send_records(self, *records: tuple[Topic, Record]) -> list[Any]:
        """Send records as they are."""
        for topic, record in records:
            self.log[topic.name].append(record)
        said: list[Any] = []
        while news := await self._round():
            said += news
        return said

    async def rest(self, *kinds: str) -> None:
        """Let the timers of these kinds come due now; those that they set in turn are for another day."""
        for service in self.services.values():
            for kind in kinds:
                await service.make_due(kind)
        while await self._round():
            pass
        for service in self.services.values():
            await service.connection.execute("UPDATE due_work SET due_at = due_at + interval '1 day'")

    async def _round(self) -> list[Any]:
        said: list[Any] = []
        for name, service in self.services.items():
            for subscription in service.service.subscriptions:
                topic = subscription.topic
                new = self.log[topic.name][self.read[name, topic.name] :]
                if new:
                    self.read[name, topic.name] += len(new)
                    await service.deliver_records(topic, new)
            await service.work_due()
            out, service.out = service.out, []
            for topic_name, record in out:
                self.log[topic_name].append(record)
                said.append(_message(topic_name, record))
        return said


def _message(topic_name: str, record: Record) -> Message | str:
    topic = TOPIC_BY_NAME[topic_name]
    if topic.kind == "dead_letters":
        return topic_name
    return decode(topic, record.key, record.value, record.headers).message or topic_name


@asynccontextmanager
async def _open(service: Service, url: str) -> AsyncIterator[Wire]:
    settings = ChassisSettings(database_url=url)
    connection = await connect(settings, "audit journey")
    try:
        await migrate(connection, settings.database_schema, service.migrations)
        wire = Wire(service, settings, connection)
        wire.out = []
        try:
            yield wire
        finally:
            wire.close()
    finally:
        await connection.close()


@dataclass(frozen=True)
class World:
    """A day that is over: databases that nobody is connected to, and all records on a broker."""

    kafka: str
    admin_dsn: str
    databases: Mapping[str, str]
    log: Log

    @asynccontextmanager
    async def tampered(self, database: str, *statements: str) -> AsyncIterator[dict[str, str]]:
        """The databases, in one of which these statements were run: a clone, so that the world stays as it is."""
        name = f"tsunagu_test_{uuid4().hex[:16]}"
        source = self.databases[database].rpartition("/")[2]
        admin = await asyncpg.connect(self.admin_dsn)
        try:
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
            try:
                url = with_database(self.admin_dsn, name)
                clone = await asyncpg.connect(url)
                # Past the database's own guards, as a bug in them or a restored backup would be.
                await clone.execute("SET session_replication_role = replica")
                for statement in statements:
                    status = await clone.execute(statement)
                    assert not status.endswith(" 0"), f"nothing was tampered with: {statement}"
                await clone.close()
                yield {**self.databases, database: url}
            finally:
                await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        finally:
            await admin.close()

    @asynccontextmanager
    async def retold(
        self, topic: str, records: Sequence[Record], beside: Sequence[Record] = ()
    ) -> AsyncIterator[None]:
        """The broker with other records on a topic, for the length of a `with` block.

        `beside` go to a partition of which no service has read anything, so that nobody seems to be behind.
        """
        assert records != self.log[topic] or beside, "nothing was tampered with"
        await publish(self.kafka, {topic: list(records)}, beside)
        try:
            yield
        finally:
            await publish(self.kafka, {topic: self.log[topic]})


async def publish(kafka: str, log: Log, beside: Sequence[Record] = ()) -> None:
    """Make these topics hold exactly these records, in the first of two partitions; `beside` go to the other, later.

    Nothing but its time says which of two records in two partitions came last, and both are sent within the same
    millisecond: so the time is given to them.
    """
    names = list(log)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        old = [name for name in names if name in there]
        if old:
            await admin.delete_topics(old)
            while there & set(old):
                there = set(await admin.list_topics())
        await admin.create_topics([NewTopic(name, 2, 1) for name in names])
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    await producer.start()
    sent_at_ms = int(clock.now().timestamp() * 1000)
    try:
        for name in names:
            for partition, records in enumerate((log[name], beside)):
                for record in records:
                    await producer.send(
                        name,
                        record.value,
                        key=record.key,
                        headers=list(record.headers),
                        partition=partition,
                        timestamp_ms=sent_at_ms + partition,
                    )
        await producer.flush()
    finally:
        await producer.stop()


@pytest.fixture(scope="session")
def _customer_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path: Path = tmp_path_factory.mktemp("audit-keys") / "keys.json"
    keyring.create(path)
    patch = pytest.MonkeyPatch()
    patch.setenv("TSUNAGU_CUSTOMER_KEYS_FILE", str(path))
    customer_settings.settings.cache_clear()
    keyring.keyring.cache_clear()
    yield
    patch.undo()
    customer_settings.settings.cache_clear()
    keyring.keyring.cache_clear()
    shutil.rmtree(path.parent)


RunDay = Callable[[Callable[[Retailer], Awaitable[None]]], Awaitable[World]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def run_day(postgres: str, _customer_keys: None) -> AsyncIterator[RunDay]:
    """Plays a day on fresh databases and a fresh broker: `world = await run_day(script)`."""
    import edge.shopper.app
    import insight.app

    services = (inventory.app, order.app, pickup.app, customer.app, insight.app, edge.shopper.app)
    databases = TestDatabases(postgres)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(databases.drop_all)

        async def run(script: Callable[[Retailer], Awaitable[None]]) -> World:
            urls = {module.SERVICE.name: await databases.create(None) for module in services}
            async with AsyncExitStack() as running:
                retailer = Retailer(
                    {
                        module.SERVICE.name: await running.enter_async_context(
                            _open(module.SERVICE, urls[module.SERVICE.name])
                        )
                        for module in services
                    }
                )
                await script(retailer)
            kafka = await stack.enter_async_context(embedded_kafka())
            await publish(kafka.address, {topic.name: retailer.log[topic.name] for topic in TOPICS})
            return World(kafka.address, postgres, urls, retailer.log)

        yield run
