"""What tills report. A line of an order is not ours to act on: pickup and order say what became of it.

A void before its sale, a receipt that comes late or twice: the ledger adds up all the same.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from inventory.domain.movements import MovementType
from inventory.domain.stock import StockKey
from inventory.domain.tasks import DiscrepancyCase
from inventory.handlers.lines import stock_keys
from inventory.handlers.returns import book_return
from inventory.store.book import Book, Origin
from inventory.store.clocks import watch_clocks
from inventory.store.discrepancies import Discrepancies
from inventory.store.feeds import heard_from
from inventory.store.locks import STOCK
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import HandoverUnmatched, SaleRecorded, SaleReturned, SaleVoided
from tsunagu.contracts.values import BreakCause, Disposition, SaleLine

TillDocument = SaleRecorded | SaleVoided | SaleReturned
T = TypeVar("T", SaleRecorded, SaleVoided, SaleReturned)


async def keys(_: Connection, messages: Sequence[Received[T]]) -> Iterable[RowKey]:
    """The rows of stock that the plain lines are about."""
    return {STOCK.row(*key) for received in messages for key in _keys(received.message)}


async def record_sales(tx: Transaction, messages: Sequence[Received[SaleRecorded]]) -> None:
    """Goods left over the counter."""
    book = await Book.open(tx, (key for received in messages for key in _keys(received.message)))
    for received in messages:
        sale = received.message
        origin = _origin(received, sale.receipt_id)
        for line in _plain(sale.lines):
            key = StockKey(sale.location_id, line.sku)
            book.move(key, MovementType.SALE, origin, quantity=-line.quantity)
    await book.save()
    await heard_from(tx, {received.message.location_id: received for received in messages})
    await watch_clocks(tx, messages)


async def void_sales(tx: Transaction, messages: Sequence[Received[SaleVoided]]) -> None:
    """A sale did not happen after all: its goods are on the shelf."""
    book = await Book.open(tx, (key for received in messages for key in _keys(received.message)))
    for received in messages:
        void = received.message
        origin = _origin(received, void.void_id)
        for line in _plain(void.lines):
            key = StockKey(void.location_id, line.sku)
            book.move(key, MovementType.SALE_VOID, origin, quantity=line.quantity)
    await book.save()
    await heard_from(tx, {received.message.location_id: received for received in messages})
    await watch_clocks(tx, messages)


async def take_back(tx: Transaction, messages: Sequence[Received[SaleReturned]]) -> None:
    """Goods came back over the counter; only resellable ones can be promised."""
    book = await Book.open(tx, (key for received in messages for key in _keys(received.message)))
    found = Discrepancies(tx)
    for received in messages:
        document = received.message
        origin = _origin(received, document.receipt_id)
        inspect: list[tuple[str, int]] = []
        for line in document.lines:
            if line.order_id is None:
                key = StockKey(document.location_id, line.sku)
                book_return(book, key, line.quantity, line.disposition, origin)
                if line.disposition is Disposition.INSPECT:
                    inspect.append((line.sku, line.quantity))
        found.to_inspect(received, document.location_id, inspect)
    await book.save()
    await found.save()
    await heard_from(tx, {received.message.location_id: received for received in messages})
    await watch_clocks(tx, messages)


async def unmatched_keys(_: Connection, messages: Sequence[Received[HandoverUnmatched]]) -> Iterable[RowKey]:
    """The rows of stock that the goods left from."""
    return {
        STOCK.row(received.message.location_id, line.sku)
        for received in messages
        for line in received.message.lines
    }


async def sell_unmatched(tx: Transaction, messages: Sequence[Received[HandoverUnmatched]]) -> None:
    """A handover of an order that nobody knows is a plain sale. One by code names no goods: somebody must look."""
    book = await Book.open(tx, stock_keys(messages))
    found = Discrepancies(tx)
    for received in messages:
        handover = received.message
        document_id = handover.receipt_id or handover.handover_id or handover.order_id
        origin = Origin(
            received, document_id, handover.occurred_at, BreakCause.SALE, handover.order_id,
            handover.register_id, handover.business_date, handover.receipt_number,
        )  # fmt: skip
        for line in handover.lines:
            key = StockKey(handover.location_id, line.sku)
            book.move(key, MovementType.SALE, origin, quantity=-line.quantity)
        if not handover.lines:
            found.open(
                received,
                handover.location_id,
                f"Goods were handed over for order {handover.order_id}, which nobody knows",
                case=DiscrepancyCase.HANDED_OVER_UNKNOWN,
                detail="A code was shown and no receipt came: find out which goods left, and settle it.",
                order_id=handover.order_id,
            )
    await book.save()
    await found.save()


def _plain(lines: Sequence[SaleLine]) -> list[SaleLine]:
    return [line for line in lines if line.order_id is None]


def _keys(document: TillDocument) -> list[StockKey]:
    return [StockKey(document.location_id, line.sku) for line in _plain(document.lines)]


def _origin(received: Received[T], document_id: str) -> Origin:
    document = received.message
    return Origin(
        received, document_id, document.occurred_at, BreakCause.SALE, None,
        document.register_id, document.business_date, document.receipt_number,
    )  # fmt: skip
