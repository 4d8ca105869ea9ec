"""pickup.events: who never came, and handovers that no order's event tells of."""

from collections.abc import Iterable, Sequence

from insight.domain.kpis import Kpi
from insight.domain.orders import Step
from insight.handlers import counting, crediting, documents, figures
from insight.store.locks import ORDERS, SALES
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import HandoverUnmatched, PickupCollected, PickupExpired


async def order_keys(_: Connection, messages: Sequence[Received[PickupExpired]]) -> Iterable[RowKey]:
    """The orders that nobody came for."""
    return [ORDERS.row(received.message.order_id) for received in messages]


async def sale_keys(
    _: Connection, messages: Sequence[Received[PickupCollected | HandoverUnmatched]]
) -> Iterable[RowKey]:
    """The sales that the handovers may be."""
    return [SALES.row(documents.order_sale_id(received.message.order_id)) for received in messages]


async def expired(tx: Transaction, messages: Sequence[Received[PickupExpired]]) -> None:
    """Count orders that nobody came for."""
    changes = figures.changes(tx)
    news = [
        counting.News(
            Step(
                received.message.order_id,
                Kpi.ORDERS_EXPIRED,
                (received.message.location_id,),
                figures.day_of(tx, received.message.occurred_at),
            )
        )
        for received in messages
    ]
    await counting.take(tx, news, changes)
    await figures.note(tx, changes, messages[-1])


async def collected(tx: Transaction, messages: Sequence[Received[PickupCollected]]) -> None:
    """Credit what a till sold of orders that were closed already."""
    changes = figures.changes(tx)
    news = [
        crediting.News(documents.order_sale_id(received.message.order_id), document, received)
        for received in messages
        if (
            document := documents.of_collected(
                received.message, figures.day_of(tx, received.message.occurred_at)
            )
        )
    ]
    await crediting.take(tx, news, changes)
    await figures.note(tx, changes, messages[-1])


async def unmatched(tx: Transaction, messages: Sequence[Received[HandoverUnmatched]]) -> None:
    """Credit goods of an order that nobody knows as a plain sale of the store."""
    changes = figures.changes(tx)
    news = [
        crediting.News(documents.order_sale_id(received.message.order_id), document, received)
        for received in messages
        if (
            document := documents.of_unmatched(
                received.message, figures.day_of(tx, received.message.occurred_at)
            )
        )
    ]
    await crediting.take(tx, news, changes)
    await figures.note(tx, changes, messages[-1])
