"""Commands are kept until their outcome is back, and sent again when it is overdue.

A command goes out in the transaction that keeps it. Its `ce_id` derives from what it is and when it was given, so
that the same command sent again is recognised as the same by whoever reads it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from edge import metrics
from edge.answers import Answer, answer_in
from edge.problems import Problem
from edge.settings import CommandSettings
from tsunagu.chassis import (
    Connection,
    Due,
    DueHandler,
    FirstCause,
    LockTable,
    Periodic,
    Received,
    RowKey,
    Runtime,
    Transaction,
    beside,
    clock,
    doubled_seconds,
    pooled,
)
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import MESSAGE_BY_WIRE_TYPE

SQL = beside(__file__, "pending_commands.sql")
PENDING = LockTable("pending_command", SQL.lock_pending_commands)
RESEND = "resend_command"


@dataclass(frozen=True, slots=True)
class Settled:
    """A command whose outcome has come back with `received`."""

    received: Received[Any]
    answer: Answer
    holder: str
    record_key: str


class PendingCommands:
    """The commands of one process of edge. `service` is its name."""

    def __init__(self, service: str, settings: CommandSettings) -> None:
        self._service = service
        self._settings = settings

    async def give(
        self, transaction: Transaction, command: Message, *, holder: str, digest: str, traceparent: str | None
    ) -> str:
        """Keep a command and send it; returns the `ce_id` by which it can be asked for.

        The same command of the same holder again is not sent again. Raises Problem 422 where its id is taken.
        """
        command_id = command.identity()
        assert command_id is not None
        wire_type, record_key = command.WIRE_TYPE, command.record_key()
        connection = transaction.connection
        cause = self._cause(wire_type, command_id, transaction.now, traceparent)
        await connection.execute(SQL.lock_record_key, record_key)
        new = await connection.fetchval(
            SQL.insert_pending_command,
            wire_type,
            command_id,
            cause.message_id,
            holder,
            record_key,
            digest,
            command.model_dump(mode="json", exclude_none=True),
            traceparent,
            transaction.now,
        )
        if new is None:
            first = await connection.fetchrow(SQL.read_pending_by_id, wire_type, command_id)
            assert first is not None
            if first["holder"] == holder and first["digest"] == digest:
                return str(first["message_id"])
            raise Problem(422, "id-taken", "This id came with another request first; make a new one.")
        transaction.publish(command, cause=cause)
        self._schedule(transaction, cause, wire_type, command_id, times_resent=0)
        return cause.message_id

    async def keys(self, _: Connection, messages: Sequence[Received[Any]]) -> Iterable[RowKey]:
        """The rows of the commands that the messages answer."""
        return [PENDING.row(answer.command_type, answer.command_id) for _, answer in _answers(messages)]

    async def settle(self, transaction: Transaction, messages: Sequence[Received[Any]]) -> None:
        """Record the outcomes that the messages hold."""
        await self.settled_by(transaction, messages)

    async def settled_by(self, transaction: Transaction, messages: Sequence[Received[Any]]) -> list[Settled]:
        """Record the outcomes that the messages hold, and return them. The first outcome stands."""
        answers = _answers(messages)
        if not answers:
            return []
        rows = await transaction.connection.fetch(
            SQL.read_waiting_commands,
            [answer.command_type for _, answer in answers],
            [answer.command_id for _, answer in answers],
        )
        waiting = {(row["command_type"], row["command_id"]): row for row in rows}
        settled: dict[str, Settled] = {}
        for received, answer in answers:
            row = waiting.get((answer.command_type, answer.command_id))
            if row is not None and answer.is_for(row["message_id"], row["channel"]):
                settled.setdefault(
                    row["message_id"], Settled(received, answer, row["holder"], row["record_key"])
                )
        if not settled:
            return []
        outcomes = [one.answer for one in settled.values()]
        await transaction.connection.execute(
            SQL.settle_commands,
            list(settled),
            [answer.outcome for answer in outcomes],
            [answer.answered_by for answer in outcomes],
            [answer.reason for answer in outcomes],
            [answer.detail for answer in outcomes],
            transaction.now,
        )
        for message_id, one in settled.items():
            transaction.cancel(RESEND, message_id)
            transaction.count(metrics.COMMANDS_SETTLED, outcome=one.answer.outcome)
        return list(settled.values())

    @property
    def due(self) -> DueHandler:
        """Sends commands again whose outcome is overdue."""
        return DueHandler(RESEND, self._resend, self._due_keys, is_deadline=True)

    async def _due_keys(self, _: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
        return [PENDING.row(due.payload["command_type"], due.payload["command_id"]) for due in dues]

    async def _resend(self, transaction: Transaction, dues: Sequence[Due]) -> None:
        rows = await transaction.connection.fetch(SQL.read_commands_to_resend, [due.key for due in dues])
        for row in sorted(rows, key=lambda row: row["given_at"]):
            cause = self._cause(row["command_type"], row["command_id"], row["given_at"], row["traceparent"])
            command = MESSAGE_BY_WIRE_TYPE[row["command_type"]].model_validate(row["body"])
            transaction.publish(command, cause=cause)
            self._schedule(
                transaction,
                cause,
                row["command_type"],
                row["command_id"],
                times_resent=row["times_resent"] + 1,
            )
            transaction.count(metrics.COMMANDS_RESENT)
        await transaction.connection.execute(SQL.count_resends, [row["message_id"] for row in rows])

    async def send_again(self, transaction: Transaction) -> None:
        """Have every command that waits for its outcome sent again at once: where it was sent to is gone."""
        for row in await transaction.connection.fetch(SQL.read_all_waiting_commands):
            cause = self._cause(row["command_type"], row["command_id"], row["given_at"], row["traceparent"])
            payload = {"command_type": row["command_type"], "command_id": row["command_id"]}
            transaction.schedule(RESEND, row["message_id"], transaction.now, cause=cause, payload=payload)

    def _schedule(
        self,
        transaction: Transaction,
        cause: FirstCause,
        wire_type: str,
        command_id: str,
        *,
        times_resent: int,
    ) -> None:
        pause = doubled_seconds(
            self._settings.command_resend_seconds, times_resent, self._settings.command_resend_max_seconds
        )
        transaction.schedule(
            RESEND,
            cause.message_id,
            transaction.now + timedelta(seconds=pause),
            cause=cause,
            payload={"command_type": wire_type, "command_id": command_id},
        )

    def _cause(
        self, wire_type: str, command_id: str, given_at: datetime, traceparent: str | None
    ) -> FirstCause:
        return FirstCause(f"{self._service} gives {wire_type} {command_id}", given_at, traceparent)

    @property
    def periodic(self) -> tuple[Periodic, ...]:
        """The gauges of what waits, and the upkeep of what is settled."""
        return (
            Periodic("pending commands", self._settings.gauges_interval_seconds, self._measure),
            Periodic("old commands", self._settings.upkeep_interval_seconds, self._forget),
        )

    async def _measure(self, runtime: Runtime) -> None:
        row = await pooled(runtime).fetchrow(SQL.measure_pending_commands, clock.now())
        assert row is not None
        metrics.COMMANDS_PENDING.set(row["waiting"])
        metrics.COMMANDS_PENDING_AGE.set(row["oldest_seconds"] or 0)

    async def _forget(self, runtime: Runtime) -> None:
        now, rows_max = clock.now(), self._settings.upkeep_rows_max
        settled_before = now - timedelta(days=self._settings.settled_commands_kept_days)
        answered_before = now - timedelta(hours=self._settings.idempotency_keys_kept_hours)
        await pooled(runtime).execute(SQL.delete_settled_commands, settled_before, rows_max)
        await pooled(runtime).execute(SQL.delete_idempotent_requests, answered_before, rows_max)


def _answers(messages: Sequence[Received[Any]]) -> list[tuple[Received[Any], Answer]]:
    found = [(received, answer_in(received.message, received.envelope.causation_id)) for received in messages]
    return [(received, answer) for received, answer in found if answer is not None]
