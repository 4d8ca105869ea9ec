"""Pickup tells what became of parcels: under way, delivered, lost or back."""

from collections.abc import Sequence

from order.batch import orders_of
from order.domain import parcels
from order.domain.fulfilling import Handover
from order.domain.parcels import Carriage
from order.handlers.fulfilling import pieces_of
from tsunagu.chassis import Received, Transaction
from tsunagu.contracts.messages import ParcelDelivered, ParcelEnded, ParcelShipped


async def shipped(tx: Transaction, events: Sequence[Received[ParcelShipped]]) -> None:
    """Tell the shopper that a parcel is under way."""
    async with orders_of(tx, [received.message.order_id for received in events]) as orders:
        for received, order in orders.known(events):
            event = received.message
            parcel = Handover(event.location_id, pieces_of(event.lines), parcel_id=event.parcel_id)
            carriage = Carriage(event.carrier, event.tracking_number)
            decision = parcels.shipped(order, parcel, carriage)
            orders.become(decision, cause=received, at=event.occurred_at)


async def delivered(tx: Transaction, events: Sequence[Received[ParcelDelivered]]) -> None:
    """Complete what was in the parcel."""
    async with orders_of(tx, [received.message.order_id for received in events]) as orders:
        for received, order in orders.known(events):
            event = received.message
            parcel = Handover(event.location_id, pieces_of(event.lines), parcel_id=event.parcel_id)
            orders.become(parcels.delivered(order, parcel), cause=received, at=event.occurred_at)


async def ended(tx: Transaction, events: Sequence[Received[ParcelEnded]]) -> None:
    """Cancel what was in a parcel that nobody gets."""
    async with orders_of(tx, [received.message.order_id for received in events]) as orders:
        for received, order in orders.known(events):
            event = received.message
            orders.become(parcels.ended(order, event.parcel_id, event.outcome), cause=received)
