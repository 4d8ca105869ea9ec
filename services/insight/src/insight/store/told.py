"""What was told of definitions, policies and measures: told again once it is another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "told.sql")


@dataclass(frozen=True, slots=True)
class Told:
    """A message as it was told, without its version; none before the first time."""

    key: str
    version: int
    content: dict[str, Any] | None


async def lock(connection: Connection, kind: str, keys: Sequence[str]) -> list[Told]:
    """Lock what was told of a kind under these keys, in their order; with a row for each that is new."""
    await connection.execute(SQL.insert_missing_told, kind, list(keys))
    rows = await connection.fetch(SQL.lock_told, kind, list(keys))
    return [Told(row["key"], row["version"], row["content"]) for row in rows]


async def save(connection: Connection, kind: str, told: Told, as_of: date) -> None:
    """Keep what is told now, and of which day it speaks."""
    await connection.execute(SQL.save_told, kind, told.key, told.version, told.content, as_of)


async def drop_others(connection: Connection, kind: str, keys: Sequence[str]) -> list[str]:
    """Forget what was told of a kind under any other key, and say which these are."""
    rows = await connection.fetch(SQL.delete_other_told, kind, list(keys))
    return sorted(row["key"] for row in rows)


async def read_after(connection: Connection, kind: str, after: str, limit: int) -> list[Told]:
    """The next of a kind that were told, by key; locked."""
    rows = await connection.fetch(SQL.lock_told_after, kind, after, limit)
    return [Told(row["key"], row["version"], row["content"]) for row in rows]


async def read_measures_to_judge(
    connection: Connection, first_start: date, as_of: date, limit: int
) -> list[str]:
    """Measures that were not judged yet, and those begun since a day that were not as of another."""
    rows = await connection.fetch(SQL.read_measures_to_judge, first_start, as_of, limit)
    return [row["record_id"] for row in rows]
