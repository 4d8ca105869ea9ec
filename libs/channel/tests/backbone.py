"""What writes and reads topics beside the channel under test."""

import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tsunagu.channel import Settings
from tsunagu.contracts.envelope import Envelope, Record, encode, encode_delete
from tsunagu.contracts.messages import Availability
from tsunagu.contracts.topics import INVENTORY_AVAILABILITY, ORDER_COMMANDS, Topic

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
PATIENCE_SECONDS = 100.0


def an_availability(sku: str = "SKU-1", version: int = 1, available: int = 5) -> Availability:
    return Availability(location_id="S001", sku=sku, available=available, version=version, as_of=NOW)


def a_record(message: Availability, id: str | None = None) -> Record:
    envelope = Envelope.for_message(message, id=id or uuid.uuid4().hex, source="inventory", time=NOW)
    return encode(envelope, message)


def a_delete(message: Availability) -> Record:
    envelope = Envelope.for_message(message, id=uuid.uuid4().hex, source="inventory", time=NOW)
    return encode_delete(envelope, message.record_key())


@dataclass
class Backbone:
    """What writes topics in a test, and looks at what is in them."""

    address: str
    availability: Topic
    commands: Topic
    producer: AIOKafkaProducer

    @property
    def settings(self) -> Settings:
        return Settings(
            kafka_bootstrap_servers=self.address,
            poll_wait_ms=50,
            retry_min_seconds=0.02,
            retry_max_seconds=0.2,
        )

    async def say(self, records: Iterable[Record | Availability], *, at_ms: int | None = None) -> None:
        """Write records to the availability topic, in their order."""
        sent = []
        for one in records:
            record = a_record(one) if isinstance(one, Availability) else one
            sent.append(
                await self.producer.send(
                    self.availability.name,
                    record.value,
                    record.key,
                    headers=list(record.headers),
                    timestamp_ms=at_ms,
                )
            )
        for one_sent in sent:
            await one_sent

    async def written(self, topic: Topic) -> list[Any]:
        """All records of a topic."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.address, enable_auto_commit=False)
        await consumer.start()
        try:
            partitions = [
                TopicPartition(topic.name, one)
                for one in await consumer._client._wait_on_metadata(topic.name)
            ]
            ends = await consumer.end_offsets(partitions)
            consumer.assign(partitions)
            records = []
            for partition in partitions:
                consumer.seek(partition, 0)
            while any([await consumer.position(one) < ends[one] for one in partitions]):
                records += [
                    one for found in (await consumer.getmany(timeout_ms=200)).values() for one in found
                ]
        finally:
            await consumer.stop()
        return records


@asynccontextmanager
async def backbone_at(address: str, availability: str, commands: str) -> AsyncIterator[Backbone]:
    """A broker with these topics, which are there."""
    producer = AIOKafkaProducer(bootstrap_servers=address, linger_ms=5)
    await producer.start()
    try:
        yield Backbone(
            address,
            replace(INVENTORY_AVAILABILITY, name=availability),
            replace(ORDER_COMMANDS, name=commands),
            producer,
        )
    finally:
        await producer.stop()


@dataclass(frozen=True)
class Kind:
    """One of the two databases: how a store of it is made, and how a test reads it."""

    name: str
    location: str
