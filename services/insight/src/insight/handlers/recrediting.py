"""Crediting sales anew for what became known late: visible corrections, in pages of locked sales."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from insight.domain.figures import sale_figures
from insight.domain.ledger import Cause, CauseKind, Entry, Sale, learn, reassess
from insight.handlers import figures
from insight.handlers.counted import count_entries
from insight.settings import settings
from insight.store import ledger, locations, people, policies
from insight.store.ledger import OfSale
from insight.store.locks import SALES
from tsunagu import chassis
from tsunagu.chassis import Connection, Due, RowKey, Transaction

CREDIT_LOCATION = "credit_location"
"""Due work: credit anew what was credited without knowing what this location is."""


@dataclass(frozen=True, slots=True)
class Restated:
    """A sale with what is known of it by now, and why it is credited anew."""

    sale: Sale
    cause: Cause


async def keys_of_locations(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The sales to credit anew, as many as one transaction takes."""
    sale_ids = await ledger.read_sales_missing_location(
        connection, [due.key for due in dues], settings().recredited_sales_max
    )
    return [SALES.row(sale_id) for sale_id in sale_ids]


async def credit_locations(tx: Transaction, dues: Sequence[Due]) -> None:
    """Credit sales anew, now that it is known what these locations are."""
    location_ids = [due.key for due in dues]
    limit = settings().recredited_sales_max
    found = await ledger.read_sales_missing_location(tx.connection, location_ids, limit)
    sale_ids = [sale_id for sale_id in found if tx.is_locked(SALES.row(sale_id))]
    if sale_ids:
        sales = await ledger.read_sales(tx.connection, sale_ids)
        learned = await _learned(tx.connection, sales)
        restated = {
            sale_id: Restated(
                learned[sale_id],
                Cause(CauseKind.LOCATION, next(one for one in location_ids if one in _unknown(sale))),
            )
            for sale_id, sale in sales.items()
        }
        await _restate(tx, sales, restated, dues[-1])
    _go_on(tx, dues, len(found), len(sale_ids))


def recheck(tx: Transaction, location_ids: Iterable[str], cause: chassis.Cause) -> None:
    """Look at unknown locations again later: one may have come in a transaction that could not see its sales."""
    later = tx.now + timedelta(seconds=settings().recheck_seconds)
    for location_id in location_ids:
        tx.schedule(CREDIT_LOCATION, location_id, later, cause=cause)


def restated_since(now: datetime) -> datetime:
    """Since when a sale must have been placed to be credited anew for what is known of its customer."""
    return now - timedelta(days=settings().restated_days)


async def see_anew(tx: Transaction, dues: Sequence[Due], kind: CauseKind, found: Mapping[str, str]) -> None:
    """Credit sales anew by where their customers were seen. `found`: sale → key of the due work that is the reason."""
    sale_ids = [sale_id for sale_id in found if tx.is_locked(SALES.row(sale_id))]
    if sale_ids:
        message_ids = {due.key: due.message_id for due in dues}
        sales = await ledger.read_sales(tx.connection, sale_ids)
        since = restated_since(min(due.due_at for due in dues))
        learned = await _learned(tx.connection, await _seen(tx.connection, sales, since))
        restated = {
            sale_id: Restated(sale, Cause(kind, message_ids[found[sale_id]]))
            for sale_id, sale in learned.items()
        }
        await _restate(tx, sales, restated, dues[-1])
        for sale in learned.values():
            recheck(tx, _unknown(sale), dues[-1])
    _go_on(tx, dues, len(found), len(sale_ids))


async def _seen(connection: Connection, sales: Mapping[str, Sale], since: datetime) -> dict[str, Sale]:
    """The sales with the sightings that count for them now; of what was placed before, not all are kept any more."""
    recent = [
        OfSale(sale_id, document)
        for sale_id, sale in sales.items()
        for document in sale.documents.values()
        if document.basis is not None and document.basis.placed_at >= since
    ]
    seen = dict(sales)
    documents = await people.with_sightings(connection, [one.document for one in recent])
    for one, document in zip(recent, documents, strict=True):
        sale = seen[one.sale_id]
        seen[one.sale_id] = replace(sale, documents={**sale.documents, document.document_id: document})
    return seen


async def _learned(connection: Connection, sales: Mapping[str, Sale]) -> dict[str, Sale]:
    """The sales with what is known by now of the locations that they did not know."""
    missed = {place for sale in sales.values() for place in _unknown(sale)}
    places = await locations.read(connection, missed)
    return {sale_id: learn(sale, places) for sale_id, sale in sales.items()}


def _go_on(tx: Transaction, dues: Sequence[Due], found: int, done: int) -> None:
    """There may be more sales than one transaction takes, or some that were not locked in time."""
    if found == settings().recredited_sales_max or done < found:
        for due in dues:
            tx.schedule(due.kind, due.key, tx.now, cause=due)


async def _restate(
    tx: Transaction, before: Mapping[str, Sale], restated: Mapping[str, Restated], due: Due
) -> None:
    """Bring every account of locked sales to what it should be by what is known now, and keep what that is."""
    documents = [document for one in restated.values() for document in one.sale.documents.values()]
    rules = await policies.read_rules(tx.connection, documents, tx.now)
    changes = figures.changes(tx)
    sales: dict[str, Sale] = {}
    entries: list[tuple[str, Entry]] = []
    for sale_id, one in restated.items():
        booked = reassess(one.sale, one.cause, rules)
        sales[sale_id] = booked.sale
        entries += [(sale_id, entry) for entry in booked.entries]
        sale_figures(before[sale_id], booked.sale, booked.entries, changes)
    await ledger.save(tx.connection, sales, (), entries, tx.now)
    known = [
        OfSale(sale_id, document)
        for sale_id, one in restated.items()
        for document in one.sale.documents.values()
        if document.basis is not None
    ]
    await ledger.keep_known(tx.connection, known)
    await figures.note(tx, changes, due)
    count_entries(tx, [entry for _, entry in entries])


def _unknown(sale: Sale) -> set[str]:
    return {place for document in sale.documents.values() for place in document.unknown_location_ids}
