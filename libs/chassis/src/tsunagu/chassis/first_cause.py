"""Messages that follow from no message: what people ask for over HTTP, and what the time brings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tsunagu.chassis import clock
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.ids import derived_id

if TYPE_CHECKING:
    from tsunagu.chassis.runtime import Runtime


@dataclass(frozen=True, slots=True)
class FirstCause:
    """A cause that is no message; the same `cause_id` brings forth the same messages."""

    cause_id: str
    cause_time: datetime
    traceparent: str | None = None

    @property
    def message_id(self) -> str:
        """The `ce_id` of the first message that follows from it."""
        return derived_id(self.cause_time, self.cause_id, 0)

    @property
    def correlation_id(self) -> str:
        """Its first message begins the chain."""
        return self.message_id


@asynccontextmanager
async def transaction(runtime: "Runtime", *, wait_seconds: float | None = None) -> AsyncIterator[Transaction]:
    """A transaction outside any batch: committed at the end, with its outbox; rolled back by any exception.

    It holds no locks yet. Raises ConnectionError while there is no database, and TimeoutError when no connection
    comes free in `wait_seconds`.
    """
    if runtime.pool is None:
        raise ConnectionError(f"{runtime.service.name} has no database yet; try again in a moment")
    async with runtime.pool.acquire(timeout=wait_seconds) as connection:
        async with connection.transaction():
            opened = runtime.rules.transaction(connection, clock.now())
            yield opened
            await opened.flush()
        opened.committed()
    if opened.has_messages:
        runtime.wakers.relay.set()
    if opened.has_due:
        runtime.wakers.due.set()
