"""A shopper wants lines another way: picked up elsewhere, or shipped."""

from collections import Counter
from collections.abc import Sequence

from order.batch import orders_of
from order.domain import changing
from order.domain.changing import Change
from tsunagu.chassis import Received, Transaction
from tsunagu.contracts.messages import ChangeFulfilment


async def change(tx: Transaction, commands: Sequence[Received[ChangeFulfilment]]) -> None:
    """Change the way of lines that are still in the house, or say why not."""
    async with orders_of(tx, [received.message.order_id for received in commands]) as orders:
        for received, order in orders.asked(commands):
            command = received.message
            pieces: Counter[str] = Counter()
            for line in command.lines:
                pieces[line.line_id] += line.quantity
            asked = Change(
                change_id=command.change_id,
                group_id=command.group_id,
                pieces=pieces,
                method=command.method,
                location_id=command.location_id,
                prefecture=command.prefecture,
                recipient_ref=command.recipient_ref,
            )
            orders.answer(received, changing.change(order, asked))
