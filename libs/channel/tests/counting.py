"""A read model that counts: whatever is taken over twice, or not at all, is seen in its figures."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from tsunagu.channel import Deleted, ReadModel, Received, Refused, Sqlite, on, on_batch
from tsunagu.channel.postgres import Postgres
from tsunagu.contracts.messages import Availability
from tsunagu.contracts.topics import Topic

SCHEMA = "CREATE TABLE counted (key text PRIMARY KEY, times integer NOT NULL, available integer NOT NULL)"
SPOILT = 666
"""A quantity that the handlers can't stand."""


def count(db: sqlite3.Connection, received: Received[Availability]) -> None:
    message = received.message
    db.execute(
        "INSERT INTO counted VALUES (?, 1, ?)"
        " ON CONFLICT (key) DO UPDATE SET times = times + 1, available = excluded.available",
        (received.key, message.available),
    )
    if message.available == SPOILT:
        raise ValueError("spoilt")


def count_all(db: sqlite3.Connection, batch: Sequence[Received[Availability]]) -> None:
    for received in batch:
        count(db, received)


def forget(db: sqlite3.Connection, gone: Deleted) -> None:
    db.execute("DELETE FROM counted WHERE key = ?", (gone.key,))


async def count_there(db: "asyncpg.Connection[asyncpg.Record]", received: Received[Availability]) -> None:
    message = received.message
    await db.execute(
        "INSERT INTO counted AS known VALUES ($1, 1, $2)"
        " ON CONFLICT (key) DO UPDATE SET times = known.times + 1, available = excluded.available",
        received.key,
        message.available,
    )
    if message.available == SPOILT:
        raise ValueError("spoilt")


async def count_all_there(
    db: "asyncpg.Connection[asyncpg.Record]", batch: Sequence[Received[Availability]]
) -> None:
    for received in batch:
        await count_there(db, received)


async def forget_there(db: "asyncpg.Connection[asyncpg.Record]", gone: Deleted) -> None:
    await db.execute("DELETE FROM counted WHERE key = $1", gone.key)


def model(
    kind: str,
    location: str,
    topic: Topic,
    *,
    batch: bool = False,
    schema: str = SCHEMA,
    since: datetime | None = None,
    refused: Callable[[Refused], None] | None = None,
) -> ReadModel[Any]:
    """The counting model in a database: a file of SQLite, or the URL of PostgreSQL."""
    if kind == "sqlite":
        how = (
            on_batch(Availability, count_all, deleted=forget, topic=topic)
            if batch
            else on(Availability, count, deleted=forget, topic=topic)
        )
        return ReadModel(
            "counted", Sqlite(location, busy_seconds=0.05), schema, how, since=since, refused=refused
        )
    there = (
        on_batch(Availability, count_all_there, deleted=forget_there, topic=topic)
        if batch
        else on(Availability, count_there, deleted=forget_there, topic=topic)
    )
    return ReadModel("counted", Postgres(location, "model"), schema, there, since=since, refused=refused)


async def rows(kind: str, location: str, sql: str) -> list[tuple[Any, ...]]:
    """What the database holds."""
    if kind == "sqlite":

        def read() -> list[tuple[Any, ...]]:
            with sqlite3.connect(location) as db:
                found = db.execute(sql).fetchall()
            db.close()
            return found

        return await asyncio.to_thread(read)
    connection = await asyncpg.connect(location, server_settings={"search_path": "model"})
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def counted(kind: str, location: str) -> dict[str, int]:
    """How often each key was taken over."""
    return dict(await rows(kind, location, "SELECT key, times FROM counted"))
