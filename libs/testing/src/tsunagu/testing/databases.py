"""Fresh databases for tests, cloned from a template that holds the migrated schema."""

import asyncio
import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from tsunagu.chassis import database as chassis_database
from tsunagu.chassis.migrating import migrate
from tsunagu.stack.urls import with_database

SCHEMA = "public"
_FULL_TABLES = """
SELECT string_agg(format('SELECT %L WHERE EXISTS (SELECT FROM %I)', c.relname, c.relname), ' UNION ALL ')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'schema_migration'
"""
_CHASSIS_MIGRATIONS = Path(chassis_database.__file__).with_name("migrations")


def template_name(migrations: Path) -> str:
    """A name that changes with the content of the chassis's and the service's migrations."""
    digest = hashlib.sha256()
    for folder in (_CHASSIS_MIGRATIONS, migrations):
        for path in sorted(folder.glob("*.sql")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"tsunagu_template_{digest.hexdigest()[:20]}"


class SpareDatabases:
    """Keeps one copy of each template ahead of its use: the server makes the next one while a test runs.

    Its two connections stay open: a connection costs as much CPU time as a third of a copy, and a test needed three.
    """

    def __init__(self, admin_dsn: str) -> None:
        self._copies = Admin(admin_dsn)
        self._drops = Admin(admin_dsn)
        self._spares: dict[str, asyncio.Task[str]] = {}
        self.templates: set[str] = set()
        """Those that are known to be there."""

    async def take(self, template: str) -> str:
        """The name of a new copy of the template; from here on it is the caller's to drop."""
        spare = self._spares.pop(template, None)
        name = await (spare or self._copies.copy(template))
        self._spares[template] = asyncio.create_task(self._copies.copy(template))
        return name

    async def drop(self, names: Sequence[str]) -> None:
        """Drop databases, whoever is still connected."""
        await self._drops.drop(names)

    async def close(self) -> None:
        """Drop what nobody took."""
        await self.drop(await asyncio.gather(*self._spares.values()))
        self._spares.clear()
        await self._copies.close()
        await self._drops.close()


class Admin:
    """A connection that copies and drops databases, one after the other; made when it is needed."""

    def __init__(self, admin_dsn: str) -> None:
        self._dsn = admin_dsn
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._lock = asyncio.Lock()

    async def copy(self, template: str) -> str:
        """The name of a new database that is a copy of the template."""
        name = f"tsunagu_test_{uuid.uuid4().hex[:16]}"
        # The default way writes each page to the log as well, for twice the CPU time (75 ms; files: 33).
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    async def drop(self, names: Sequence[str]) -> None:
        """Drop databases, whoever is still connected."""
        for name in names:
            await self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _execute(self, statement: str) -> None:
        async with self._lock:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._dsn)
            await self._connection.execute(statement)


async def copy(admin_dsn: str, template: str) -> str:
    """The name of a new database that is a copy of the template."""
    admin = Admin(admin_dsn)
    try:
        return await admin.copy(template)
    finally:
        await admin.close()


async def drop(admin_dsn: str, names: Sequence[str]) -> None:
    """Drop databases, whoever is still connected."""
    admin = Admin(admin_dsn)
    try:
        await admin.drop(names)
    finally:
        await admin.close()


class TestDatabases:
    """Creates databases on one server and drops them again. Use from one task at a time.

    `spares` are made ahead, for those who need one after the other; without them a copy is made when it is asked for.
    """

    __test__ = False  # not a test class, whatever its name begins with

    def __init__(self, admin_dsn: str, spares: SpareDatabases | None = None) -> None:
        self._admin_dsn = admin_dsn
        self._spares = spares
        self._created: list[str] = []

    async def create(self, migrations: Path | None = None) -> str:
        """The URL of a new database: empty, or migrated by the chassis's files and a service's folder."""
        template = "template1" if migrations is None else await self._template(migrations)
        if self._spares:
            self._spares.templates.add(template)
        name = await (self._spares.take(template) if self._spares else copy(self._admin_dsn, template))
        self._created.append(name)
        return with_database(self._admin_dsn, name)

    async def drop_all(self) -> None:
        """Drop what `create` made, whoever is still connected."""
        created, self._created = self._created, []
        await (self._spares.drop(created) if self._spares else drop(self._admin_dsn, created))

    async def _template(self, migrations: Path) -> str:
        name = template_name(migrations)
        if self._spares and name in self._spares.templates:
            return name
        admin = await asyncpg.connect(self._admin_dsn)
        try:
            # Several test runs may share the server; only one builds the template.
            await admin.execute("SELECT pg_advisory_lock(hashtext($1))", name)
            if await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
                return name
            building = f"{name}_new"
            await admin.execute(f"DROP DATABASE IF EXISTS {building} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {building}")
            connection = await asyncpg.connect(with_database(self._admin_dsn, building))
            try:
                await migrate(connection, SCHEMA, migrations)
            finally:
                await connection.close()
            await admin.execute(f"ALTER DATABASE {building} RENAME TO {name}")
        finally:
            await admin.close()
        return name


async def empty(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Empty all tables of a service's database, which takes a fraction of the time that a new database does."""
    names = [row[0] for row in await connection.fetch(await connection.fetchval(_FULL_TABLES))]
    if names:
        await connection.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
