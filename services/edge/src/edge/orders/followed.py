"""What a door learns of the orders that were placed through it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from edge.orders.watch import OrderWatch
from edge.pending_commands import PendingCommands
from edge.progress import PROGRESS, Progress, answered, progress_of
from edge.settings import FollowingSettings
from tsunagu.chassis import (
    Connection,
    Deleted,
    Handler,
    LockTable,
    Periodic,
    Received,
    RowKey,
    Runtime,
    Subscription,
    Transaction,
    beside,
    clock,
    newest,
    pooled,
)
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.message import Message

SQL = beside(__file__)
FOLLOWED = LockTable("followed_order", SQL.lock_followed_orders)
_NOT_SHOWN = {"customer_ref", "recipient_ref"}
"""What a channel knows itself of its order, and nobody asks for here: not kept, so that nothing has to be erased."""


class FollowedOrders:
    """The orders of one process of edge, followed for their holders."""

    def __init__(self, commands: PendingCommands, settings: FollowingSettings) -> None:
        self.commands = commands
        self.watch = OrderWatch(settings.streams_max, settings.streams_per_holder_max)
        self._settings = settings

    @property
    def of_order_events(self) -> tuple[Handler[Any], ...]:
        """What is done with each event of an order."""
        return (
            *(
                Handler(event, self.follow, self.event_keys)
                for event in PROGRESS
                if event is not m.CancelRefused
            ),
            Handler(m.ReturnUnmatched, self.settle_returns, self.event_keys),
            Handler(m.CommandRefused, self.hear_answers, self.event_keys),
            Handler(m.CommandAccepted, self.hear_answers, self.event_keys),
        )

    @property
    def codes(self) -> Subscription:
        """The pickup codes of the orders."""
        return Subscription(
            topics.PICKUP_CODES,
            (
                Handler(m.PickupCode, self.keep_codes, self.state_keys),
                Handler(Deleted, self.forget_codes, self.state_keys),
            ),
        )

    @property
    def periodic(self) -> tuple[Periodic, ...]:
        """Looking for what another process has taken in, and upkeep."""
        return (
            Periodic("order watch", self._settings.watch_poll_seconds, self.watch.poll),
            Periodic("old orders", self._settings.upkeep_interval_seconds, self.forget_old),
        )

    async def event_keys(self, connection: Connection, messages: Sequence[Received[Any]]) -> Iterable[RowKey]:
        """The orders that the messages are about, and the commands that they answer."""
        return [
            *(FOLLOWED.row(received.key) for received in messages),
            *await self.commands.keys(connection, messages),
        ]

    async def follow(self, transaction: Transaction, messages: Sequence[Received[Message]]) -> None:
        """An order got on: record it for whoever follows the order, and settle the command that it answers."""
        await self.commands.settle(transaction, messages)
        await self._record(transaction, [(progress_of(received.message), None) for received in messages])

    async def settle_returns(
        self, transaction: Transaction, messages: Sequence[Received[m.ReturnUnmatched]]
    ) -> None:
        """A return found no order: its command is settled."""
        await self.commands.settle(transaction, messages)

    async def hear_answers(
        self, transaction: Transaction, messages: Sequence[Received[m.CommandRefused | m.CommandAccepted]]
    ) -> None:
        """A command was refused or accepted; an order that was refused has ended before it began."""
        settled = await self.commands.settled_by(transaction, messages)
        # Whose the command was says more than a channel: many guests share one.
        await self._record(
            transaction, [(replace(answered(one), channel=None), one.holder) for one in settled]
        )

    async def _record(self, transaction: Transaction, found: Sequence[tuple[Progress, str | None]]) -> None:
        rows = await transaction.connection.fetch(
            SQL.read_owners_of_orders, [progress.order_id for progress, _ in found]
        )
        owners = {row["order_id"]: row for row in rows}
        # An order of the same id that another channel placed elsewhere is not the one that is followed here.
        told = [
            progress
            for progress, holder in found
            if (owner := owners.get(progress.order_id)) is not None
            and progress.channel in (None, owner["channel"])
            and holder in (None, owner["holder"])
        ]
        if not told:
            return
        order_ids = [progress.order_id for progress in told]
        ends = [progress.ends for progress in told]
        await transaction.connection.execute(
            SQL.insert_progress, order_ids, [p.name for p in told], [p.data for p in told], ends
        )
        await transaction.connection.execute(SQL.touch_orders, order_ids, ends, transaction.now)
        transaction.after_commit(lambda: self.watch.wake(order_ids))

    async def state_keys(self, _: Connection, messages: Sequence[Received[Any]]) -> Iterable[RowKey]:
        """The orders whose state, or code, came."""
        return [FOLLOWED.row(received.key) for received in messages]

    async def keep_states(self, transaction: Transaction, messages: Sequence[Received[m.Order]]) -> None:
        """Keep the newest state of the orders that are followed."""
        kept = newest(messages)
        order_ids = [received.key for received in kept]
        orders = [received.message for received in kept]
        await transaction.connection.execute(
            SQL.keep_order_states,
            order_ids,
            [order.channel for order in orders],
            [order.version for order in orders],
            [order.model_dump(mode="json", exclude_none=True, exclude=_NOT_SHOWN) for order in orders],
            transaction.now,
        )
        transaction.after_commit(lambda: self.watch.wake(order_ids))

    async def keep_codes(self, transaction: Transaction, messages: Sequence[Received[m.PickupCode]]) -> None:
        """Keep the pickup codes of the orders that are followed."""
        codes = [received.message for received in newest(messages)]
        await transaction.connection.execute(
            SQL.keep_codes,
            [code.order_id for code in codes],
            [code.version for code in codes],
            [code.token for code in codes],
            [code.digits for code in codes],
            [code.valid_until for code in codes],
        )
        order_ids = [code.order_id for code in codes]
        transaction.after_commit(lambda: self.watch.wake(order_ids))

    async def forget_codes(self, transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
        """Forget pickup codes that are void."""
        order_ids = [received.key for received in messages]
        await transaction.connection.execute(SQL.forget_codes, order_ids)
        transaction.after_commit(lambda: self.watch.wake(order_ids))

    async def forget_old(self, runtime: Runtime) -> None:
        """Forget orders that ended long ago, and codes whose time is over."""
        now = clock.now()
        kept = timedelta(days=self._settings.orders_kept_days)
        await pooled(runtime).execute(SQL.delete_old_orders, now - kept, self._settings.upkeep_rows_max)
        await pooled(runtime).execute(SQL.delete_old_codes, now)
