"""A heartbeat per service goes the way of every message, outbox and relay included, so that a stuck way shows."""

from typing import TYPE_CHECKING

from tsunagu.chassis.first_cause import FirstCause, transaction
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import Heartbeat

if TYPE_CHECKING:
    from tsunagu.chassis.runtime import Runtime


async def beat(runtime: "Runtime") -> None:
    """Write one heartbeat to the outbox."""
    async with transaction(runtime) as tx:
        heartbeat = Heartbeat(heartbeat_id=uuid7(), service=runtime.service.name, sent_at=tx.now)
        tx.publish(heartbeat, cause=FirstCause(heartbeat.heartbeat_id, tx.now))
