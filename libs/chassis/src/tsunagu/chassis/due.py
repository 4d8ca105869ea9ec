"""Timers and second steps: rows with a time, done in a transaction of their own, under the same locks as batches."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from tsunagu.chassis import clock, metrics
from tsunagu.chassis.backoff import doubled_seconds
from tsunagu.chassis.database import TRANSIENT, Connection, KeptPlans, connect
from tsunagu.chassis.error_text import safe_text, where
from tsunagu.chassis.faults import point
from tsunagu.chassis.locks import KeysMoved, lock_rows
from tsunagu.chassis.precedence import Precedence
from tsunagu.chassis.queries import beside
from tsunagu.chassis.read_until import ReadUntil
from tsunagu.chassis.rules import Rules
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.subscription import Due, DueHandler, Looked
from tsunagu.chassis.tracing import Attempt
from tsunagu.chassis.wake import Wakers, wait

SQL = beside(__file__)
_log = structlog.get_logger(__name__)


class DueRunner:
    """Does a service's due work. Every process has one; a claim keeps two from the same row.

    Of its deadlines it does those that have waited for the news (`read_until`; None where all that is written is read).
    A claim is committed before the work begins and holds no lock, so that the work can lock the business rows
    first, as every batch does. Work that was moved or cancelled meanwhile is not done.
    """

    def __init__(
        self,
        rules: Rules,
        handlers: Sequence[DueHandler],
        settings: ChassisSettings,
        wakers: Wakers,
        read_until: ReadUntil | None,
        precedence: Precedence,
    ) -> None:
        self._rules = rules
        self._handlers = {handler.kind: handler for handler in handlers}
        self._deadlines = [handler.kind for handler in handlers if handler.is_deadline]
        self._read_until = read_until
        self._precedence = precedence
        self._settings = settings
        self._wakers = wakers
        self._connection: Connection | None = None
        self._plans: KeptPlans | None = None
        self._transient_failures = 0  # in a row

    async def run(self) -> None:
        """Work until cancelled. An outage is waited out; work that fails is put off and tried again."""
        backoff = self._settings.transient_backoff_min_seconds
        while True:
            try:
                claimed = await self.run_once()
                backoff = self._settings.transient_backoff_min_seconds
                if not claimed:
                    await wait(self._wakers.due, self._settings.due_poll_seconds)
            except TRANSIENT as error:
                _log.warning("due work waits for the database", error=repr(error))
                self._drop_connection()
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, self._settings.transient_backoff_max_seconds)

    async def run_once(self) -> int:
        """Claim what is due and do it; returns how many rows were claimed."""
        connection = await self._connected()
        now = clock.now()
        rows = await connection.fetch(
            SQL.claim_due,
            now,
            self._settings.due_claim_seconds,
            self._settings.due_rows_max,
            self._deadlines,
            await self._deadlines_until(connection, now),
        )
        await point("due_claimed")
        claimed = [
            Due(
                kind=row["kind"],
                key=row["key"],
                due_at=row["due_at"],
                payload=row["payload"],
                origin_id=row["cause_id"],
                message_id=row["message_id"],
                correlation_id=row["correlation_id"],
                traceparent=row["traceparent"],
                attempts=row["attempts"],
                claimed_until=row["claimed_until"],
            )
            for row in rows
        ]
        # The rows of an UPDATE come back in any order; what has waited longest goes first.
        claimed.sort(key=lambda due: (due.due_at, due.kind, due.key))
        by_kind: dict[str, list[Due]] = defaultdict(list)
        for due in claimed:
            by_kind[due.kind].append(due)
        for kind, dues in by_kind.items():
            with self._precedence.first():
                await self._do(kind, dues)
        return len(rows)

    def close(self) -> None:
        """Close the connection; called after `run` was cancelled."""
        self._drop_connection()

    async def _deadlines_until(self, connection: Connection, now: datetime) -> datetime:
        read_until = self._read_until
        if read_until is None or not self._deadlines:
            return now
        if await connection.fetchval(SQL.deadlines_wait, self._deadlines, read_until.at, now):
            return await read_until.look(connection, now)
        return read_until.at

    async def _do(self, kind: str, dues: Sequence[Due]) -> None:
        handler = self._handlers.get(kind)
        attempt = self._rules.tracing.due(kind, dues)
        try:
            if handler is None:
                raise LookupError(f"no DueHandler for {kind!r}; an older program meets a newer one's work")
            with attempt:
                await self._attempt(handler, dues, attempt)
        except KeysMoved:
            metrics.RETRIES.labels(f"due:{kind}", "keys_moved").inc()
            if len(dues) > 1:
                await self._halve(kind, dues)
            else:
                await self._put_off(dues[0], "its rows moved while it was done", seconds=0.0)
        except Exception as error:
            if isinstance(error, TRANSIENT):
                # The database may be away; but work that fails like this again and again is what is wrong.
                self._transient_failures += 1
                if self._transient_failures < self._settings.transient_attempts_max:
                    raise
                self._drop_connection()
            if len(dues) > 1:
                await self._halve(kind, dues)
                return
            _log.error(
                "due work failed",
                kind=kind,
                attempts=dues[0].attempts,
                error=safe_text(error),
                where=where(error),
                **attempt.ids,
            )
            metrics.DUE_FAILED.labels(kind).inc()
            seconds = doubled_seconds(
                self._settings.due_retry_seconds, dues[0].attempts, self._settings.due_retry_max_seconds
            )
            await self._put_off(dues[0], safe_text(error), seconds)

    async def _halve(self, kind: str, dues: Sequence[Due]) -> None:
        middle = len(dues) // 2
        await self._do(kind, dues[:middle])
        await self._do(kind, dues[middle:])

    async def _attempt(self, handler: DueHandler, dues: Sequence[Due], attempt: Attempt) -> None:
        connection = await self._connected()
        rules = self._rules
        now = clock.now()
        async with connection.transaction():
            found = await handler.keys(connection, dues) if handler.keys is not None else ()
            looked = found if isinstance(found, Looked) else Looked(found, None)
            await point("due_keys_read")
            locked = await lock_rows(connection, rules.locks, looked.rows)
            await point("due_locked")
            finished = await connection.fetch(
                SQL.finish_due,
                [due.kind for due in dues],
                [due.key for due in dues],
                [due.claimed_until for due in dues],
            )
            still_wanted = {row["key"] for row in finished}
            wanted = [due for due in dues if due.key in still_wanted]
            transaction = rules.transaction(connection, now, locked)
            transaction.seen = looked.seen
            if wanted:
                await handler.handle(transaction, attempt.continuing(wanted))
            await transaction.flush()
            await point("due_handled")
        transaction.committed()
        self._transient_failures = 0
        metrics.DUE_HANDLED.labels(handler.kind).inc(len(wanted))
        if transaction.has_messages:
            self._wakers.relay.set()
        if transaction.has_due:
            self._wakers.due.set()
        assert self._plans is not None
        await self._plans.count_batch()

    async def _put_off(self, due: Due, reason: str, seconds: float) -> None:
        connection = await self._connected()
        later = clock.now() + timedelta(seconds=seconds)
        await connection.execute(SQL.fail_due, due.kind, due.key, due.claimed_until, reason, later)

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._settings, f"{self._rules.service} due work")
            self._plans = KeptPlans(self._connection)
        return self._connection

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
