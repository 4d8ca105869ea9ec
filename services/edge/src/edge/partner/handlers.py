"""What the partner process learns of the orders that were placed here."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from edge.partner.order_watch import OrderWatch
from edge.partner.settings import settings
from edge.pending_commands import PendingCommands
from edge.progress import Progress, answered, progress_of
from tsunagu.chassis import (
    Connection,
    Deleted,
    LockTable,
    Received,
    RowKey,
    Runtime,
    Transaction,
    beside,
    clock,
    pooled,
)
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    Order,
    PickupCode,
    ReturnUnmatched,
)

SQL = beside(__file__)
_NOT_SHOWN = {"customer_ref", "recipient_ref"}
"""What a channel knows itself of its order, and nobody asks for here: not kept, so that nothing has to be erased."""

SERVICE_NAME = "edge-partner"
FOLLOWED = LockTable("followed_order", SQL.lock_followed_orders)
COMMANDS = PendingCommands(SERVICE_NAME, settings())
WATCH = OrderWatch(settings().streams_max, settings().streams_per_channel_max)


async def event_keys(connection: Connection, messages: Sequence[Received[Any]]) -> Iterable[RowKey]:
    """The orders that the messages are about, and the commands that they answer."""
    return [
        *(FOLLOWED.row(received.key) for received in messages),
        *await COMMANDS.keys(connection, messages),
    ]


async def follow(transaction: Transaction, messages: Sequence[Received[Message]]) -> None:
    """An order got on: record it for whoever follows the order, and settle the command that it answers."""
    await COMMANDS.settle(transaction, messages)
    await _record(transaction, [progress_of(received.message) for received in messages])


async def settle_returns(transaction: Transaction, messages: Sequence[Received[ReturnUnmatched]]) -> None:
    """A return found no order: its command is settled."""
    await COMMANDS.settle(transaction, messages)


async def hear_answers(
    transaction: Transaction, messages: Sequence[Received[CommandRefused | CommandAccepted]]
) -> None:
    """A command was refused or accepted; an order that was refused has ended before it began."""
    settled = await COMMANDS.settled_by(transaction, messages)
    await _record(transaction, [answered(one) for one in settled])


async def _record(transaction: Transaction, found: Sequence[Progress]) -> None:
    rows = await transaction.connection.fetch(
        SQL.read_channels_of_orders, [progress.order_id for progress in found]
    )
    channels = {row["order_id"]: row["channel"] for row in rows}
    # An order of the same id that another channel placed elsewhere is not the one that is followed here.
    told = [
        progress
        for progress in found
        if progress.order_id in channels and progress.channel in (None, channels[progress.order_id])
    ]
    if not told:
        return
    order_ids = [progress.order_id for progress in told]
    ends = [progress.ends for progress in told]
    await transaction.connection.execute(
        SQL.insert_progress, order_ids, [p.name for p in told], [p.data for p in told], ends
    )
    await transaction.connection.execute(SQL.touch_orders, order_ids, ends, transaction.now)
    transaction.after_commit(lambda: WATCH.wake(order_ids))


async def state_keys(_: Connection, messages: Sequence[Received[Any]]) -> Iterable[RowKey]:
    """The orders whose state, or code, came."""
    return [FOLLOWED.row(received.key) for received in messages]


async def keep_states(transaction: Transaction, messages: Sequence[Received[Order]]) -> None:
    """Keep the newest state of the orders that are followed."""
    newest = {
        received.key: received.message for received in sorted(messages, key=lambda r: r.message.version)
    }
    await transaction.connection.execute(
        SQL.keep_order_states,
        list(newest),
        [order.channel for order in newest.values()],
        [order.version for order in newest.values()],
        [order.model_dump(mode="json", exclude_none=True, exclude=_NOT_SHOWN) for order in newest.values()],
        transaction.now,
    )
    order_ids = list(newest)
    transaction.after_commit(lambda: WATCH.wake(order_ids))


async def keep_codes(transaction: Transaction, messages: Sequence[Received[PickupCode]]) -> None:
    """Keep the pickup codes of the orders that are followed."""
    newest = {
        received.key: received.message for received in sorted(messages, key=lambda r: r.message.version)
    }
    codes = list(newest.values())
    await transaction.connection.execute(
        SQL.keep_codes,
        [code.order_id for code in codes],
        [code.version for code in codes],
        [code.token for code in codes],
        [code.digits for code in codes],
        [code.valid_until for code in codes],
    )


async def forget_codes(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget pickup codes that are void."""
    await transaction.connection.execute(SQL.forget_codes, [received.key for received in messages])


async def forget_old(runtime: Runtime) -> None:
    """Forget orders that ended long ago, and codes whose time is over."""
    now = clock.now()
    kept = timedelta(days=settings().orders_kept_days)
    await pooled(runtime).execute(SQL.delete_old_orders, now - kept, settings().upkeep_rows_max)
    await pooled(runtime).execute(SQL.delete_old_codes, now)
