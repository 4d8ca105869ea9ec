"""Transfers that shall be sent: their destinations expect the goods until they leave, or are not sent after all."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from inventory.domain.stock import StockKey
from inventory.store.book import Book
from inventory.store.locks import STOCK
from inventory.store.transfers import TransferLines
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import TransferCancelled, TransferPlanned, TransferReceived, TransferShipped

T = TypeVar("T", TransferPlanned, TransferCancelled)


async def keys(connection: Connection, messages: Sequence[Received[T]]) -> Iterable[RowKey]:
    """The rows of stock that the goods are to go to."""
    lines = await TransferLines.load(connection, (received.message.transfer_id for received in messages))
    return {STOCK.row(*key) for key in lines.destinations() | _named(messages)}


async def plan(tx: Transaction, messages: Sequence[Received[TransferPlanned]]) -> None:
    """Goods shall be sent."""
    book, lines = await _load(tx, messages)
    for received in messages:
        event = received.message
        for line in event.lines:
            known = lines.line(event.transfer_id, line.line_id, line.sku)
            known.to_location_id = event.to_location_id
            known.planned += line.quantity
            book.shift(StockKey(event.to_location_id, line.sku), received, planned=line.quantity)
    await lines.save(tx.connection)
    await book.save()


async def cancel(tx: Transaction, messages: Sequence[Received[TransferCancelled]]) -> None:
    """The goods stay where they are."""
    book, lines = await _load(tx, messages)
    for received in messages:
        expect_no_more(book, lines, received)
    await lines.save(tx.connection)
    await book.save()


def expect_no_more(
    book: Book,
    lines: TransferLines,
    received: Received[TransferCancelled] | Received[TransferShipped] | Received[TransferReceived],
) -> None:
    """A plan has ended, in whichever way."""
    for key, pieces in lines.end_plan(received.message.transfer_id):
        book.shift(key, received, planned=-pieces)


async def _load(tx: Transaction, messages: Sequence[Received[T]]) -> tuple[Book, TransferLines]:
    lines = await TransferLines.load(tx.connection, (received.message.transfer_id for received in messages))
    return await Book.open(tx, lines.destinations() | _named(messages)), lines


def _named(messages: Sequence[Received[T]]) -> set[StockKey]:
    return {
        StockKey(received.message.to_location_id, line.sku)
        for received in messages
        for line in received.message.lines
    }
