"""Sends what a file says to Kafka: acknowledged by all replicas, with a bounded number on their way."""

import asyncio
from collections import deque
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import UnknownTopicOrPartitionError

from tsunagu.chassis.kafka_calls import KAFKA_AWAY, stop_quietly, within
from tsunagu.contracts.envelope import Envelope, encode
from tsunagu.contracts.ids import derived_id, uuid7
from tsunagu.contracts.message import Message, State

SOURCE = "hq/import"
"""Who writes, in `ce_source`: headquarters, by a file."""

ON_THEIR_WAY_MAX = 5_000
"""Records sent and not yet acknowledged: some megabytes, and enough to fill batches for every partition."""

LINGER_MS = 5
"""How long a record waits for others in its batch: nobody waits for a single one here."""

BATCH_BYTES_MAX = 256 * 1024
"""A batch per partition: a quarter of what a broker takes."""

CONNECT_TIMEOUT_SECONDS = 10.0
"""A broker that is there answers far faster."""

ACKNOWLEDGE_TIMEOUT_SECONDS = 60.0
"""A broker's restart passes within it; an import that waits longer says so and ends."""

CLOSE_TIMEOUT_SECONDS = 5.0


class KafkaUnreachable(Exception):  # noqa: N818 - a state of affairs, not a fault
    """Kafka does not answer, or lacks a topic: nothing was sent."""


class StoppedPartWay(Exception):  # noqa: N818 - a state of affairs, not a fault
    """Kafka stopped taking records: what was acknowledged is there, the rest is not."""


class Publisher:
    """Sends messages to one topic, and counts those that Kafka has acknowledged. A context manager."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._topic = topic
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers,
            client_id="tsunagu-import",
            acks="all",
            enable_idempotence=True,
            linger_ms=LINGER_MS,
            max_batch_size=BATCH_BYTES_MAX,
        )
        self._on_their_way: deque[asyncio.Future[Any]] = deque()
        self.acknowledged = 0

    async def __aenter__(self) -> Self:
        """Connect, and make sure that the topic is there. Raises KafkaUnreachable."""
        try:
            await within(CONNECT_TIMEOUT_SECONDS, self._producer.start())
            # The broker makes no topics by itself, and sending to a missing one would wait for it.
            await within(CONNECT_TIMEOUT_SECONDS, self._producer.partitions_for(self._topic))
        except KAFKA_AWAY as error:
            await stop_quietly(CLOSE_TIMEOUT_SECONDS, self._producer.stop())
            raise KafkaUnreachable(self._why(error)) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close; what was not acknowledged by `finish` is given up."""
        for future in self._on_their_way:
            future.cancel()
        await stop_quietly(CLOSE_TIMEOUT_SECONDS, self._producer.stop())
        # Where the broker does not answer, stopping was cut short before it closed the connections.
        await stop_quietly(CLOSE_TIMEOUT_SECONDS, self._producer.client.close())

    async def send(self, message: Message) -> None:
        """Send, waiting for earlier ones where too many are on their way.

        Raises StoppedPartWay when Kafka acknowledges no more.
        """
        record = encode(_envelope(message), message)
        try:
            sent = await within(
                ACKNOWLEDGE_TIMEOUT_SECONDS,
                self._producer.send(self._topic, record.value, record.key, headers=list(record.headers)),
            )
        except KAFKA_AWAY as error:
            raise StoppedPartWay(repr(error)) from error
        self._on_their_way.append(sent)
        if len(self._on_their_way) >= ON_THEIR_WAY_MAX:
            await self._wait_until(ON_THEIR_WAY_MAX // 2)

    async def finish(self) -> None:
        """Wait until Kafka has acknowledged everything. Raises StoppedPartWay."""
        await self._wait_until(0)

    async def _wait_until(self, left: int) -> None:
        try:
            async with asyncio.timeout(ACKNOWLEDGE_TIMEOUT_SECONDS):
                while len(self._on_their_way) > left:
                    await self._on_their_way[0]
                    self._on_their_way.popleft()
                    self.acknowledged += 1
        except KAFKA_AWAY as error:
            raise StoppedPartWay(repr(error)) from error

    def _why(self, error: BaseException) -> str:
        where = f"Kafka at {self._bootstrap_servers}"
        if isinstance(error, UnknownTopicOrPartitionError):
            return f"{where} has no topic {self._topic}: `tsunagu topics create` makes it"
        return f"{where} does not answer ({error!r}): is it there, and is the address right?"


def _envelope(message: Message) -> Envelope:
    """An envelope that a second import of the same line repeats, where the message has a natural id."""
    now = datetime.now(UTC)
    identity = message.identity()
    if isinstance(message, State) or identity is None:
        return Envelope.for_message(message, id=uuid7(), source=SOURCE, time=now)
    occurred_at: datetime = getattr(message, "occurred_at")  # noqa: B009 - of every fact and command here
    message_id = derived_id(occurred_at, f"{SOURCE}:{identity}", message.WIRE_TYPE)
    return Envelope.for_message(message, id=message_id, source=SOURCE, time=now)
