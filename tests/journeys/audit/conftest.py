"""A small retailer's day through the real services, on real databases, and its records on a broker of its own."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

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
from tsunagu.chassis import Service, clock
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import TOPICS
from tsunagu.stack.urls import with_database
from tsunagu.testing.databases import TestDatabases, copy, drop
from tsunagu.testing.embedded import embedded_kafka
from tsunagu.testing.retailer import Log, Retailer, wire


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
        name = await copy(self.admin_dsn, self.databases[database].rpartition("/")[2])
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
            await drop(self.admin_dsn, [name])

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


CHANNELS = """
[channels.ec.webhooks_out]
url = "http://127.0.0.1:9/nobody"
secret_variables = ["EC_OUT_SECRET"]
"""


def _channels(folder: Path) -> Service:
    """The process of a site that is told of its orders; nobody sends here, so what goes out stays on its way."""
    import edge.channels.app
    from edge.channels.channels_file import load
    from edge.channels.settings import Settings

    path = folder / "channels.toml"
    path.write_text(CHANNELS, encoding="utf-8")
    limits = Settings(file=path)
    return edge.channels.app.service_of(limits, load(path, {"EC_OUT_SECRET": "what we sign with for ec"}))


RunDay = Callable[[Callable[[Retailer], Awaitable[None]]], Awaitable[World]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def run_day(
    postgres: str, _customer_keys: None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunDay]:
    """Plays a day on fresh databases and a fresh broker: `world = await run_day(script)`."""
    import edge.shopper.app
    import insight.app

    modules = (inventory.app, order.app, pickup.app, customer.app, insight.app, edge.shopper.app)
    services = (*(module.SERVICE for module in modules), _channels(tmp_path_factory.mktemp("channels")))
    databases = TestDatabases(postgres)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(databases.drop_all)

        async def run(script: Callable[[Retailer], Awaitable[None]]) -> World:
            urls = {service.name: await databases.create(None) for service in services}
            async with AsyncExitStack() as running:
                retailer = Retailer(
                    {
                        service.name: await running.enter_async_context(wire(service, urls[service.name]))
                        for service in services
                    }
                )
                await script(retailer)
            kafka = await stack.enter_async_context(embedded_kafka())
            await publish(kafka.address, {topic.name: retailer.log[topic.name] for topic in TOPICS})
            return World(kafka.address, postgres, urls, retailer.log)

        yield run
