"""A heartbeat per service goes the way of every message, outbox and relay included, so that a stuck way shows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import Heartbeat

if TYPE_CHECKING:
    from tsunagu.chassis.runtime import Runtime


@dataclass(frozen=True, slots=True)
class FirstCause:
    """The cause of a message that follows from nothing but the time."""

    cause_id: str
    cause_time: datetime
    traceparent: str | None = None

    @property
    def message_id(self) -> str:
        """The cause's own id."""
        return self.cause_id

    @property
    def correlation_id(self) -> str:
        """What follows from it is correlated by its id."""
        return self.cause_id


async def beat(runtime: "Runtime") -> None:
    """Write one heartbeat to the outbox."""
    if runtime.pool is None:
        return
    now = datetime.now(UTC)
    rules = runtime.rules
    async with runtime.pool.acquire() as pooled, pooled.transaction():
        transaction = Transaction(
            pooled,
            service=rules.service,
            events=rules.events,
            now=now,
            locked=frozenset(),
        )
        cause = FirstCause(uuid7(), now)
        heartbeat = Heartbeat(heartbeat_id=cause.cause_id, service=rules.service, sent_at=now)
        transaction.publish(heartbeat, cause=cause)
        await transaction.flush()
    runtime.wakers.relay.set()
