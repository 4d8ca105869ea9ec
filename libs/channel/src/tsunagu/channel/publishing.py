"""Sending commands and facts: checked first, under ids that a retry repeats, acknowledged by all replicas."""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from tsunagu.channel.checking import require_valid
from tsunagu.channel.errors import InvalidMessage, OutcomeUnknown, Problem, Unreachable
from tsunagu.channel.kafka_calls import KAFKA_AWAY, stop_quietly, within
from tsunagu.channel.rights import refused_by_broker, require_write
from tsunagu.channel.settings import Settings
from tsunagu.contracts.envelope import Envelope, Record, RecordTooLarge, encode
from tsunagu.contracts.ids import derived_id, uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import RECORD_BYTES_MAX, Topic

_STOP_SECONDS = 5.0
_FRAMING_BYTES = 64 * 1024  # above a record's own limit, so that the contracts' limit is the one that counts


@dataclass(frozen=True, slots=True)
class Published:
    """A message that all replicas have."""

    id: str
    """Its `ce_id`: what answers to it name as their cause (`ce_causationid`)."""
    topic: str
    partition: int
    offset: int
    """Its place in the partition; -1 where only Kafka's answer to a repeated try arrived."""


@dataclass(slots=True)
class _Sending:
    digest: bytes
    task: asyncio.Task[Any]


class Publisher:
    """One idempotent producer, and which ids it has sent."""

    def __init__(self, name: str, role: str, settings: Settings) -> None:
        self._name = name
        self._role = role
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._known: OrderedDict[str, _Sending] = OrderedDict()

    async def publish(
        self, message: Message, topic: Topic, id: str | None, cause: Envelope | None
    ) -> Published:
        """See `Channel.publish`."""
        require_write(self._name, self._role, topic)
        if type(message) not in topic.messages:
            raise InvalidMessage(
                type(message).__name__,
                [Problem("message", f"{topic.name} does not carry it; name another topic")],
            )
        require_valid(message)
        self._require_own(message)
        record, message_id = self._record(message, id, cause)
        sending = self._sending(message, message_id, topic, record)
        return await self._outcome(sending, message_id, topic)

    async def close(self) -> None:
        """Wait a little for what is on its way, then end the producer with all that it holds."""
        tasks = [sending.task for sending in self._known.values() if not sending.task.done()]
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        for task in tasks:
            task.cancel()
        producer, self._producer = self._producer, None
        if producer is not None:
            await stop_quietly(_STOP_SECONDS, producer.stop())
            # Where no broker answers, stopping was cut short before it closed the connections.
            await stop_quietly(_STOP_SECONDS, producer.client.close())

    def _require_own(self, message: Message) -> None:
        channel = getattr(message, "channel", self._name)
        if channel != self._name:
            raise InvalidMessage(
                type(message).__name__,
                [Problem("channel", f"must be {self._name}: a channel speaks for itself only")],
            )

    def _record(self, message: Message, id: str | None, cause: Envelope | None) -> tuple[Record, str]:
        message_id = id or message_id_of(self._name, message)
        envelope = Envelope.for_message(
            message,
            id=message_id,
            source=self._name,
            time=datetime.now(UTC),
            correlation_id=cause.correlation_id if cause else None,
            causation_id=cause.id if cause else None,
            traceparent=cause.traceparent if cause else None,
        )
        try:
            return encode(envelope, message), message_id
        except RecordTooLarge as error:
            raise InvalidMessage(type(message).__name__, [Problem("message", str(error))]) from None
        except ValueError as error:
            raise InvalidMessage(type(message).__name__, [Problem("id", str(error))]) from None

    def _sending(self, message: Message, message_id: str, topic: Topic, record: Record) -> _Sending:
        """The sending of this id: the one that is known, or a new one."""
        digest = hashlib.sha256(record.key + b"\0" + (record.value or b"")).digest()
        known = self._known.get(message_id)
        if known is not None and not _has_failed(known.task):
            if known.digest != digest:
                raise InvalidMessage(
                    type(message).__name__,
                    [
                        Problem(
                            "id",
                            f"{message_id} was published with other contents; another message has another id",
                        )
                    ],
                )
            self._known.move_to_end(message_id)
            return known
        task = asyncio.create_task(self._send(topic, record), name=f"publish {message_id}")
        # Whoever has waited long enough asks for its outcome no more.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        sending = self._known[message_id] = _Sending(digest, task)
        self._forget()
        return sending

    def _forget(self) -> None:
        for message_id, sending in list(self._known.items()):
            if len(self._known) <= self._settings.published_remembered_max:
                return
            if sending.task.done():  # what is on its way has to be known: a second one would double it
                del self._known[message_id]

    async def _send(self, topic: Topic, record: Record) -> Any:
        producer = await self._started()
        sent = await producer.send(topic.name, record.value, record.key, headers=list(record.headers))
        return await sent

    async def _outcome(self, sending: _Sending, message_id: str, topic: Topic) -> Published:
        try:
            metadata = await within(self._settings.publish_timeout_seconds, asyncio.shield(sending.task))
        except (TopicAuthorizationFailedError, ClusterAuthorizationFailedError):
            # Who may write no topic at all is not let be a producer either, and is told that of the cluster.
            raise refused_by_broker(self._name, "write", topic.name) from None
        except UnknownTopicOrPartitionError:
            raise Unreachable(
                f"Kafka at {self._settings.kafka_bootstrap_servers} has no topic {topic.name}"
            ) from None
        except TimeoutError:
            seconds = self._settings.publish_timeout_seconds
            raise OutcomeUnknown(message_id, f"no answer in {seconds:g} s") from None
        except (KafkaError, OSError) as error:
            raise OutcomeUnknown(message_id, repr(error)) from error
        return Published(message_id, topic.name, metadata.partition, metadata.offset)

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            producer = self._producer
            if producer is not None and not _is_broken(producer):
                return producer
            self._producer = None
            producer = AIOKafkaProducer(
                **self._settings.client_options(),
                client_id=self._name,
                acks="all",
                enable_idempotence=True,
                max_request_size=RECORD_BYTES_MAX + _FRAMING_BYTES,
            )
            try:
                await within(self._settings.kafka_timeout_seconds, producer.start())
            except KAFKA_AWAY:
                await stop_quietly(_STOP_SECONDS, producer.stop())
                await stop_quietly(_STOP_SECONDS, producer.client.close())
                raise
            self._producer = producer
            return producer


def message_id_of(source: str, message: Message) -> str:
    """The id under which a message travels: the same message given again has the same one.

    It follows from the message's natural id and its `occurred_at`; what has no natural id gets a new one each time.
    """
    identity = message.identity()
    occurred_at: datetime | None = getattr(message, "occurred_at", None)
    if identity is None or occurred_at is None:
        return uuid7()
    return derived_id(occurred_at, f"{source}:{identity}", message.WIRE_TYPE)


def _has_failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _is_broken(producer: AIOKafkaProducer) -> bool:
    """Whether the task that sends has ended: aiokafka starts no other, and refuses everything from then on."""
    task = producer._sender.sender_task
    return task is None or task.done()
