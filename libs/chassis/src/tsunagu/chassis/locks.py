"""Which rows a batch locks, all of them up front and in one order, so that batches never deadlock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tsunagu.chassis.database import Connection


@dataclass(frozen=True)
class LockTable:
    """A table whose rows handlers lock.

    `lock` is a query that takes one array per key column and locks the rows `ORDER BY` the key `FOR UPDATE`;
    `insert_missing`, where given, takes the same arrays and inserts the rows that are not there yet.
    """

    name: str
    lock: str
    insert_missing: str | None = None

    def row(self, *key: str) -> "RowKey":
        """The row with this key."""
        return RowKey(self, key)


@dataclass(frozen=True)
class RowKey:
    """One row to lock."""

    table: LockTable
    key: tuple[str, ...]


class KeysMoved(Exception):  # noqa: N818 - an event in the middle of a batch, not an error of anybody's
    """After locking, a row that is needed is not among the locked ones: someone moved it in between.

    Raised by a handler; the batch's transaction is rolled back and begun again, with the keys read afresh.
    """


async def lock_rows(
    connection: Connection, tables: Sequence[LockTable], rows: Iterable[RowKey]
) -> frozenset[RowKey]:
    """Lock the rows in the order of `tables` and, within one, of their keys; missing rows are inserted first.

    All inserts of a table come before its locks: who waits for an insert then holds no row that anybody locks.
    Raises ValueError for a row of a table that is not among `tables`.
    """
    wanted = frozenset(rows)
    by_table: dict[str, set[tuple[str, ...]]] = {}
    for row in wanted:
        by_table.setdefault(row.table.name, set()).add(row.key)
    for table in tables:
        keys = sorted(by_table.pop(table.name, ()))
        if not keys:
            continue
        columns = [list(column) for column in zip(*keys, strict=True)]
        if table.insert_missing is not None:
            await connection.execute(table.insert_missing, *columns)
        await connection.fetch(table.lock, *columns)
    if by_table:
        raise ValueError(
            f"rows of {sorted(by_table)} are to be locked, but the service does not list these tables"
        )
    return wanted
