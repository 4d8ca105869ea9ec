"""What the board process learns beside KPIs: what is shown with them, and what became of what was asked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from edge.board.settings import settings
from edge.pending_commands import PendingCommands
from tsunagu.chassis import (
    Deleted,
    Handler,
    Received,
    Runtime,
    Subscription,
    Transaction,
    beside,
    clock,
    newest,
    pooled,
)
from tsunagu.contracts import topics
from tsunagu.contracts.message import State
from tsunagu.contracts.messages import KpiExplained, PolicyTried
from tsunagu.contracts.topics import Topic

SQL = beside(__file__)
SERVICE_NAME = "edge-board"
COMMANDS = PendingCommands(SERVICE_NAME, settings())

SHOWN = (
    topics.INSIGHT_DEFINITIONS,
    topics.INSIGHT_POLICIES,
    topics.INSIGHT_MEASURES,
    topics.CUSTOMER_JOURNEY,
    topics.NETWORK_LOCATIONS,
)
"""Topics of which the board shows each message as it was told; all of them are small."""


async def keep_shown(transaction: Transaction, messages: Sequence[Received[State]]) -> None:
    """Keep the newest version of each. One subscription's messages all come from one topic."""
    latest = newest(messages)
    await transaction.connection.execute(
        SQL.keep_shown,
        messages[0].topic,
        [received.key for received in latest],
        [received.message.version for received in latest],
        [received.message.model_dump(mode="json", exclude_none=True) for received in latest],
    )


async def forget_shown(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget what was deleted."""
    await transaction.connection.execute(
        SQL.forget_shown, messages[0].topic, [received.key for received in messages]
    )


async def keep_found(
    transaction: Transaction, messages: Sequence[Received[PolicyTried | KpiExplained]]
) -> None:
    """Keep what was found out, and settle the commands that asked for it."""
    await transaction.connection.execute(
        SQL.keep_found,
        [received.message.WIRE_TYPE for received in messages],
        [received.key for received in messages],
        [received.message.model_dump(mode="json", exclude_none=True) for received in messages],
        transaction.now,
    )
    await COMMANDS.settle(transaction, messages)


async def forget_found(runtime: Runtime) -> None:
    """Forget answers that nobody asks for any more."""
    before = clock.now() - timedelta(days=settings().answers_kept_days)
    await pooled(runtime).execute(SQL.delete_found, before, settings().upkeep_rows_max)


def subscription_of(topic: Topic) -> Subscription:
    """Keeps what a topic of `SHOWN` tells."""
    [message] = topic.messages
    return Subscription(topic, (Handler(message, keep_shown), Handler(Deleted, forget_shown)))


FOUND: tuple[Handler[Any], ...] = tuple(
    Handler(event, keep_found, COMMANDS.keys) for event in (PolicyTried, KpiExplained)
)
