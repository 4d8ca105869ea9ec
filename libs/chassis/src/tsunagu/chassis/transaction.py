"""What a handler is given: the open transaction, the time, and the ways to say what follows from it."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from prometheus_client import Counter as Metric

from tsunagu.chassis import outbox
from tsunagu.chassis.database import Connection
from tsunagu.chassis.locks import Locked, LockTable, RowKey
from tsunagu.chassis.queries import beside
from tsunagu.chassis.received import Cause, EnvelopeCause, Received
from tsunagu.contracts.envelope import Envelope, Record, encode, encode_delete
from tsunagu.contracts.ids import derived_ids
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import CommandAccepted, CommandRefused
from tsunagu.contracts.topics import Topic, topic_of

SQL = beside(__file__)
# In one turn of the event loop a task begins, in the next what it wrote leaves for the server.
_TURNS_TO_HAND_OVER = 2


@dataclass(frozen=True, slots=True)
class _Scheduled:
    kind: str
    key: str
    due_at: datetime
    payload: dict[str, Any]
    cause: Cause


class Transaction:
    """One batch's transaction.

    Nothing that is said here happens before COMMIT: messages are rows of the outbox, timers are rows, metrics and
    callbacks wait for it. `now` is aware UTC and the same for the whole batch.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        service: str,
        events: Topic | None,
        now: datetime,
        locked: Locked,
        packing: outbox.Packing,
    ) -> None:
        self.connection = connection
        self.now = now
        self.seen: object = None
        """What due work has seen without locks in finding its rows (`Looked`)."""
        self._service = service
        self._source = f"tsunagu/{service}"
        self._events = events
        self._locked = locked.keys
        self._read = locked.read
        self._outbox: defaultdict[str, list[Record]] = defaultdict(list)
        self._packing = packing
        self._ids: dict[str, Iterator[str]] = {}  # by cause
        self._scheduled: dict[tuple[str, str], _Scheduled] = {}
        self._cancelled: set[tuple[str, str]] = set()
        self._after_commit: list[Callable[[], None]] = []

    @property
    def service(self) -> str:
        """Whose transaction it is."""
        return self._service

    def is_locked(self, row: RowKey) -> bool:
        """Whether the batch holds this row; if a handler needs one that it does not, it raises KeysMoved."""
        return row.key in self.locked_keys(row.table)

    def locked_keys(self, table: LockTable) -> Set[tuple[str, ...]]:
        """The keys of all rows of a table that the batch holds."""
        return self._locked.get(table, frozenset())

    def read_by_lock(self, table: LockTable) -> Mapping[tuple[str, ...], asyncpg.Record] | None:
        """Rows of a table by key, as its lock has read them: nobody else can have changed them since.

        None from the second run of a batch on, since the first may have written: then they are read again.
        """
        return self._read.get(table)

    def forget_what_the_lock_read(self) -> None:
        """A handler has run; what it has written, the lock has not seen."""
        self._read = {}

    def publish(self, message: Message, *, cause: Cause, topic: Topic | None = None) -> str:
        """Send `message` when the transaction commits; returns its `ce_id`.

        The id derives from the cause and from how many messages that cause has brought forth before, so that the
        same cause handled again gives the same ids. `topic` is needed for types that several topics carry.
        Raises RecordTooLarge for what the broker would refuse.
        """
        envelope = self._envelope(message.WIRE_TYPE, cause, message.record_key())
        self.append(topic if topic is not None else topic_of(type(message)), encode(envelope, message))
        return envelope.id

    def delete(self, state: type[Message], key: str, *, cause: Cause) -> None:
        """Send a delete for `key` on the state topic of `state`."""
        self.append(topic_of(state), encode_delete(self._envelope(state.WIRE_TYPE, cause, key), key))

    def refuse(self, received: Received[Any], reason: str, detail: str) -> None:
        """Answer a command with `CommandRefused`: `reason` is a code, `detail` a sentence for people."""
        self.refuse_unread(received, received.message.identity(), received.key, reason, detail)

    def refuse_unread(
        self, cause: EnvelopeCause, command_id: str | None, key: str, reason: str, detail: str
    ) -> None:
        """Refuse a command of which only the envelope and perhaps the natural id can be read."""
        refusal = CommandRefused(
            command_id=command_id or cause.envelope.id,
            command_type=cause.envelope.type,
            command_key=key,
            occurred_at=self.now,
            reason=reason,
            detail=detail,
        )
        self.publish(refusal, cause=cause, topic=self._answers())

    def accept(self, received: Received[Any]) -> None:
        """Answer a command that no other event answers with `CommandAccepted`."""
        accepted = CommandAccepted(
            command_id=received.message.identity() or received.envelope.id,
            command_type=received.envelope.type,
            command_key=received.key,
            occurred_at=self.now,
        )
        self.publish(accepted, cause=received, topic=self._answers())

    def schedule(
        self, kind: str, key: str, due_at: datetime, *, cause: Cause, payload: dict[str, Any] | None = None
    ) -> None:
        """Have the DueHandler of `kind` called at `due_at`, once; moves what is there under the same key."""
        self._cancelled.discard((kind, key))
        self._scheduled[kind, key] = _Scheduled(kind, key, due_at, payload or {}, cause)

    def cancel(self, kind: str, key: str) -> None:
        """Forget due work that is no longer wanted."""
        self._scheduled.pop((kind, key), None)
        self._cancelled.add((kind, key))

    def count(self, metric: Metric, amount: float = 1, **labels: str) -> None:
        """Count once the transaction has committed: what is rolled back did not happen."""
        self.after_commit(lambda: (metric.labels(**labels) if labels else metric).inc(amount))

    async def write_while(self, statements: Coroutine[Any, Any, None], work: Callable[[], None]) -> None:
        """Have the database run `statements` while this process does `work`, which must not need it; waits for both."""
        writing = asyncio.create_task(statements)
        try:
            for _ in range(_TURNS_TO_HAND_OVER):
                await asyncio.sleep(0)
            work()
        finally:
            await writing

    def after_commit(self, action: Callable[[], None]) -> None:
        """Call `action` once the transaction has committed. It must not fail and must not wait."""
        self._after_commit.append(action)

    async def flush(self) -> None:
        """Write timers, then the outbox: last of all, so that a key's state row is locked while its rows get ids."""
        if self._cancelled:
            kinds, keys = zip(*sorted(self._cancelled), strict=True)
            await self.connection.execute(SQL.cancel_due, kinds, keys)
        if self._scheduled:
            rows = [self._scheduled[place] for place in sorted(self._scheduled)]
            await self.connection.execute(
                SQL.schedule_due,
                [row.kind for row in rows],
                [row.key for row in rows],
                [row.due_at for row in rows],
                [row.payload for row in rows],
                [row.cause.cause_id for row in rows],
                [row.cause.message_id for row in rows],
                [row.cause.correlation_id for row in rows],
                [row.cause.traceparent for row in rows],
            )
        await outbox.insert(self.connection, self._outbox, self._packing)

    def committed(self) -> None:
        """Run what waited for the commit."""
        for action in self._after_commit:
            action()

    @property
    def has_due(self) -> bool:
        """Whether work was scheduled that may be due at once."""
        return any(scheduled.due_at <= self.now for scheduled in self._scheduled.values())

    @property
    def has_messages(self) -> bool:
        """Whether there is something to send."""
        return bool(self._outbox)

    def append(self, topic: Topic, record: Record) -> None:
        """Send a record as it is, such as a dead letter's published copy."""
        self._outbox[topic.name].append(record)

    def _envelope(self, wire_type: str, cause: Cause, key: str) -> Envelope:
        cause_id = cause.cause_id
        ids = self._ids.get(cause_id)
        if ids is None:
            ids = self._ids[cause_id] = derived_ids(cause.cause_time, cause_id)
        message_id = next(ids)
        following = cause.message_id
        return Envelope(
            id=message_id,
            type=wire_type,
            source=self._source,
            time=self.now,
            subject=key,
            partition_key=key,
            correlation_id=cause.correlation_id,
            # A first message is its own cause's only trace: it follows from no message.
            causation_id=following if following != message_id else None,
            traceparent=cause.traceparent,
        )

    def _answers(self) -> Topic:
        if self._events is None:
            raise ValueError(f"{self._service} answers commands, but its Service names no events topic")
        return self._events
