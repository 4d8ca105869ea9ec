"""Crediting sales: documents in, ledger entries out. Every handler that learns of a sale ends here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from insight.domain.figures import sale_figures
from insight.domain.kpis import KpiChanges
from insight.domain.ledger import AlreadyBooked, Booked, Entry, book
from insight.domain.policy import policy_on
from insight.domain.sale import Document
from insight.handlers.counted import count_entries
from insight.handlers.recrediting import recheck
from insight.settings import settings
from insight.store import ledger, locations, people, policies
from insight.store.ledger import OfSale
from tsunagu import chassis
from tsunagu.chassis import Transaction


@dataclass(frozen=True, slots=True)
class News:
    """A document about a sale, the message that told of it, and who bought."""

    sale_id: str
    document: Document
    cause: chassis.Cause
    customer_ref: str | None = None


async def take(tx: Transaction, news: Sequence[News], changes: KpiChanges) -> None:
    """Book documents, in order, on sales that are locked; what they change in the figures goes to `changes`."""
    if not news:
        return
    news = await _credited_by(tx, news)
    sales = await ledger.read_sales(tx.connection, sorted({one.sale_id for one in news}))
    known = [document for sale in sales.values() for document in sale.documents.values()]
    rules = await policies.read_rules(tx.connection, [*known, *(one.document for one in news)], tx.now)

    documents: list[OfSale] = []
    entries: list[tuple[str, Entry]] = []
    for one in news:
        before = sales[one.sale_id]
        match book(before, one.document, rules):
            case AlreadyBooked():
                continue
            case Booked(after, new_entries):
                sales[one.sale_id] = after
                entries += [(one.sale_id, entry) for entry in new_entries]
                sale_figures(before, after, new_entries, changes)
                documents.append(OfSale(one.sale_id, one.document))
                recheck(tx, one.document.unknown_location_ids, one.cause)
            case outcome:
                assert_never(outcome)
    await ledger.save(tx.connection, sales, documents, entries, tx.now)
    count_entries(tx, [entry for _, entry in entries])


async def _credited_by(tx: Transaction, news: Sequence[News]) -> list[News]:
    """The news, each sold document with the policy of its day, where its buyer was seen, and what its locations are."""
    adoptions = await policies.read_adoptions(tx.connection)
    default_id = settings().policy_default_id
    refs = {one.customer_ref for one in news if one.document.is_sold and one.customer_ref is not None}
    hashes = await people.read_hashes(tx.connection, refs) if refs else {}
    documents = [
        replace(
            one.document,
            policy_id=policy_on(one.document.business_day, adoptions, default_id),
            buyer=hashes.get(one.customer_ref or ""),
        )
        if one.document.is_sold
        else one.document
        for one in news
    ]
    documents = await people.with_sightings(tx.connection, documents)
    needed = [document.location_ids for document in documents]
    known = await locations.read(tx.connection, frozenset().union(*needed))
    return [
        replace(
            one,
            document=replace(document, places={place: known[place] for place in places if place in known}),
        )
        for one, document, places in zip(news, documents, needed, strict=True)
    ]
