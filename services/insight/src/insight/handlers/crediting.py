"""Crediting sales: documents in, ledger entries out. Every handler that learns of a sale ends here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from insight import metrics
from insight.domain.figures import sale_figures
from insight.domain.kpis import KpiChanges
from insight.domain.ledger import (
    AlreadyBooked,
    Booked,
    Cause,
    CauseKind,
    Entry,
    Rules,
    Sale,
    book,
    reassess,
)
from insight.domain.policy import Policy, policy_on
from insight.domain.policy_file import read_policy
from insight.domain.sale import Document
from insight.handlers import figures
from insight.settings import settings
from insight.store import ledger, locations, policies
from insight.store.ledger import NewDocument
from insight.store.locks import SALES
from tsunagu import chassis
from tsunagu.chassis import Connection, Due, RowKey, Transaction

CREDIT_LOCATION = "credit_location"
"""Due work: credit anew what was credited without knowing what this location is."""


@dataclass(frozen=True, slots=True)
class News:
    """A document about a sale, and the message that told of it."""

    sale_id: str
    document: Document
    cause: chassis.Cause


async def take(tx: Transaction, news: Sequence[News], changes: KpiChanges) -> None:
    """Book documents, in order, on sales that are locked; what they change in the figures goes to `changes`."""
    if not news:
        return
    adoptions = await policies.read_adoptions(tx.connection)
    default_id = settings().policy_default_id
    news = [
        replace(
            one, document=replace(document, policy_id=policy_on(document.business_day, adoptions, default_id))
        )
        if (document := one.document).is_sold
        else one
        for one in news
    ]
    sales = await ledger.read_sales(tx.connection, sorted({one.sale_id for one in news}))
    rules = await _rules(tx, sales.values(), [one.document for one in news])

    documents: list[NewDocument] = []
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
                unknown = _unknown(one.document, rules)
                documents.append(NewDocument(one.sale_id, one.document, unknown))
                _recheck(tx, unknown, one.cause)
            case outcome:
                assert_never(outcome)
    await ledger.save(tx.connection, sales, documents, entries, tx.now)
    _count(tx, [entry for _, entry in entries])


async def keys_of_locations(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The sales to credit anew, as many as one transaction takes."""
    sale_ids = await ledger.read_sales_missing_location(
        connection, [due.key for due in dues], settings().location_sales_max
    )
    return [SALES.row(sale_id) for sale_id in sale_ids]


async def credit_locations(tx: Transaction, dues: Sequence[Due]) -> None:
    """Credit sales anew, now that it is known what these locations are."""
    location_ids = [due.key for due in dues]
    limit = settings().location_sales_max
    found = await ledger.read_sales_missing_location(tx.connection, location_ids, limit)
    sale_ids = [sale_id for sale_id in found if tx.is_locked(SALES.row(sale_id))]
    if sale_ids:
        sales = await ledger.read_sales(tx.connection, sale_ids)
        rules = await _rules(tx, sales.values(), ())
        changes = figures.changes(tx)
        entries: list[tuple[str, Entry]] = []
        for sale_id, before in sales.items():
            booked = reassess(before, Cause(CauseKind.LOCATION, _first_of(before, location_ids)), rules)
            sales[sale_id] = booked.sale
            entries += [(sale_id, entry) for entry in booked.entries]
            sale_figures(before, booked.sale, booked.entries, changes)
        await ledger.save(tx.connection, sales, (), entries, tx.now)
        await ledger.forget_unknown_locations(tx.connection, sale_ids, list(rules.places))
        await figures.note(tx, changes, dues[-1])
        _count(tx, [entry for _, entry in entries])
    if len(found) == limit or len(sale_ids) < len(found):
        for due in dues:
            tx.schedule(CREDIT_LOCATION, due.key, tx.now, cause=due)


async def _rules(tx: Transaction, sales: Collection[Sale], new: Sequence[Document]) -> Rules:
    """The policies and locations that crediting these sales and documents needs."""
    documents = [*new, *(document for sale in sales for document in sale.documents.values())]
    location_ids = {
        location_id
        for document in documents
        if document.basis is not None
        for location_id in document.basis.location_ids
    }
    return Rules(
        policies=await _policies(tx, {d.policy_id for d in documents if d.policy_id is not None}),
        places=await locations.read(tx.connection, location_ids),
        ec_company_id=settings().ec_company_id,
    )


async def _policies(tx: Transaction, policy_ids: set[str]) -> Mapping[str, Policy]:
    """The policies as they were when first used; one that is used for the first time is kept from now on."""
    kept = await policies.read_kept(tx.connection, policy_ids)
    files = policies.policy_files(settings().policy_folder)
    first_used = [files[policy_id] for policy_id in sorted(policy_ids - kept.keys())]
    if first_used:
        await policies.keep(tx.connection, first_used, tx.now)
    found = {file.policy.policy_id: file.policy for file in first_used}
    return found | {policy_id: read_policy(body) for policy_id, body in kept.items()}


def _unknown(document: Document, rules: Rules) -> tuple[str, ...]:
    if document.basis is None:
        return ()
    return tuple(sorted(document.basis.location_ids - rules.places.keys()))


def _recheck(tx: Transaction, location_ids: Iterable[str], cause: chassis.Cause) -> None:
    """Look again later: the location may have come in a transaction that could not see this sale."""
    for location_id in location_ids:
        later = tx.now + timedelta(seconds=settings().location_recheck_seconds)
        tx.schedule(CREDIT_LOCATION, location_id, later, cause=cause)


def _first_of(sale: Sale, location_ids: Sequence[str]) -> str:
    involved = {
        location_id
        for document in sale.documents.values()
        if document.basis is not None
        for location_id in document.basis.location_ids
    }
    return next(location_id for location_id in location_ids if location_id in involved)


def _count(tx: Transaction, entries: Sequence[Entry]) -> None:
    taken_back: dict[Cause, int] = {}
    for entry in entries:
        if entry.cause.kind is CauseKind.SALE:
            party_kind = entry.account.party.kind.value
            tx.count(metrics.CREDITED_YEN, entry.amount_jpy, party_kind=party_kind)
        else:
            taken_back[entry.cause] = taken_back.get(entry.cause, 0) - entry.amount_jpy
    for cause, amount_jpy in taken_back.items():
        tx.count(metrics.CORRECTIONS, cause=cause.kind.value)
        # A late location moves credit between parties and takes none back.
        tx.count(metrics.CORRECTED_YEN, max(amount_jpy, 0), cause=cause.kind.value)
