"""What the databases hold, each read in one read-only transaction, all tables as of one moment."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import asyncpg

from audit.settings import AuditSettings
from audit.sql import read_queries

Row = asyncpg.Record
SERVICES = ("inventory", "order", "pickup", "customer", "insight")
"""The databases whose own tables are audited; of any other one, what the machinery keeps in it."""


class Database:
    """One database as it was when it was first read. `schemas` are those that a service process works in."""

    def __init__(self, name: str, connection: "asyncpg.Connection[Row]", schemas: Sequence[str]) -> None:
        self.name = name
        self.schemas = tuple(schemas)
        self._connection = connection
        self._queries = read_queries(name) if name in SERVICES else {}

    async def fetch(self, query: str, *arguments: object) -> list[Row]:
        """The rows of one of the database's own queries."""
        return await self._connection.fetch(self._queries[query], *arguments)

    async def fetch_shared(self, schema: str, query: str, *arguments: object) -> list[Row]:
        """The rows of a query on what the machinery keeps in a schema."""
        return await self.fetch_in(schema, "machinery", query, *arguments)

    async def fetch_in(self, schema: str, file: str, query: str, *arguments: object) -> list[Row]:
        """The rows of a query of another file than the database's own, on the tables of a schema."""
        await self._connection.execute("SELECT set_config('search_path', $1, true)", schema)
        return await self._connection.fetch(read_queries(file)[query], *arguments)

    def process(self, schema: str) -> str:
        """What to call the process that works in a schema."""
        name = self.name if schema == "public" else schema.removeprefix("tsunagu_")
        return name.replace("_", "-")

    async def has(self, schema: str, table: str) -> bool:
        """Whether a schema has a table."""
        return bool(await self._connection.fetchval("SELECT to_regclass($1)", f"{schema}.{table}"))


class Databases:
    """The databases of a system, by service. Use as `async with Databases(urls) as databases`.

    `session`: PostgreSQL's settings for the connections, timeouts for example.
    """

    def __init__(self, urls: Mapping[str, str], session: Mapping[str, str] | None = None) -> None:
        self._urls = {name.removeprefix("tsunagu_"): url for name, url in urls.items()}
        self._session = dict(session or {})
        self._stack = AsyncExitStack()
        self._databases: dict[str, Database] = {}

    async def __aenter__(self) -> "Databases":
        try:
            for name, url in self._urls.items():
                self._databases[name] = await self._open(name, url)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def __getitem__(self, name: str) -> Database:
        return self._databases[name]

    def __contains__(self, name: str) -> bool:
        return name in self._databases

    def all(self) -> list[Database]:
        """Every database."""
        return list(self._databases.values())

    async def _open(self, name: str, url: str) -> Database:
        connection: asyncpg.Connection[Row] = await asyncpg.connect(url, server_settings=self._session)
        self._stack.push_async_callback(connection.close)
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        schemas = await connection.fetch(read_queries("machinery")["schemas"])
        await self._stack.enter_async_context(
            connection.transaction(isolation="repeatable_read", readonly=True)
        )
        return Database(name, connection, [row["schema"] for row in schemas])


async def wait_for_quiet(urls: Mapping[str, str], settings: AuditSettings) -> None:
    """Wait until no outbox has anything to send, or `quiet_seconds_max` have passed."""
    loop = asyncio.get_running_loop()
    end = loop.time() + settings.quiet_seconds_max
    while loop.time() < end:
        waiting = 0
        async with Databases(urls) as databases:
            for database in databases.all():
                for schema in database.schemas:
                    rows: list[Any] = await database.fetch_shared(schema, "outbox_to_send")
                    waiting += rows[0]["number"]
        if not waiting:
            return
        await asyncio.sleep(min(0.25, settings.quiet_seconds_max))
