"""Which rows a batch locks, all of them up front and in one order, so that batches never deadlock."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from tsunagu.chassis.database import Connection


@dataclass(frozen=True, eq=False)
class LockTable:
    """A table whose rows handlers lock.

    `lock` is a query that takes one array per key column and locks the rows in the order of the arrays, `FOR UPDATE`.
    `insert_missing`, where given, takes the same arrays and inserts the rows that are not there yet. `key` names the
    key's columns where `lock` returns the rows: then they need not be read again (see `Transaction.read_by_lock`),
    and a row can be locked `if_there`.
    """

    name: str
    lock: str
    insert_missing: str | None = None
    key: tuple[str, ...] = ()

    def row(self, *key: str) -> "RowKey":
        """The row with this key."""
        return RowKey(self, key)

    def row_if_there(self, *key: str) -> "RowKey":
        """The row with this key if there is one: none is made."""
        return RowKey(self, key, True)


class RowKey(NamedTuple):
    """One row to lock. `if_there`: only if there is one; where there is none, it counts as not locked."""

    table: LockTable
    key: tuple[str, ...]
    if_there: bool = False


class KeysMoved(Exception):  # noqa: N818 - an event in the middle of a batch, not an error of anybody's
    """After locking, a row that is needed is not among the locked ones: someone moved it in between.

    Raised by a handler; the batch's transaction is rolled back and begun again, with the keys read afresh.
    """


@dataclass(frozen=True, slots=True)
class Locked:
    """The rows that are locked, and of the tables whose `lock` returns them what they held then."""

    keys: Mapping[LockTable, Set[tuple[str, ...]]] = field(default_factory=dict)
    read: Mapping[LockTable, Mapping[tuple[str, ...], asyncpg.Record]] = field(default_factory=dict)


async def lock_rows(connection: Connection, tables: Sequence[LockTable], rows: Iterable[RowKey]) -> Locked:
    """Lock the rows in the order of `tables` and, within one, of their keys; missing rows are inserted first.

    All inserts of a table come before its locks: who waits for an insert then holds no row that anybody locks.
    Raises ValueError for a row of a table that is not among `tables`, and for one that is to be locked if it is there
    in a table whose `lock` does not say which are.
    """
    certain: dict[LockTable, set[tuple[str, ...]]] = {}
    perhaps: dict[LockTable, set[tuple[str, ...]]] = {}
    for table, key, if_there in rows:
        (perhaps if if_there else certain).setdefault(table, set()).add(key)
    locked: dict[LockTable, set[tuple[str, ...]]] = {}
    read: dict[LockTable, dict[tuple[str, ...], asyncpg.Record]] = {}
    for table in tables:
        makes = certain.pop(table, set())
        looks = perhaps.pop(table, set())
        if looks and not table.key:
            raise ValueError(f"the lock of {table.name} does not say which rows are there: name its `key`")
        if not makes and not looks:
            continue
        if makes and table.insert_missing is not None:
            await connection.execute(table.insert_missing, *_columns(makes))
        found = await connection.fetch(table.lock, *_columns(makes | looks))
        if table.key:
            read[table] = {tuple([record[column] for column in table.key]): record for record in found}
            makes.update(looks & read[table].keys())
        locked[table] = makes
    if certain or perhaps:
        strangers = sorted({table.name for table in (*certain, *perhaps)})
        raise ValueError(f"rows of {strangers} are to be locked, but the service does not list these tables")
    return Locked(locked, read)


def _columns(keys: Iterable[tuple[str, ...]]) -> list[list[str]]:
    return [list(column) for column in zip(*sorted(keys), strict=True)]
