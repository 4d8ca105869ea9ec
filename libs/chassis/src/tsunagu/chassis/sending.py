"""Handing messages to Kafka: which partition each goes to, and what became of it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
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
from aiokafka.producer.message_accumulator import BatchBuilder

from tsunagu.chassis import clock, metrics
from tsunagu.chassis.cluster_connections import ClusterConnections, cluster_request
from tsunagu.chassis.faults import point
from tsunagu.chassis.kafka_access import client_options
from tsunagu.chassis.kafka_calls import stop_quietly, within
from tsunagu.chassis.lease import Lease
from tsunagu.chassis.partitioning import partition_of
from tsunagu.chassis.record_batch import stamp, unpack
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


@dataclass(frozen=True, eq=False)
class Lot:
    """Messages that one row holds: of the outbox, or released after they had been set aside.

    All of them go to `partition` if the topic has `partitions`; None where they have to be parted first.
    """

    id: int
    topic: str
    batch: bytes
    records: int
    partition: int | None = None
    partitions: int | None = None
    released: bool = False
    unsent: Sequence[int] | None = None
    """Places in the batch of what Kafka has not acknowledged yet; None: all of it."""

    @cached_property
    def items(self) -> "list[Item]":
        """The messages that are still to be sent, in their order."""
        messages = unpack(self.batch)
        numbers = range(len(messages)) if self.unsent is None else self.unsent
        return [Item(self, messages[number], number) for number in numbers]

    @property
    def to_send(self) -> int:
        """How many messages are still to be sent."""
        return self.records if self.unsent is None else len(self.unsent)

    @property
    def goes_as_it_is(self) -> bool:
        """Whether the batch was packed for one partition, and all of it is to be sent."""
        return self.partition is not None and self.unsent is None


class Item(NamedTuple):
    """One message and the row that it comes from."""

    lot: Lot
    message: Record
    number: int
    """Its place in the row's batch."""

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
    """A producer, and which topics are missing. Thrown away as a whole after a failure.

    It notes in `partitions` how many each topic has.
    """

    def __init__(self, settings: ChassisSettings, service: str, partitions: dict[str, int]) -> None:
        self._settings = settings
        self._partitions = partitions
        self._missing_until: dict[str, float] = {}
        self.cluster_id: str | None = None
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            client_id=f"{service}-relay",
            acks="all",
            enable_idempotence=True,
            max_batch_size=settings.relay_batch_bytes_max,
            max_request_size=REQUEST_BYTES_MAX,
            request_timeout_ms=round(settings.relay_send_timeout_seconds * 1000),
            retry_backoff_ms=settings.kafka_retry_backoff_ms,
            **client_options(settings),
        )

    async def start(self) -> None:
        """Connect, and note in `cluster_id` which cluster this is. Raises what Kafka raises, with nothing left."""
        client = self._producer.client
        connections = ClusterConnections(client._get_conn)
        client._get_conn = connections.get
        try:
            await within(self._settings.kafka_call_timeout_seconds, self._producer.start())
            await within(
                self._settings.kafka_call_timeout_seconds,
                client.send(client.get_random_node(), cluster_request()),
            )
        except BaseException:
            await self.kill()
            raise
        self.cluster_id = connections.cluster_id

    async def kill(self) -> None:
        """End the producer with all that it holds. Its own `stop` sends that first, and tries for ever while it can't:

        a batch that was given up here would reach Kafka later, behind what another producer has sent meanwhile.
        """
        await stop_quietly(self._settings.relay_stop_seconds, self._kill())

    async def _kill(self) -> None:
        self._producer._closed = True
        await self._producer.client.close()
        await self._producer._sender.close()

    def forget_missing(self) -> bool:
        """Whether a missing topic is to be asked for again: then from the first row on, for its rows are older."""
        now = clock.monotonic()
        expired = [topic for topic, until in self._missing_until.items() if until <= now]
        for topic in expired:
            del self._missing_until[topic]
        return bool(expired)

    async def send(self, pieces: Iterable[Lot | Item], lease: Lease) -> Outcome:
        """Send messages, each topic and partition in order, none after the lease has ended.

        A lot that was packed for one partition goes out as it is; others are taken apart.
        """
        outcome = Outcome()
        parts: dict[tuple[str, int], list[Lot | Item]] = defaultdict(list)
        counts: dict[str, int] = {}
        for piece in pieces:
            topic = piece.topic if isinstance(piece, Lot) else piece.lot.topic
            count = counts.get(topic)
            if count is None:
                count = counts[topic] = await self._partitions_of(topic)
            if not count:
                outcome.unsent.extend(_items([piece]))  # they wait for the topic, and hold nobody else up
            elif isinstance(piece, Lot) and piece.goes_as_it_is and piece.partitions == count:
                assert piece.partition is not None
                parts[topic, piece.partition].append(piece)
            else:
                for item in _items([piece]):
                    parts[topic, partition_of(item.message.key, count)].append(item)
        outcomes = await asyncio.gather(
            *(self._send_part(topic, partition, part, lease) for (topic, partition), part in parts.items())
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
            self._missing_until[topic] = clock.monotonic() + self._settings.relay_topic_retry_seconds
            metrics.RELAY_FAILURES.labels("topic_missing").inc()
            _log.error("no such topic, and the broker makes none by itself; create the topics", topic=topic)
            return 0
        self._partitions[topic] = len(known)
        return len(known)

    async def _send_part(
        self, topic: str, partition: int, part: Sequence[Lot | Item], lease: Lease
    ) -> Outcome:
        outcome = Outcome()
        sent = 0
        try:
            while sent < len(part):
                batch, pieces = self._next_batch(part[sent:])
                if await self._deliver(topic, partition, batch, lease):
                    sent += pieces
                else:
                    # Something in the batch is refused for good: one by one, to find out which.
                    await self._send_one_by_one(topic, partition, _items(part[sent:]), lease, outcome)
                    sent = len(part)
        except Exception as error:
            outcome.failure = error
            outcome.unsent.extend(_items(part[sent:]))
        records = sum(piece.to_send if isinstance(piece, Lot) else 1 for piece in part)
        metrics.SENT.labels(topic).inc(records - len(outcome.unsent) - len(outcome.refused))
        return outcome

    async def _send_one_by_one(
        self, topic: str, partition: int, items: Sequence[Item], lease: Lease, outcome: Outcome
    ) -> None:
        refused: set[bytes] = set()
        for place, item in enumerate(items):
            key = item.message.key
            if key in refused:
                outcome.refused.append((item, "behind a message that was set aside"))
                continue
            try:
                batch, _ = self._next_batch([item])
                accepted = await self._deliver(topic, partition, batch, lease)
            except Exception as error:
                outcome.failure = error
                outcome.unsent.extend(items[place:])
                return
            if not accepted:
                refused.add(key)
                outcome.refused.append((item, "Kafka refuses it: too large, or not allowed"))

    def _next_batch(self, part: Sequence[Lot | Item]) -> tuple[BatchBuilder, int]:
        """What is sent next, and of how many pieces it is made: a lot as it is, or as many messages as fit."""
        if isinstance(part[0], Lot):
            return _AsItIs(part[0]), 1
        builder = self._producer.create_batch()
        pieces = 0
        for piece in part:
            if isinstance(piece, Lot):
                break
            key, value, headers = piece.message
            if builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
                break
            pieces += 1
        builder.close()
        return builder, pieces

    async def _deliver(self, topic: str, partition: int, batch: BatchBuilder, lease: Lease) -> bool:
        """Wait until Kafka has acknowledged the batch; False if it refuses it for good."""
        try:
            async with lease.held(), asyncio.timeout(self._settings.relay_send_timeout_seconds):
                acknowledged = await self._producer.send_batch(batch, topic, partition=partition)
                await acknowledged
        except REFUSED_FOR_GOOD as error:
            _log.error("Kafka refuses a batch", topic=topic, records=batch.record_count(), error=repr(error))
            return False
        await point(f"relay_acknowledged {topic}")
        return True


class _AsItIs(BatchBuilder):  # type: ignore[misc] # that module of aiokafka has no types
    """A batch that is built already; only what says who sends it, and when, is still to be written into it."""

    def __init__(self, lot: Lot) -> None:
        self._buffer = bytearray(lot.batch)
        self._relative_offset = lot.records
        self._closed = True

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        stamp(self._buffer, round(clock.now().timestamp() * 1000), producer_id, producer_epoch, base_sequence)


def _items(pieces: Iterable[Lot | Item]) -> list[Item]:
    """The messages of what may hold several."""
    items: list[Item] = []
    for piece in pieces:
        if isinstance(piece, Lot):
            items.extend(piece.items)
        else:
            items.append(piece)
    return items
