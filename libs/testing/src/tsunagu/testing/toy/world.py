"""What the tests of the machinery share: topics, messages, running toys, and what a topic holds."""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.service import Service
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import ProductScanned, ProductViewed
from tsunagu.contracts.topics import (
    BACKBONE_COMMANDS,
    BACKBONE_CONDITIONS,
    BACKBONE_EVENTS,
    BACKBONE_HEARTBEAT,
    dead_letters,
)
from tsunagu.testing.toy.app import toy_service
from tsunagu.testing.toy.struck import Strike, as_environment

PATIENCE_SECONDS = 40.0  # far above what anything here takes; reached only when something is broken


async def eventually(condition: Callable[[], Awaitable[Any]], what: str) -> Any:
    """Wait until the condition holds, and return what it returned. Fails with `what` when patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        result = await condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"this never happened: {what}")
        await asyncio.sleep(0.03)


def a_scan(visitor_id: str, activity_id: str | None = None) -> ProductScanned:
    """A visitor scans a product."""
    return ProductScanned(
        activity_id=activity_id or uuid7(),
        visitor_id=visitor_id,
        channel="app",
        gtin="4512345678906",
        location_id="S001",
        occurred_at=datetime.now(UTC),
    )


def a_view(visitor_id: str, activity_id: str | None = None) -> ProductViewed:
    """A visitor looks at a product."""
    return ProductViewed(
        activity_id=activity_id or uuid7(),
        visitor_id=visitor_id,
        channel="app",
        sku="TOY",
        occurred_at=datetime.now(UTC),
    )


@dataclass
class World:
    """One test's topics and database, on the shared broker and server."""

    kafka: str
    database_url: str
    source: str
    target: str
    overrides: dict[str, Any] = field(default_factory=dict)

    @property
    def service(self) -> Service:
        """The toy on this world's topics."""
        return toy_service(self.source, self.target)

    def settings(self, **overrides: Any) -> ChassisSettings:
        """Settings for a toy process; short intervals where tests would wait for long ones."""
        return ChassisSettings(
            **{
                "kafka_bootstrap_servers": self.kafka,
                "database_url": self.database_url,
                "session_timeout_ms": 6_000,
                "metadata_age_max_ms": 500,
                "transient_backoff_max_seconds": 0.5,
                "kafka_start_retry_seconds": 0.2,
                "heartbeat_interval_seconds": 0.5,
                "log_check_interval_seconds": 0.5,
                "condition_interval_seconds": 0.5,
                "relay_lease_seconds": 2.0,
                "due_claim_seconds": 3.0,
                **self.overrides,
                **overrides,
            }
        )

    @asynccontextmanager
    async def running(
        self, service: Service | None = None, *, ready: bool = True, **overrides: Any
    ) -> AsyncIterator[Runtime]:
        """A toy in this process, ready unless that is not waited for."""
        runtime = Runtime(service or self.service, self.settings(**overrides))
        runtime.start()
        try:
            if ready:
                await self.until_ready(runtime)
            yield runtime
        finally:
            await runtime.stop()

    @asynccontextmanager
    async def process(
        self, fault: str | None = None, **overrides: Any
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """A toy in a process of its own; `fault` is place:action:passes. Killed at the end, frozen or not."""
        faults = {} if fault is None else {"TOY_FAULT": fault}
        async with self._process("tsunagu.testing.toy", faults, overrides) as child:
            yield child

    @asynccontextmanager
    async def struck(
        self, strikes: Sequence[Strike], **overrides: Any
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """Toys that suffer strikes, one after the other; it ends after the last. What it writes says which."""
        async with self._process(
            "tsunagu.testing.toy.struck", as_environment(strikes), overrides, stdout=asyncio.subprocess.PIPE
        ) as child:
            yield child

    @asynccontextmanager
    async def _process(
        self,
        module: str,
        variables: Mapping[str, str],
        overrides: Mapping[str, Any],
        stdout: int | None = None,
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        settings = self.settings(http_port=0, **overrides).model_dump(exclude_none=True)
        environment = {f"TSUNAGU_{name.upper()}": str(value) for name, value in settings.items()}
        environment |= {"TOY_SOURCE": self.source, "TOY_TARGET": self.target, **variables}
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, env={**os.environ, **environment}, stdout=stdout
        )
        try:
            yield child
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()

    async def until_ready(self, runtime: Runtime) -> None:
        """Wait until the runtime can work."""

        async def ready() -> bool:
            return not await runtime.not_ready_because()

        await eventually(ready, "the toy is ready")

    async def send(self, records: Sequence[Record], *, partition: int | None = None) -> None:
        """Write records, in order."""
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, acks="all", enable_idempotence=True)
        await producer.start()
        try:
            for record in records:
                await producer.send(
                    self.source,
                    value=record.value,
                    key=record.key,
                    headers=list(record.headers),
                    partition=partition,
                )
            await producer.flush()
        finally:
            await producer.stop()

    async def query(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Rows of this world's database."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetch(sql, *arguments)
        finally:
            await connection.close()

    async def visits(self) -> int:
        """How many messages were handled."""
        try:
            return int((await self.query("SELECT count(*) AS n FROM visit"))[0]["n"])
        except asyncpg.UndefinedTableError:
            return 0

    async def until_visits(self, count: int) -> None:
        """Wait until so many messages were handled."""

        async def there() -> bool:
            return await self.visits() >= count

        await eventually(there, f"{count} messages are handled")

    async def until_sent(self) -> None:
        """Wait until nothing is to be sent."""

        async def empty() -> bool:
            rows = await self.query(
                "SELECT (SELECT count(*) FROM outbox WHERE topic = $1 AND sent_at IS NULL)"
                " + (SELECT count(*) FROM set_aside WHERE topic = $1 AND released_at IS NOT NULL) AS n",
                self.target,
            )
            return bool(rows[0]["n"] == 0)

        await eventually(empty, "everything is sent")

    async def read(self, topic: str | None = None) -> list[Any]:
        """All records that a topic holds now, by partition and offset."""
        topic = topic or self.target
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=self.kafka, auto_offset_reset="earliest")
        await consumer.start()
        try:
            partitions = list(consumer.assignment())
            ends = await consumer.end_offsets(partitions)
            records: list[Any] = []
            while any([await consumer.position(tp) < end for tp, end in ends.items()]):
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    records.extend(batch)
            return sorted(records, key=lambda record: (record.partition, record.offset))
        finally:
            await consumer.stop()

    async def told(self) -> dict[str, list[int]]:
        """What the toy has said per visitor: the numbers in the order of the topic, duplicates by id left out."""
        numbers: dict[str, list[int]] = {}
        seen: set[bytes] = set()
        for record in await self.read():
            message_id = dict(record.headers)["ce_id"]
            if message_id in seen:
                continue
            seen.add(message_id)
            body = json.loads(record.value)
            numbers.setdefault(body["visitor_id"], []).append(body["locations_found"])
        return numbers


async def create_topics(kafka: str, *names: str) -> None:
    """Create topics, and those that every service writes, on a broker of the test's own."""
    client = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await client.start()
    try:
        written = (
            BACKBONE_HEARTBEAT,
            BACKBONE_CONDITIONS,
            BACKBONE_COMMANDS,
            BACKBONE_EVENTS,
            dead_letters("insight"),
        )
        shared = {topic.name: topic.kafka_config() for topic in written}
        for name, config in {**shared, **dict.fromkeys(names)}.items():
            with contextlib.suppress(TopicAlreadyExistsError):
                await client.create_topics([NewTopic(name, 3, 1, topic_configs=config)])
    finally:
        await client.close()


async def make_topic_again(admin: AIOKafkaAdminClient, topic: str) -> None:
    """Delete a topic and create it: the same name, with nothing in it and another id."""
    await admin.delete_topics([topic])

    async def created() -> bool:
        try:
            response = await admin.create_topics([NewTopic(topic, 3, 1)])
        except KafkaError:
            return False  # the deletion is still under way
        return all(error[1] == 0 for error in response.topic_errors)

    await eventually(created, f"{topic} is made again")
