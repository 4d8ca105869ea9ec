"""Parcels that came back: their goods are on hand again, and somebody looks at them before they are sold."""

from collections.abc import Iterable, Sequence

from inventory.domain.stock import StockKey
from inventory.handlers.lines import stock_keys
from inventory.handlers.sales import book_return
from inventory.store.book import Book, Origin
from inventory.store.discrepancies import Discrepancies
from inventory.store.locks import STOCK
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import ParcelEnded, StockReceived
from tsunagu.contracts.values import BreakCause, Disposition, ParcelEnd, ReceiptKind, ReceivedLine


async def keys(_: Connection, messages: Sequence[Received[ParcelEnded]]) -> Iterable[RowKey]:
    """The rows of stock that the goods had left from."""
    return {STOCK.row(*key) for key in stock_keys(messages)}


async def take_back(tx: Transaction, messages: Sequence[Received[ParcelEnded]]) -> None:
    """Book what came back where it was sent from, set apart. What was lost had left, and stays away."""
    book = await Book.open(tx, stock_keys(messages))
    found = Discrepancies(tx)
    for received in messages:
        event = received.message
        if event.outcome is not ParcelEnd.RETURNED:
            continue
        origin = Origin(
            received, event.parcel_id, event.occurred_at, BreakCause.ADJUSTMENT, order_id=event.order_id
        )
        for line in event.lines:
            key = StockKey(event.location_id, line.sku)
            book_return(book, key, line.quantity, Disposition.INSPECT, origin)
        back = [(line.sku, line.quantity) for line in event.lines]
        found.to_inspect(received, event.location_id, back, event.order_id)
        tx.publish(
            StockReceived(
                document_id=event.parcel_id,
                location_id=event.location_id,
                occurred_at=event.occurred_at,
                kind=ReceiptKind.RETURN,
                order_id=event.order_id,
                lines=tuple(ReceivedLine(sku=sku, quantity=n, damaged=n) for sku, n in back),
            ),
            cause=received,
        )
    await book.save()
    await found.save()
