"""Goods of orders that have left: handed over, or in a parcel. Booked whatever was decided before."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from inventory.handlers.answers import say_issued, say_released
from inventory.handlers.goods import issue, let_go_excess
from inventory.handlers.lines import stock_keys
from inventory.handlers.placing import SOURCING
from inventory.store.book import Book, Origin
from inventory.store.locks import ORDERS, STOCK
from inventory.store.orders import OrderStock, load_orders, locked_orders, save_orders
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import ParcelShipped, PickupCollected
from tsunagu.contracts.values import BreakCause, PickedLine, StockLine

G = TypeVar("G", PickupCollected, ParcelShipped)


async def keys(connection: Connection, messages: Sequence[Received[G]]) -> Iterable[RowKey]:
    """The orders, the rows of stock that their goods are in, and those that the goods left from."""
    ids = {received.message.order_id for received in messages}
    orders = await load_orders(connection, ids)
    rows = {ORDERS.row(order_id) for order_id in ids}
    for order in orders.values():
        rows.update(STOCK.row(*key) for key in order.stock_keys())
    rows.update(STOCK.row(*key) for key in stock_keys(messages))
    return rows


async def hand_over(tx: Transaction, messages: Sequence[Received[PickupCollected]]) -> None:
    """The shopper has the goods. The second half of a double handover has no lines and issues nothing."""
    orders, book = await _load(tx, messages)
    for received in messages:
        event = received.message
        document_id = event.receipt_id or event.handover_id or event.order_id
        origin = Origin(
            received, document_id, event.occurred_at, BreakCause.SALE, event.order_id,
            event.register_id, event.business_date,
        )  # fmt: skip
        order = orders[event.order_id]
        lines = _issue(tx, book, order, event.location_id, event.lines, origin)
        if lines:
            say_issued(
                tx,
                order,
                lines,
                event.occurred_at,
                cause=received,
                after_close=event.after_close,
                receipt_id=event.receipt_id,
                handover_id=event.handover_id,
            )
    await save_orders(tx.connection, list(orders.values()))
    await book.save()


async def send_parcels(tx: Transaction, messages: Sequence[Received[ParcelShipped]]) -> None:
    """A parcel has left for the shopper."""
    orders, book = await _load(tx, messages)
    for received in messages:
        event = received.message
        origin = Origin(received, event.parcel_id, event.occurred_at, BreakCause.SALE, event.order_id)
        order = orders[event.order_id]
        lines = _issue(tx, book, order, event.location_id, event.lines, origin)
        say_issued(
            tx,
            order,
            lines,
            event.occurred_at,
            cause=received,
            after_close=event.after_close,
            parcel_id=event.parcel_id,
        )
    await save_orders(tx.connection, list(orders.values()))
    await book.save()


def _issue(
    tx: Transaction,
    book: Book,
    order: OrderStock,
    location_id: str,
    lines: Sequence[PickedLine],
    origin: Origin,
) -> list[StockLine]:
    """Book what left; what another location had promised for the same pieces is free again."""
    issued: list[StockLine] = []
    released: list[StockLine] = []
    for line in lines:
        allocation_id = line.allocation_id or f"{origin.document_id} {line.line_id}"[:100]
        issued.extend(
            issue(book, order, location_id, line.line_id, line.sku, line.quantity, allocation_id, origin)
        )
        released.extend(let_go_excess(book, order, line.line_id, origin.cause))
    if released and not order.missing():
        tx.cancel(SOURCING, order.order_id)
    say_released(tx, order, "handed_over", released, cause=origin.cause)
    return issued


async def _load(tx: Transaction, messages: Sequence[Received[G]]) -> tuple[dict[str, OrderStock], Book]:
    orders = await locked_orders(tx, (received.message.order_id for received in messages))
    stock = {key for order in orders.values() for key in order.stock_keys()}
    book = await Book.open(tx, stock | stock_keys(messages))
    return orders, book
