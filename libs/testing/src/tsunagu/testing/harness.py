"""A service without Kafka: hand-made records through the real batch transaction, on a real PostgreSQL.

Everything from the fence to COMMIT is the machinery's own; only the log and the relay are left out.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from aiokafka import ConsumerRecord

from tsunagu.chassis import offsets
from tsunagu.chassis.batch import Done, take_over
from tsunagu.chassis.database import connect
from tsunagu.chassis.decoding import decode_records
from tsunagu.chassis.due import DueRunner
from tsunagu.chassis.first_cause import FirstCause
from tsunagu.chassis.migrating import migrate
from tsunagu.chassis.offsets import Fence, LogId
from tsunagu.chassis.precedence import alone
from tsunagu.chassis.record_batch import unpack
from tsunagu.chassis.rules import Rules
from tsunagu.chassis.service import Service
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.transaction import Transaction
from tsunagu.chassis.unusable import Unusable
from tsunagu.chassis.wake import Wakers
from tsunagu.contracts.envelope import Envelope, Record, decode, encode, encode_delete
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message, State
from tsunagu.contracts.topics import TOPICS, Topic, topic_of

M = TypeVar("M", bound=Message)
_RETOLD_ROWS_MAX = 2  # so that few keys are several pages
_LOG = LogId("test-cluster", UUID(int=1))
_TOPICS = {topic.name: topic for topic in TOPICS}


class Harness:
    """One service on one database. Use `harness(service, database_url)`."""

    def __init__(
        self, service: Service, settings: ChassisSettings, connection: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        self.service = service
        self.connection = connection
        self._rules = Rules.of(service, settings)
        self._next_offset: dict[tuple[str, int], int] = {}
        retellings = [retelling.handler(_RETOLD_ROWS_MAX) for retelling in service.retellings]
        # What is not delivered was not written: deadlines have nothing to wait for.
        self._due = DueRunner(self._rules, (*service.due, *retellings), settings, Wakers(), None, alone())
        self.compacted: dict[str, dict[bytes, Record]] = {}
        """What the compacted topics hold of what was taken out of the outbox: the latest record of each key."""

    async def deliver(self, *messages: Message, topic: Topic | None = None) -> list[Message]:
        """Deliver messages as one batch per topic, in their order, and return what the service sends for them.

        Each gets an envelope of its own; to deliver a record twice, use `records` and `deliver_records`.
        """
        by_topic: dict[str, list[Record]] = {}
        for message in messages:
            name = (topic or topic_of(type(message))).name
            by_topic.setdefault(name, []).append(record_of(message))
        for name, records in by_topic.items():
            await self.deliver_records(_TOPICS[name], records)
        return await self.sent()

    async def deliver_records(self, topic: Topic, records: Sequence[Record], *, partition: int = 0) -> Done:
        """Deliver raw records as one batch of a partition; two processes of one service read different ones.

        A single message that can't be used is refused, as the consumer does once it has found it in a batch.
        """
        subscription = next(s for s in self.service.subscriptions if s.topic.name == topic.name)
        offset = self._next_offset.get((topic.name, partition))
        if offset is None:
            offset = 0
            await offsets.begin(self.connection, topic.name, partition, _LOG, 0)
        raw = [
            ConsumerRecord(
                topic.name,
                partition,
                offset + place,
                0,
                0,
                record.key,
                record.value,
                None,
                0,
                0,
                tuple(record.headers),
            )
            for place, record in enumerate(records)
        ]
        self._next_offset[topic.name, partition] = offset + len(raw)
        entries = decode_records(subscription.topic, raw, subscription.passed_over)
        try:
            return await take_over(self.connection, self._rules, subscription, Fence(_LOG), entries)
        except Unusable as error:
            if len(entries) > 1:
                raise
            return await take_over(
                self.connection, self._rules, subscription, Fence(_LOG), entries, failed=error
            )

    async def work_due(self) -> list[Message]:
        """Do the timers and second steps that are due now, until none is left; returns what the service sends."""
        while await self._due.run_once():
            pass
        return await self.sent()

    async def step_due(self) -> int:
        """Do one turn of what is due now, as a process does; returns how many rows that were."""
        return await self._due.run_once()

    async def make_due(self, kind: str) -> list[Message]:
        """Let all timers of a kind come due now, do them, and return what the service sends."""
        await self.connection.execute(
            "UPDATE due_work SET due_at = $2 WHERE kind = $1", kind, datetime.now(UTC)
        )
        return await self.work_due()

    async def turn(self, step: Callable[[Transaction], Awaitable[object]], *, at: datetime) -> list[Message]:
        """Do a turn of something periodic at a time, in a transaction of its own; returns what the service sends."""
        async with self.connection.transaction():
            transaction = self._rules.transaction(self.connection, at)
            await step(transaction)
            await transaction.flush()
        transaction.committed()
        return await self.sent()

    async def sent(self) -> list[Message]:
        """Take what is to be sent, in order, as messages; deletes on state topics are left out."""
        messages: list[Message] = []
        for topic, outgoing in await self.take_outbox():
            if topic not in _TOPICS or _TOPICS[topic].kind == "dead_letters":
                continue  # a test's own topic, or the published copy of what is looked at in dead_letter
            decoded = decode(_TOPICS[topic], *outgoing)
            if decoded.message is not None:
                messages.append(decoded.message)
        return messages

    async def outbox(self) -> list[tuple[str, Record]]:
        """What is to be sent, in order: topic and record."""
        rows = await self.connection.fetch(
            "SELECT topic, batch FROM outbox WHERE sent_at IS NULL ORDER BY outbox_id"
        )
        return [(row["topic"], outgoing) for row in rows for outgoing in unpack(row["batch"])]

    async def take_outbox(self) -> list[tuple[str, Record]]:
        """The same, and the outbox is empty after it."""
        taken = await self.outbox()
        await self.connection.execute("DELETE FROM outbox")
        for topic, outgoing in taken:
            if topic in _TOPICS and _TOPICS[topic].compacted:
                self.compacted.setdefault(topic, {})[outgoing.key] = outgoing
        return taken

    async def retell(self) -> list[tuple[str, Record]]:
        """Have every state topic of the service told anew, a few keys at a time; returns what it sends for that."""
        async with self.connection.transaction():
            transaction = self._rules.transaction(self.connection, datetime.now(UTC))
            for retelling in self.service.retellings:
                retelling.begin(transaction, FirstCause(uuid7(), transaction.now))
            await transaction.flush()
        while await self._due.run_once():
            pass
        return await self.take_outbox()

    def close(self) -> None:
        """Close the connection of the due work."""
        self._due.close()


@asynccontextmanager
async def harness(service: Service, database_url: str) -> AsyncIterator[Harness]:
    """The service on this database, migrated."""
    settings = ChassisSettings(database_url=database_url)
    connection = await connect(settings, "harness")
    try:
        await migrate(connection, settings.database_schema, service.migrations)
        running = Harness(service, settings, connection)
        try:
            yield running
        finally:
            running.close()
    finally:
        await connection.close()


def record_of(
    message: Message, *, message_id: str | None = None, source: str = "tests", time: datetime | None = None
) -> Record:
    """The Kafka record of a message; the same `message_id` and `source` make it the same message."""
    envelope = Envelope.for_message(
        message, id=message_id or uuid7(), source=source, time=time or datetime.now(UTC)
    )
    return encode(envelope, message)


def delete_of(state: State) -> Record:
    """The Kafka record that deletes the state with this one's key."""
    envelope = Envelope.for_message(state, id=uuid7(), source="tests", time=datetime.now(UTC))
    return encode_delete(envelope, envelope.partition_key)


def only(messages: Sequence[Any], kind: type[M]) -> M:
    """The one message of this class. Fails where there is none, or more."""
    found = [message for message in messages if isinstance(message, kind)]
    assert len(found) == 1, f"one {kind.__name__} was expected, not {len(found)}, among {messages}"
    return found[0]


def all_of(messages: Sequence[Any], kind: type[M]) -> list[M]:
    """All messages of this class, in order."""
    return [message for message in messages if isinstance(message, kind)]
