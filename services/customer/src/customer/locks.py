"""Which rows customer locks, in lock order, and the check that a handler holds those it changes."""

from collections.abc import Iterable

from customer.store.histories import SQL as HISTORIES_SQL
from customer.store.identities import SQL as IDENTITY_SQL
from customer.store.identities import Identities, load_identities
from customer.store.purchases import SQL as PURCHASES_SQL
from tsunagu.chassis import Connection, KeysMoved, LockTable, RowKey, Transaction

PURCHASES = LockTable("purchase", PURCHASES_SQL.lock_purchases, PURCHASES_SQL.insert_missing_purchases)
IDENTIFIERS = LockTable("identifier", IDENTITY_SQL.lock_identifiers, IDENTITY_SQL.insert_missing_identifiers)
CUSTOMERS = LockTable("customer", IDENTITY_SQL.lock_customers)
HISTORY_LINKS = LockTable("history_link", HISTORIES_SQL.lock_history_links)

LOCK_ORDER = (PURCHASES, IDENTIFIERS, CUSTOMERS, HISTORY_LINKS)


async def identity_rows(connection: Connection, digests: Iterable[str]) -> set[RowKey]:
    """The rows of an identity change: its identifiers, who holds them, all that these hold besides.

    Whoever is kept apart from them is locked too: two merges must not rewrite the same pair at once.
    """
    named = sorted(set(digests))
    rows = {IDENTIFIERS.row(digest) for digest in named}
    holders = set()
    for row in await connection.fetch(IDENTITY_SQL.load_identifiers, named):
        rows.add(IDENTIFIERS.row(row["digest"]))
        if row["customer_id"] is not None:
            holders.add(row["customer_id"])
    for row in await connection.fetch(IDENTITY_SQL.load_kept_apart, sorted(holders)):
        holders.update((row["customer_id"], row["other_id"]))
    return rows | {CUSTOMERS.row(customer_id) for customer_id in holders}


async def owner_rows(connection: Connection, digests: Iterable[str]) -> set[RowKey]:
    """The rows of something done under identifiers: these, and who holds them."""
    named = sorted(set(digests))
    rows = {IDENTIFIERS.row(digest) for digest in named}
    for row in await connection.fetch(IDENTITY_SQL.holders_among, named):
        rows.add(CUSTOMERS.row(row["customer_id"]))
    return rows


async def require_customers(tx: Transaction, customer_ids: Iterable[str]) -> None:
    """Make sure that these customers are ours: locked, or made in this transaction. Raises KeysMoved."""
    missing = [one for one in sorted(set(customer_ids)) if not tx.is_locked(CUSTOMERS.row(one))]
    if not missing:
        return
    ours = {row["customer_id"] for row in await tx.connection.fetch(IDENTITY_SQL.written_here, missing)}
    if not ours.issuperset(missing):
        raise KeysMoved(f"{len(missing)} customers came to hold these identifiers meanwhile")


async def locked_identities(tx: Transaction, digests: Iterable[str]) -> Identities:
    """Identifiers with all that an identity change touches, every row of it locked. Raises KeysMoved."""
    identities = await load_identities(tx.connection, digests)
    require_locked(tx, IDENTIFIERS, identities.holders)
    partners = {one for pair in identities.apart for one in pair}
    await require_customers(tx, partners.union(identities.versions))
    return identities


def require_locked(tx: Transaction, table: LockTable, keys: Iterable[str]) -> None:
    """Make sure that these rows are locked. Raises KeysMoved."""
    if not all(tx.is_locked(table.row(key)) for key in keys):
        raise KeysMoved(f"rows of {table.name} joined meanwhile")
