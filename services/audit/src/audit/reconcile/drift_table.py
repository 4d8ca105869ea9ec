"""Drifts in the audit's own database, so that a restart does not forget since when there is one."""

import json
from collections.abc import Iterable

import asyncpg

from audit.reconcile.drifts import Cause, Drift, Reading, Sides
from audit.sql import read_queries

_SQL = read_queries("drifts")


async def read_drifts(url: str) -> list[Drift]:
    """The drifts that were kept; none where none ever were. Raises OSError or asyncpg's errors."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    try:
        if not await connection.fetchval(_SQL["is_made"]):
            return []
        return [
            Drift(
                kind=row["kind"],
                key=tuple(row["key"]),
                since=row["since"],
                first=_sides(row["first"]),
                now=_sides(row["now"]),
                is_confirmed=True,
                is_explained=True,
                cause=Cause(row["cause_topic"], row["cause_id"], row["cause_at"])
                if row["cause_topic"]
                else None,
            )
            for row in await connection.fetch(_SQL["read"])
        ]
    finally:
        await connection.close()


async def keep_drifts(url: str, drifts: Iterable[Drift], ended: Iterable[Drift]) -> None:
    """Keep what there is and forget what has ended, in one transaction; makes the table where it is missing."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(_SQL["make"])
            await connection.executemany(_SQL["forget"], [(drift.kind, drift.key) for drift in ended])
            await connection.executemany(_SQL["keep"], [_row(drift) for drift in drifts])
    finally:
        await connection.close()


def _row(drift: Drift) -> tuple[object, ...]:
    cause = drift.cause or (None, None, None)
    return (drift.kind, drift.key, drift.since, json.dumps(drift.first), json.dumps(drift.now), *cause)


def _sides(text: str) -> Sides:
    source, copy = json.loads(text)
    return Sides(_reading(*source), _reading(*copy))


def _reading(value: list[object] | None, version: int) -> Reading:
    return Reading(None if value is None else tuple(_frozen(part) for part in value), version)


def _frozen(part: object) -> object:
    """Lists back into tuples."""
    return tuple(_frozen(each) for each in part) if isinstance(part, list) else part
