"""Handing messages to Kafka: which partition each goes to, and what became of it."""

import asyncio
import struct
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from tsunagu.chassis import metrics
from tsunagu.chassis.faults import point
from tsunagu.chassis.kafka_calls import stop_quietly, within
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import RECORD_BYTES_MAX

_log = structlog.get_logger(__name__)

# What Kafka will refuse next time as well; an operator has to change something first.
REFUSED_FOR_GOOD = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    InvalidTopicError,
    TopicAuthorizationFailedError,
)

# Above the largest record that may be sent, a dead letter's copy, so that the broker's limit is the one that counts.
REQUEST_BYTES_MAX = 4 * RECORD_BYTES_MAX

KILL_SECONDS = 2.0  # ending a producer waits for no broker


class Lot(NamedTuple):
    """Messages that one row holds: of the outbox, or released after they had been set aside."""

    id: int
    topic: str
    messages: list[Record]
    released: bool = False


class Item(NamedTuple):
    """One message and the row that it comes from."""

    lot: Lot
    message: Record

    @property
    def place(self) -> tuple[str, bytes]:
        """Topic and key: the order that must hold."""
        return self.lot.topic, self.message.key


@dataclass(slots=True)
class Outcome:
    """What became of messages; those that are in neither list are sent. `failure`: why some are still to be sent."""

    unsent: list[Item] = field(default_factory=list)
    refused: list[tuple[Item, str]] = field(default_factory=list)
    failure: BaseException | None = None


