"""pos.sales: what tills sold, voided and took back. Lines of orders are passed over; order speaks of those."""

from collections.abc import Iterable, Sequence
from datetime import date

from insight.domain.journal import Posting
from insight.domain.sale import Document
from insight.handlers import crediting, documents, figures, journal, postings
from insight.store.locks import SALES
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import SaleRecorded, SaleReturned, SaleVoided

TillDocument = SaleRecorded | SaleVoided | SaleReturned


async def keys(_: Connection, messages: Sequence[Received[TillDocument]]) -> Iterable[RowKey]:
    """The sales that the documents are about."""
    return [SALES.row(documents.till_sale_id(received.message)) for received in messages]


async def told(tx: Transaction, messages: Sequence[Received[TillDocument]]) -> None:
    """Credit what tills sold to their stores, take back the credit of what came back, enter both in the journal.

    What came back before its sale is told waits for it.
    """
    changes = figures.changes(tx)
    news = [
        crediting.News(
            documents.till_sale_id(received.message), document, received, received.message.customer_ref
        )
        for received in messages
        if (document := _document_of(received.message, figures.day_of(tx, received.message.occurred_at)))
    ]
    await crediting.take(tx, news, changes)
    await figures.note(tx, changes, messages[-1])
    await journal.post(tx, messages, _postings_of)


def _document_of(document: TillDocument, day: date) -> Document | None:
    match document:
        case SaleRecorded():
            return documents.of_recorded(document, day)
        case SaleVoided():
            return documents.of_voided(document, day)
        case SaleReturned():
            return documents.of_returned(document, day)


def _postings_of(document: TillDocument) -> Iterable[Posting]:
    match document:
        case SaleRecorded():
            return postings.of_recorded(document)
        case SaleVoided():
            return postings.of_voided(document)
        case SaleReturned():
            return postings.of_returned(document)
