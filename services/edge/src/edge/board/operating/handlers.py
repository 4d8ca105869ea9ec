"""What processes tell of themselves, and what orders are worth."""

from collections.abc import Sequence
from datetime import timedelta

from edge.board.handlers import COMMANDS
from edge.board.settings import settings
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
from tsunagu.contracts.messages import CommandAccepted, CommandRefused, Order, ProcessCondition

SQL = beside(__file__)


async def keep_conditions(tx: Transaction, messages: Sequence[Received[ProcessCondition]]) -> None:
    """Keep the newest condition of each process."""
    told = [received.message for received in newest(messages)]
    await tx.connection.execute(
        SQL.keep_conditions,
        [one.service for one in told],
        [one.instance for one in told],
        [one.version for one in told],
        [one.told_at for one in told],
        [one.model_dump(mode="json") for one in told],
    )


async def keep_worth(tx: Transaction, messages: Sequence[Received[Order]]) -> None:
    """Keep what orders are worth, in yen with tax."""
    orders = [received.message for received in newest(messages)]
    await tx.connection.execute(
        SQL.keep_worth,
        [order.order_id for order in orders],
        [order.version for order in orders],
        [sum(line.amount_jpy for line in order.lines) for order in orders],
        [order.updated_at for order in orders],
    )


async def forget_worth(tx: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget orders that were deleted."""
    await tx.connection.execute(SQL.forget_worth, [received.key for received in messages])


async def forget_old(runtime: Runtime) -> None:
    """Forget processes that are gone, and orders of which no dead letter can be left."""
    limits, pool, now = settings(), pooled(runtime), clock.now()
    await pool.execute(SQL.delete_old_conditions, now - timedelta(hours=limits.conditions_kept_hours))
    before = now - timedelta(days=limits.order_worth_kept_days)
    await pool.execute(SQL.delete_old_worth, before, limits.upkeep_rows_max)


ANSWERS = Subscription(
    topics.BACKBONE_EVENTS,
    tuple(Handler(event, COMMANDS.settle, COMMANDS.keys) for event in (CommandAccepted, CommandRefused)),
)
CONDITIONS = Subscription(topics.BACKBONE_CONDITIONS, (Handler(ProcessCondition, keep_conditions),))
WORTH = Subscription(
    topics.ORDER_STATE, (Handler(Order, keep_worth), Handler(Deleted, forget_worth)), goes_behind=True
)