class Sender:
    """A producer, and which topics are missing. Thrown away as a whole after a failure."""

    def __init__(self, settings: ChassisSettings, service: str) -> None:
        self._settings = settings
        self._missing_until: dict[str, float] = {}
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            client_id=f"{service}-relay",
            acks="all",
            enable_idempotence=True,
            max_batch_size=settings.relay_batch_bytes_max,
            max_request_size=REQUEST_BYTES_MAX,
            request_timeout_ms=round(settings.relay_send_timeout_seconds * 1000),
        )

    async def start(self) -> None:
        """Connect. Raises what Kafka raises, with nothing left behind."""
        try:
            await within(self._settings.kafka_call_timeout_seconds, self._producer.start())
        except BaseException:
            await self.kill()
            raise

    async def kill(self) -> None:
        """End the producer with all that it holds. Its own `stop` sends that first, and tries for ever while it can't:

        a batch that was given up here would reach Kafka later, behind what another producer has sent meanwhile.
        """
        await stop_quietly(KILL_SECONDS, self._kill())

    async def _kill(self) -> None:
        self._producer._closed = True
        await self._producer.client.close()
        await self._producer._sender.close()

    def forget_missing(self) -> bool:
        """Whether a missing topic is to be asked for again: then from the first row on, for its rows are older."""
        now = time.monotonic()
        expired = [topic for topic, until in self._missing_until.items() if until <= now]
        for topic in expired:
            del self._missing_until[topic]
        return bool(expired)

    async def send(self, items: Iterable[Item], until: float) -> Outcome:
        """Send messages, each topic and partition in order, none after the monotonic time `until`."""
        outcome = Outcome()
        parts: dict[tuple[str, int], list[Item]] = defaultdict(list)
        partitions: dict[str, int] = {}
        for item in items:
            topic = item.lot.topic
            count = partitions.get(topic)
            if count is None:
                count = partitions[topic] = await self._partitions_of(topic)
            if not count:
                outcome.unsent.append(item)  # it waits for the topic, and holds nobody else up
                continue
            parts[topic, partition_of(item.message.key, count)].append(item)
        outcomes = await asyncio.gather(
            *(self._send_part(topic, partition, part, until) for (topic, partition), part in parts.items())
        )
        for one in outcomes:
            outcome.unsent.extend(one.unsent)
            outcome.refused.extend(one.refused)
            outcome.failure = one.failure or outcome.failure
        return outcome

    async def _partitions_of(self, topic: str) -> int:
        """How many partitions a topic has; 0 while it is not there. A missing one is asked for again after a while."""
        if topic in self._missing_until:
            return 0
        try:
            known = await within(
                self._settings.relay_topic_wait_seconds, self._producer.partitions_for(topic)
            )
        except (UnknownTopicOrPartitionError, TimeoutError):
            self._missing_until[topic] = time.monotonic() + self._settings.relay_topic_retry_seconds
            metrics.RELAY_FAILURES.labels("topic_missing").inc()
            _log.error("no such topic, and the broker makes none by itself; create the topics", topic=topic)
            return 0
        return len(known)

    async def _send_part(self, topic: str, partition: int, items: Sequence[Item], until: float) -> Outcome:
        outcome = Outcome()
        sent = 0
        try:
            while sent < len(items):
                count = await self._send_batch(topic, partition, items[sent:], until)
                if count is None:
                    # Something in the batch is refused for good: one by one, to find out which.
                    sent = await self._send_one_by_one(topic, partition, items, sent, until, outcome)
                else:
                    sent += count
        except Exception as error:
            outcome.failure = error
            outcome.unsent.extend(items[sent:])
        metrics.SENT.labels(topic).inc(len(items) - len(outcome.unsent) - len(outcome.refused))
        return outcome

    async def _send_one_by_one(
        self, topic: str, partition: int, items: Sequence[Item], start: int, until: float, outcome: Outcome
    ) -> int:
        """Send a batch's worth of single messages from `start` on; returns where it got to."""
        refused: set[bytes] = set()
        for place, item in enumerate(items[start:], start):
            key = item.message.key
            if key in refused:
                outcome.refused.append((item, "behind a message that was set aside"))
                continue
            try:
                count = await self._send_batch(topic, partition, [item], until)
            except Exception as error:
                outcome.failure = error
                outcome.unsent.extend(items[place:])
                return len(items)
            if count is None:
                refused.add(key)
                outcome.refused.append((item, "Kafka refuses it: too large, or not allowed"))
        return len(items)

    async def _send_batch(
        self, topic: str, partition: int, items: Sequence[Item], until: float
    ) -> int | None:
        """Send as many as fit into one batch; returns how many Kafka has acknowledged, None if it refuses them."""
        builder = self._producer.create_batch()
        count = 0
        for item in items:
            key, value, headers = item.message
            if builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
                break
            count += 1
        builder.close()
        seconds = min(self._settings.relay_send_timeout_seconds, until - time.monotonic())
        try:
            async with asyncio.timeout(seconds):
                acknowledged = await self._producer.send_batch(builder, topic, partition=partition)
                await acknowledged
        except REFUSED_FOR_GOOD as error:
            _log.error("Kafka refuses a batch", topic=topic, records=count, error=repr(error))
            return None
        await point(f"relay_acknowledged {topic}")
        return count


_SEED, _MULTIPLIER, _MASK = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """The partition to which every Kafka client sends this key by default: MurmurHash2 of it, modulo their number.

    Source: org.apache.kafka.common.utils.Utils.murmur2. aiokafka's own takes twice the time, which is seconds per
    million messages.
    """
    words = len(key) // 4
    digest = _SEED ^ len(key)
    for word in struct.unpack_from(f"<{words}I", key):
        mixed = (word * _MULTIPLIER) & _MASK
        mixed = ((mixed ^ (mixed >> 24)) * _MULTIPLIER) & _MASK
        digest = ((digest * _MULTIPLIER) & _MASK) ^ mixed
    if len(key) % 4:
        digest = ((digest ^ int.from_bytes(key[words * 4 :], "little")) * _MULTIPLIER) & _MASK
    digest = ((digest ^ (digest >> 13)) * _MULTIPLIER) & _MASK
    return ((digest ^ (digest >> 15)) & 0x7FFFFFFF) % partitions
