"""Somebody else may collect the order."""

from collections.abc import Sequence

from order.batch import orders_of
from order.domain import recipients
from order.domain.recipients import NewRecipientAsked
from tsunagu.chassis import Received, Transaction
from tsunagu.contracts.messages import ChangeRecipient


async def change(tx: Transaction, commands: Sequence[Received[ChangeRecipient]]) -> None:
    """Say anew who may collect, or why that can't be said any more."""
    async with orders_of(tx, [received.message.order_id for received in commands]) as orders:
        for received, order in orders.asked(commands):
            command = received.message
            asked = NewRecipientAsked(command.change_id, command.recipient_ref)
            orders.answer(received, recipients.change(order, asked))
