"""Each service's heartbeat goes the way of every message: its outbox, its relay, Kafka, and every service's consumer.

So what a process heard last, and when that was sent, says in one figure whether the whole way works.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tsunagu.chassis import metrics
from tsunagu.chassis.first_cause import FirstCause, transaction
from tsunagu.chassis.received import Received
from tsunagu.chassis.subscription import Handler, Subscription
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts import topics
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import Heartbeat

if TYPE_CHECKING:
    from tsunagu.chassis.runtime import Runtime


async def beat(runtime: "Runtime") -> None:
    """Write one heartbeat to the outbox."""
    async with transaction(runtime) as tx:
        heartbeat = Heartbeat(heartbeat_id=uuid7(), service=runtime.service.name, sent_at=tx.now)
        tx.publish(heartbeat, cause=FirstCause(heartbeat.heartbeat_id, tx.now))


async def hear(tx: Transaction, messages: Sequence[Received[Heartbeat]]) -> None:
    """Note when the newest heartbeat of each service was sent, once the batch is in the database."""
    newest: dict[str, float] = {}
    for received in messages:
        heartbeat = received.message
        newest[heartbeat.service] = max(newest.get(heartbeat.service, 0.0), heartbeat.sent_at.timestamp())
    for sender, sent_at in newest.items():
        tx.after_commit(partial(metrics.HEARTBEAT_HEARD.labels(sender).set, sent_at))


HEARTBEATS = Subscription(topics.BACKBONE_HEARTBEAT, (Handler(Heartbeat, hear),))
"""What every service hears of all others, and of itself."""
