"""Somebody wants to cancel; pickup lets go, or not."""

from collections import Counter
from collections.abc import Sequence

from order.batch import orders_of
from order.domain import cancelling
from tsunagu.chassis import Received, Transaction
from tsunagu.contracts.messages import CancelOrder, CancelRefused, PickCancelled


async def cancel(tx: Transaction, commands: Sequence[Received[CancelOrder]]) -> None:
    """Cancel at once before the order is confirmed, else ask pickup."""
    async with orders_of(tx, [received.message.order_id for received in commands]) as orders:
        for received, order in orders.asked(commands):
            command = received.message
            pieces: Counter[str] = Counter()
            for line in command.lines:
                pieces[line.line_id] += line.quantity
            decision = cancelling.cancel(
                order, command.cancel_id, command.reason, command.cancelled_by, pieces
            )
            orders.answer(received, decision)


async def pick_cancelled(tx: Transaction, events: Sequence[Received[PickCancelled]]) -> None:
    """Pickup lets go: the lines are cancelled."""
    async with orders_of(tx, [received.message.order_id for received in events]) as orders:
        for received, order in orders.known(events):
            orders.become(cancelling.granted(order, received.message.cancel_id), cause=received)


async def cancel_refused(tx: Transaction, events: Sequence[Received[CancelRefused]]) -> None:
    """Pickup does not let go: the order goes on."""
    async with orders_of(tx, [received.message.order_id for received in events]) as orders:
        for received, order in orders.known(events):
            event = received.message
            pieces: Counter[str] = Counter()
            for line in event.lines:
                pieces[line.line_id] += line.quantity
            orders.become(cancelling.denied(order, event.cancel_id, pieces), cause=received)
