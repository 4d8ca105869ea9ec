"""Sales, their documents and the credit ledger."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from asyncpg import Record

from insight.domain.comparison import Earner
from insight.domain.ledger import Account, Entry, Sale
from insight.domain.policy import Party, PartyKind, Role
from insight.domain.sale import Document
from insight.store.documents import basis_json, document_of, lines_json, places_json, sightings_json
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "ledger.sql")


@dataclass(frozen=True, slots=True)
class OfSale:
    """A document of a sale."""

    sale_id: str
    document: Document


async def read_sales(connection: Connection, sale_ids: Collection[str]) -> dict[str, Sale]:
    """The sales with these ids; one of which nothing is known is empty."""
    documents = await read_documents(connection, sale_ids)
    balances: dict[str, dict[Account, int]] = defaultdict(dict)
    # Only what a document tells of is credited.
    for row in await connection.fetch(SQL.read_balances, list(documents)) if documents else ():
        account = Account(
            row["document_id"], Role(row["role"]), _party(row), row["company_id"], row["money_company_id"]
        )
        balances[row["sale_id"]][account] = row["amount_jpy"]
    return {
        sale_id: Sale(
            {document.document_id: document for document in documents.get(sale_id, ())},
            balances.get(sale_id, {}),
        )
        for sale_id in sale_ids
    }


async def read_documents(connection: Connection, sale_ids: Collection[str]) -> dict[str, list[Document]]:
    """All documents by sale."""
    documents: dict[str, list[Document]] = defaultdict(list)
    for row in await connection.fetch(SQL.read_documents, list(sale_ids)):
        documents[row["sale_id"]].append(document_of(row))
    return documents


async def save(
    connection: Connection,
    sales: Mapping[str, Sale],
    documents: Sequence[OfSale],
    entries: Sequence[tuple[str, Entry]],
    now: datetime,
) -> None:
    """Write new documents, the entries of each sale, and what the sales amount to."""
    if documents:
        await connection.execute(
            SQL.insert_documents,
            [new.sale_id for new in documents],
            [new.document.document_id for new in documents],
            [new.document.kind.value for new in documents],
            [new.document.receipt_id for new in documents],
            [new.document.occurred_at for new in documents],
            [new.document.business_day for new in documents],
            [lines_json(new.document.lines) for new in documents],
            [basis_json(new.document.basis) for new in documents],
            [new.document.policy_id for new in documents],
            # A location id holds no colon, and unnest takes no array of arrays of different lengths.
            [":".join(new.document.unknown_location_ids) for new in documents],
            [places_json(new.document.places) for new in documents],
            [new.document.buyer for new in documents],
            [sightings_json(new.document.sightings) for new in documents],
            now,
        )
    if entries:
        await _insert_entries(connection, entries, now)
    sold = {sale_id: sale.sold for sale_id, sale in sales.items()}
    await connection.execute(
        SQL.update_sales,
        list(sales),
        [sum(one.sold_jpy for one in sold[sale_id]) for sale_id in sales],
        [sum(one.returned_jpy for one in sold[sale_id]) for sale_id in sales],
        [sum(sale.balances.values()) for sale in sales.values()],
    )


async def _insert_entries(
    connection: Connection, entries: Sequence[tuple[str, Entry]], now: datetime
) -> None:
    await connection.execute(
        SQL.insert_entries,
        [sale_id for sale_id, _ in entries],
        [entry.account.document_id for _, entry in entries],
        [entry.account.role.value for _, entry in entries],
        [entry.account.party.kind.value for _, entry in entries],
        [entry.account.party.party_id for _, entry in entries],
        [entry.account.company_id for _, entry in entries],
        [entry.account.money_company_id for _, entry in entries],
        [entry.amount_jpy for _, entry in entries],
        [entry.policy_id for _, entry in entries],
        [entry.cause.kind.value for _, entry in entries],
        [entry.cause.id for _, entry in entries],
        now,
    )


async def read_sale_ids_sold_between(
    connection: Connection, first_day: date, last_day: date, *, after: str, limit: int
) -> list[str]:
    """The next sales, by id, of which something was sold on these days."""
    rows = await connection.fetch(SQL.read_sales_sold_between, first_day, last_day, after, limit)
    return [row["sale_id"] for row in rows]


async def read_credit_between(connection: Connection, first_day: date, last_day: date) -> dict[Earner, int]:
    """Yen that each earner is credited for what was sold on these days."""
    rows = await connection.fetch(SQL.read_credit_between, first_day, last_day)
    return {Earner(_party(row), row["crosses_company"]): row["amount_jpy"] for row in rows}


async def read_sales_missing_location(
    connection: Connection, location_ids: Iterable[str], limit: int
) -> list[str]:
    """Some sales that were credited without knowing one of these locations, which are known by now."""
    rows = await connection.fetch(SQL.read_sales_missing_location, list(location_ids), limit)
    return [row["sale_id"] for row in rows]


async def read_sales_bought_by(connection: Connection, ref_hashes: Iterable[bytes]) -> list[str]:
    """The sales of which something was bought under these refs."""
    rows = await connection.fetch(SQL.read_sales_bought_by, list(ref_hashes))
    return [row["sale_id"] for row in rows]


async def keep_known(connection: Connection, documents: Sequence[OfSale]) -> None:
    """Keep what these documents know of their locations and sightings now."""
    await connection.execute(
        SQL.update_known,
        [known.sale_id for known in documents],
        [known.document.document_id for known in documents],
        [":".join(known.document.unknown_location_ids) for known in documents],
        [places_json(known.document.places) for known in documents],
        [sightings_json(known.document.sightings) for known in documents],
    )


def _party(row: Record) -> Party:
    return Party(PartyKind(row["party_kind"]), row["party_id"])
