"""Redrives that operators ask for: which dead letters, how fast, on whose word; worked off in the background."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import asyncpg

from tsunagu.chassis import clock, redrive
from tsunagu.chassis.database import Connection
from tsunagu.chassis.error_text import without_values
from tsunagu.chassis.queries import beside
from tsunagu.chassis.received import Received
from tsunagu.chassis.subscription import Handler, Subscription
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts import topics
from tsunagu.contracts.messages import CancelRedrive, RedriveDeadLetters
from tsunagu.contracts.values import RedriveFilter, RedriveProgress

if TYPE_CHECKING:
    from tsunagu.chassis.runtime import Runtime

SQL = beside(__file__)
UNKNOWN_OPERATOR = "unknown"


class Interrupted(Exception):  # noqa: N818 - a state, not an error
    """The redrive was cancelled, or another process goes on with it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an operator asks for. `asked_by`: who, as operators are known; `rate_per_second`: messages at most."""

    redrive_id: str
    asked_by: str
    meant: RedriveFilter
    rate_per_second: float
    dry_run: bool


async def begin(connection: Connection, asked: Asked, now: datetime) -> None:
    """Count what is meant and note the redrive; it runs from then on, unless it is dry. The same id again is the same
    redrive."""
    meant = asked.meant
    matched = await connection.fetchval(SQL.count_to_redrive, meant.topic, meant.reason, meant.message_type)
    await connection.execute(
        SQL.insert_redrive,
        asked.redrive_id,
        asked.asked_by,
        now,
        meant.topic,
        meant.reason,
        meant.message_type,
        asked.dry_run,
        asked.rate_per_second,
        matched,
    )


async def cancel(connection: Connection, redrive_id: str, cancelled_by: str, now: datetime) -> bool:
    """End a redrive; what it has handled stays handled. False where none of this id runs."""
    return await connection.fetchval(SQL.cancel_redrive, redrive_id, now, cancelled_by) is not None


async def progress(connection: Connection, most: int, redrive_id: str | None = None) -> list[RedriveProgress]:
    """How far the latest redrives are, or one."""
    rows = await connection.fetch(SQL.list_redrives, most, redrive_id)
    return [
        RedriveProgress.model_validate({**row, "last_error": without_values(row["last_error"])})
        for row in rows
    ]


async def work_off(runtime: "Runtime") -> None:
    """Go on with what was asked for, one after the other. Of a service's processes, the one that relays does it."""
    if not runtime.relay.leads or runtime.pool is None:
        return
    async with runtime.pool.acquire() as connection:
        while (row := await connection.fetchrow(SQL.running_redrive)) is not None:
            try:
                await _Redriving(runtime, connection, row).run()
            except Interrupted:
                return


class _Redriving:
    """One redrive at work."""

    def __init__(self, runtime: "Runtime", connection: Connection, row: asyncpg.Record) -> None:
        self._runtime = runtime
        self._connection = connection
        self._row = row
        self._id: str = row["redrive_id"]
        self._last_id: int = row["last_id"]

    async def run(self) -> None:
        """Try all that it is meant for. Raises Interrupted."""
        row = self._row
        if row["key_now"] is not None:
            await self._finish_key(row["topic_now"], row["key_now"])
        while (letter := await self._next()) is not None:
            if letter["parks_key"]:
                await self._connection.execute(
                    SQL.begin_redriving_key, self._id, letter["topic"], letter["key"]
                )
            await self._try(letter["topic"], letter["dead_letter_id"])
            self._last_id = letter["dead_letter_id"]
        await self._connection.execute(SQL.end_redrive, self._id, clock.now())

    async def _finish_key(self, topic: str, key: bytes) -> None:
        """A crash came between messages of this key: what follows does not stand alone, and would not be found."""
        first = await self._connection.fetchval(SQL.first_waiting_id_of_key, topic, key)
        if first is not None:
            await self._try(topic, first, last_id=self._last_id)

    async def _next(self) -> asyncpg.Record | None:
        row = self._row
        return await self._connection.fetchrow(
            SQL.next_to_redrive,
            self._last_id,
            row["topic"],
            row["reason"],
            row["message_type"],
            row["asked_at"],
        )

    async def _try(self, topic: str, dead_letter_id: int, last_id: int | None = None) -> None:
        left = await self._left(topic, dead_letter_id)
        await self._connection.execute(
            SQL.go_on_redriving,
            self._id,
            dead_letter_id if last_id is None else last_id,
            int(left is not None),
            left,
        )
        self._runtime.wakers.relay.set()
        self._runtime.wakers.due.set()

    async def _left(self, topic: str, dead_letter_id: int) -> str | None:
        """Why it still waits; None when all of it is handled."""
        subscription = self._runtime.service.subscription_to(topic)
        if subscription is None:
            return f"{topic} is not read here any more"
        try:
            settled = await redrive.redrive(
                self._connection,
                self._runtime.rules,
                subscription,
                dead_letter_id,
                redrive_id=self._id,
                pace=self._pace,
            )
        except redrive.NotWaiting:  # somebody else has just settled it
            return None
        return settled[-1].left if settled else None

    async def _pace(self) -> None:
        await asyncio.sleep(1 / self._row["rate_per_second"])
        wanted = await self._connection.fetchval(SQL.goes_on, self._id)
        if not wanted or not self._runtime.relay.leads:
            raise Interrupted


def _by(command: RedriveDeadLetters | CancelRedrive) -> str:
    return command.staff_ref or UNKNOWN_OPERATOR


async def take_redrives(tx: Transaction, messages: Sequence[Received[RedriveDeadLetters]]) -> None:
    """Begin what is asked of this service; what is asked of others is theirs."""
    for received in messages:
        command = received.message
        if command.service == tx.service:
            meant = RedriveFilter.model_validate(command.model_dump(include=set(RedriveFilter.model_fields)))
            asked = Asked(command.redrive_id, _by(command), meant, command.rate_per_second, command.dry_run)
            await begin(tx.connection, asked, tx.now)
            tx.accept(received)


async def take_cancellations(tx: Transaction, messages: Sequence[Received[CancelRedrive]]) -> None:
    """End redrives of this service."""
    for received in messages:
        command = received.message
        if command.service != tx.service:
            continue
        if await cancel(tx.connection, command.redrive_id, _by(command), tx.now):
            tx.accept(received)
        else:
            tx.refuse(received, "not_running", f"no redrive {command.redrive_id} runs in {tx.service}")


REDRIVES = Subscription(
    topics.BACKBONE_COMMANDS,
    (Handler(RedriveDeadLetters, take_redrives), Handler(CancelRedrive, take_cancellations)),
    answers=topics.BACKBONE_EVENTS,
)
"""What operators ask of every service."""
