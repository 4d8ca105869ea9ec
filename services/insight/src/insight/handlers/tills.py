"""pos.sales: what tills sold, voided and took back. Lines of orders are passed over; order speaks of those."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar

from insight.domain.sale import Document
from insight.handlers import crediting, documents, figures, journal, postings
from insight.store.locks import SALES
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import SaleRecorded, SaleReturned, SaleVoided

TillDocument = SaleRecorded | SaleVoided | SaleReturned
T = TypeVar("T", SaleRecorded, SaleVoided, SaleReturned)


async def keys(_: Connection, messages: Sequence[Received[TillDocument]]) -> Iterable[RowKey]:
    """The sales that the documents are about."""
    return [SALES.row(documents.till_sale_id(received.message)) for received in messages]


async def recorded(tx: Transaction, messages: Sequence[Received[SaleRecorded]]) -> None:
    """Credit what a till sold to its store, and enter it in the journal."""
    await _take(tx, messages, documents.of_recorded)
    await journal.post(tx, messages, postings.of_recorded)


async def voided(tx: Transaction, messages: Sequence[Received[SaleVoided]]) -> None:
    """Take back the credit of a whole sale, now or once the sale is there."""
    await _take(tx, messages, documents.of_voided)
    await journal.post(tx, messages, postings.of_voided)


async def returned(tx: Transaction, messages: Sequence[Received[SaleReturned]]) -> None:
    """Take back the credit of what came back, at the shares of its sale, now or once the sale is there."""
    await _take(tx, messages, documents.of_returned)
    await journal.post(tx, messages, postings.of_returned)


async def _take(
    tx: Transaction, messages: Sequence[Received[T]], read: Callable[[T, date], Document | None]
) -> None:
    changes = figures.changes(tx)
    news = [
        crediting.News(
            documents.till_sale_id(received.message), document, received, received.message.customer_ref
        )
        for received in messages
        if (document := read(received.message, figures.day_of(tx, received.message.occurred_at)))
    ]
    await crediting.take(tx, news, changes)
    await figures.note(tx, changes, messages[-1])
