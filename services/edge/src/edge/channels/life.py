"""What becomes of the orders of channels: recorded as it comes, and told to each by the ways that it has."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from edge.channels.channels_file import Channels
from edge.channels.outbound.rows import FILE, WEBHOOK, Outgoing, write
from edge.channels.said import their_order_id
from edge.channels.taking import COMMANDS, RELEASE_HELD, SQL
from edge.progress import Progress, answered, progress_of
from tsunagu.chassis import Connection, LockTable, Received, RowKey, Transaction
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import CommandAccepted, CommandRefused, ReturnUnmatched

ORDERS = LockTable("channel_order", SQL.lock_channel_orders)

_Told = tuple[Received[Any], Progress]


class OrderLife:
    """The handlers of order news for these channels. Orders of other channels are passed over."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels

    async def keys(self, connection: Connection, messages: Sequence[Received[Any]]) -> Iterable[RowKey]:
        """The orders that the messages are about, and the commands that they answer."""
        return [
            *(ORDERS.row(received.key) for received in messages),
            *await COMMANDS.keys(connection, messages),
        ]

    async def follow(self, transaction: Transaction, messages: Sequence[Received[Message]]) -> None:
        """An order got on: settle the command that it answers, and have its channel told."""
        await COMMANDS.settle(transaction, messages)
        await self._tell(transaction, [(received, progress_of(received.message)) for received in messages])

    async def settle_returns(
        self, transaction: Transaction, messages: Sequence[Received[ReturnUnmatched]]
    ) -> None:
        """A return found no order: its command is settled."""
        await COMMANDS.settle(transaction, messages)

    async def hear_answers(
        self, transaction: Transaction, messages: Sequence[Received[CommandRefused | CommandAccepted]]
    ) -> None:
        """A command was refused or accepted: its channel is told what no event says."""
        settled = await COMMANDS.settled_by(transaction, messages)
        await self._tell(transaction, [(one.received, answered(one)) for one in settled])

    async def _tell(self, transaction: Transaction, news: Sequence[_Told]) -> None:
        await self._note_new(transaction, news)
        rows = await transaction.connection.fetch(
            SQL.read_channels_of_orders, [progress.order_id for _, progress in news]
        )
        channels = {row["order_id"]: row["channel"] for row in rows}
        # An order of the same id that another channel placed elsewhere is not the one that is followed here.
        told = [
            (received, progress)
            for received, progress in news
            if progress.order_id in channels and progress.channel in (None, channels[progress.order_id])
        ]
        if not told:
            return
        await transaction.connection.execute(
            SQL.touch_orders,
            [progress.order_id for _, progress in told],
            [progress.ends for _, progress in told],
            transaction.now,
        )
        await write(
            transaction,
            [
                row
                for received, progress in told
                for row in self._outgoing(received, progress, channels[progress.order_id])
            ],
        )

    async def _note_new(self, transaction: Transaction, news: Sequence[_Told]) -> None:
        """Orders that came over the topic are told of like all others; a cancellation may wait for one."""
        said = {
            progress.order_id: progress.channel
            for _, progress in news
            if progress.channel is not None and progress.channel in self._channels
        }
        if not said:
            return
        connection = transaction.connection
        new = await connection.fetch(SQL.insert_told_orders, list(said), list(said.values()), transaction.now)
        new_ids = [row["order_id"] for row in new]
        if not new_ids:
            return
        causes = {received.key: received for received, _ in news}
        for row in await connection.fetch(SQL.read_orders_with_held_cancellations, new_ids):
            order_id = row["order_id"]
            transaction.schedule(RELEASE_HELD, order_id, transaction.now, cause=causes[order_id])

    def _outgoing(self, received: Received[Any], progress: Progress, channel: str) -> Iterator[Outgoing]:
        configured = self._channels.get(channel)
        if configured is None:
            return
        for way, told in ((WEBHOOK, configured.webhooks_out), (FILE, configured.files_out)):
            if told is not None and told.wants(progress.name):
                message_id = received.envelope.id
                body = _body(progress, channel)
                yield Outgoing(channel, way, progress.order_id, message_id, progress.name, body)


def _body(progress: Progress, channel: str) -> dict[str, Any]:
    return {
        "type": progress.name,
        "timestamp": progress.data["occurred_at"],
        "data": {"channel_order_id": their_order_id(channel, progress.order_id), **progress.data},
    }
