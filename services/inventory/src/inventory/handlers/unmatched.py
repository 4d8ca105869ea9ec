"""Goods that came or left with a transfer or parcel that nobody knows: booked as reported, and settled by somebody."""

from collections.abc import Iterable, Sequence

from inventory.domain.movements import MovementType
from inventory.domain.stock import StockKey
from inventory.domain.tasks import DiscrepancyCase
from inventory.store.book import Book, Origin
from inventory.store.discrepancies import Discrepancies
from inventory.store.locks import STOCK
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import StockReceived, WorkUnmatched
from tsunagu.contracts.values import BreakCause, ReceiptKind, ReceivedLine


async def keys(_: Connection, messages: Sequence[Received[WorkUnmatched]]) -> Iterable[RowKey]:
    """The rows of stock of the goods."""
    return {STOCK.row(*key) for key in _keys(messages)}


async def book_unmatched(tx: Transaction, messages: Sequence[Received[WorkUnmatched]]) -> None:
    """What came in is on hand, set apart until somebody knows whose it is; what left is gone."""
    book = await Book.open(tx, _keys(messages))
    found = Discrepancies(tx)
    for received in messages:
        event = received.message
        if event.location_id is None:
            continue  # a carrier spoke of a parcel: no goods of ours moved
        origin = Origin(
            received, event.fact_id, event.occurred_at, BreakCause.ADJUSTMENT, order_id=event.order_id
        )
        for line in event.arrived:
            key = StockKey(event.location_id, line.sku)
            book.move(key, MovementType.TRANSFER_IN, origin, quantity=line.quantity)
            book.shift(key, received, unsellable=line.quantity)
        out = MovementType.TRANSFER_OUT if event.parcel_id is None else MovementType.ISSUE
        for line in event.left:
            book.move(StockKey(event.location_id, line.sku), out, origin, quantity=-line.quantity)
        _ask(found, received, event.location_id)
        _say_received(tx, received, event.location_id)
    await book.save()
    await found.save()


def _ask(found: Discrepancies, received: Received[WorkUnmatched], location_id: str) -> None:
    event = received.message
    what = f"parcel {event.parcel_id}" if event.parcel_id is not None else f"transfer {event.transfer_id}"
    arrived = [(line.sku, line.quantity) for line in event.arrived]
    left = [(line.sku, line.quantity) for line in event.left]
    subject = (
        f"Goods arrived with {what}, which nobody knows" if arrived else f"Nobody knows {what}, which left"
    )
    found.open(
        received,
        location_id,
        subject,
        case=DiscrepancyCase.ARRIVED_UNKNOWN if arrived else DiscrepancyCase.LEFT_UNKNOWN,
        detail="Find out whose they are. What arrived is set apart: settle it with accept to sell it."
        if arrived
        else "Find out where it went, and count what it took.",
        lines=arrived or left,
        inspect=arrived,
        order_id=event.order_id,
        transfer_id=event.transfer_id,
    )


def _say_received(tx: Transaction, received: Received[WorkUnmatched], location_id: str) -> None:
    event = received.message
    if event.arrived:
        tx.publish(
            StockReceived(
                document_id=event.fact_id,
                location_id=location_id,
                occurred_at=event.occurred_at,
                kind=ReceiptKind.TRANSFER,
                order_id=event.order_id,
                lines=tuple(
                    ReceivedLine(sku=line.sku, quantity=line.quantity, damaged=line.quantity)
                    for line in event.arrived
                ),
            ),
            cause=received,
        )


def _keys(messages: Sequence[Received[WorkUnmatched]]) -> set[StockKey]:
    return {
        StockKey(received.message.location_id, line.sku)
        for received in messages
        if received.message.location_id is not None
        for line in (*received.message.arrived, *received.message.left)
    }
