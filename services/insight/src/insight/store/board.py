"""Targets, baselines and measures on record, with the versions of their events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "board.sql")


@dataclass(frozen=True, slots=True)
class BoardRecord:
    """A command as it was taken on record."""

    kind: str
    record_id: str
    record_key: str
    version: int
    body: Mapping[str, Any]


async def read_versions(connection: Connection, record_keys: Iterable[str]) -> dict[str, int]:
    """How many events there are per record key; the keys are locked, so each is there."""
    rows = await connection.fetch(SQL.read_record_versions, sorted(set(record_keys)))
    return {row["record_key"]: row["version"] for row in rows}


async def save(
    connection: Connection, versions: Mapping[str, int], records: Sequence[BoardRecord], now: datetime
) -> None:
    """Keep the versions and the records."""
    await connection.execute(SQL.update_record_versions, list(versions), list(versions.values()))
    await connection.execute(
        SQL.insert_board_records,
        [record.kind for record in records],
        [record.record_id for record in records],
        [record.record_key for record in records],
        [record.version for record in records],
        [dict(record.body) for record in records],
        now,
    )
