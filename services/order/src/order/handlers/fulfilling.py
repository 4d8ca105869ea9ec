"""Pickup tells what became of the goods: ready, collected, nobody came."""

from collections.abc import Iterable, Sequence

from order.batch import orders_of
from order.domain import fulfilling
from order.domain.fulfilling import Handover, Piece
from tsunagu.chassis import Received, Transaction
from tsunagu.contracts.messages import PickupCollected, PickupExpired, PickupReady
from tsunagu.contracts.values import CollectedLine, PickedLine


async def ready(tx: Transaction, events: Sequence[Received[PickupReady]]) -> None:
    """Tell the shopper once all that is promised of a group waits."""
    async with orders_of(tx, [received.message.order_id for received in events]) as orders:
        for received, order in orders.known(events):
            event = received.message
            decision = fulfilling.ready(order, event.group_id, pieces_of(event.lines), event.pickup_by)
            orders.become(decision, cause=received)


async def collected(tx: Transaction, events: Sequence[Received[PickupCollected]]) -> None:
    """Complete what was handed over; what had been closed before becomes a settlement."""
    async with orders_of(tx, [received.message.order_id for received in events]) as orders:
        for received, order in orders.known(events):
            event = received.message
            handover = Handover(
                location_id=event.location_id,
                pieces=pieces_of(event.lines),
                receipt_id=event.receipt_id,
                handover_id=event.handover_id,
                staff_ref=event.staff_ref,
            )
            orders.become(fulfilling.collected(order, handover), cause=received, at=event.occurred_at)


async def expired(tx: Transaction, events: Sequence[Received[PickupExpired]]) -> None:
    """Cancel what nobody came for."""
    async with orders_of(tx, [received.message.order_id for received in events]) as orders:
        for received, order in orders.known(events):
            orders.become(fulfilling.expired(order, pieces_of(received.message.lines)), cause=received)


def pieces_of(lines: Iterable[PickedLine]) -> tuple[Piece, ...]:
    """The lines of pickup's events as the domain takes them."""
    return tuple(
        Piece(
            line_id=line.line_id,
            sku=line.sku,
            quantity=line.quantity,
            allocation_id=line.allocation_id,
            amount_jpy=line.amount_jpy if isinstance(line, CollectedLine) else None,
        )
        for line in lines
    )
