"""Goods that come back: on hand again; only resellable ones can be promised, and some are looked at first."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from inventory.domain.movements import MovementType
from inventory.domain.stock import StockKey
from inventory.handlers.lines import stock_keys
from inventory.store.book import Book, Origin
from inventory.store.discrepancies import Discrepancies
from inventory.store.locks import STOCK
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import ItemsReturned, ParcelEnded, ReturnUnmatched, StockReceived
from tsunagu.contracts.values import BreakCause, Disposition, ParcelEnd, ReceiptKind, ReceivedLine

R = TypeVar("R", ItemsReturned, ReturnUnmatched)
Back = tuple[str, int, Disposition]
"""SKU, pieces and what becomes of them."""


async def keys(_: Connection, messages: Sequence[Received[R | ParcelEnded]]) -> Iterable[RowKey]:
    """The rows of stock where the goods came back."""
    return {STOCK.row(*key) for key in stock_keys(messages)}


async def take_back(tx: Transaction, messages: Sequence[Received[R]]) -> None:
    """Goods of an order came back."""
    returns = Returns(tx, await Book.open(tx, stock_keys(messages)))
    for received in messages:
        event = received.message
        lines = [(line.sku, line.quantity, line.disposition) for line in event.lines]
        returns.book(received, event.return_id, lines)
    await returns.save()


async def take_back_parcels(tx: Transaction, messages: Sequence[Received[ParcelEnded]]) -> None:
    """Book what came back where it was sent from, set apart. What was lost had left, and stays away."""
    returns = Returns(tx, await Book.open(tx, stock_keys(messages)))
    for received in messages:
        event = received.message
        if event.outcome is ParcelEnd.RETURNED:
            lines = [(line.sku, line.quantity, Disposition.INSPECT) for line in event.lines]
            returns.book(received, event.parcel_id, lines)
    await returns.save()


class Returns:
    """What comes back of orders in one transaction. Call `save` last of all."""

    def __init__(self, tx: Transaction, book: Book) -> None:
        self._tx = tx
        self._book = book
        self._found = Discrepancies(tx)

    def book(
        self,
        received: Received[ItemsReturned] | Received[ReturnUnmatched] | Received[ParcelEnded],
        document_id: str,
        lines: Sequence[Back],
    ) -> None:
        """Book the lines of a document, have somebody look at what has to be looked at, and say so."""
        event = received.message
        origin = Origin(
            received, document_id, event.occurred_at, BreakCause.ADJUSTMENT, order_id=event.order_id
        )
        for sku, quantity, disposition in lines:
            book_return(self._book, StockKey(event.location_id, sku), quantity, disposition, origin)
        inspect = [(sku, quantity) for sku, quantity, what in lines if what is Disposition.INSPECT]
        self._found.to_inspect(received, event.location_id, inspect, event.order_id)
        self._tx.publish(
            StockReceived(
                document_id=document_id,
                location_id=event.location_id,
                occurred_at=event.occurred_at,
                kind=ReceiptKind.RETURN,
                order_id=event.order_id,
                lines=tuple(
                    ReceivedLine(
                        sku=sku,
                        quantity=quantity,
                        damaged=0 if what is Disposition.RESELLABLE else quantity,
                    )
                    for sku, quantity, what in lines
                ),
            ),
            cause=received,
        )

    async def save(self) -> None:
        """Write stock and tasks."""
        await self._book.save()
        await self._found.save()


def book_return(book: Book, key: StockKey, quantity: int, disposition: Disposition, origin: Origin) -> None:
    """Book goods that came back, sellable or set apart."""
    book.move(key, MovementType.RETURN, origin, quantity=quantity)
    if disposition is not Disposition.RESELLABLE:
        book.shift(key, origin.cause, unsellable=quantity)
