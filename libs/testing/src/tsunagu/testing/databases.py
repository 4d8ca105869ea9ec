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
    """Keeps one copy of each template ahead of its use: the server makes the next one while a test runs."""

    def __init__(self, admin_dsn: str) -> None:
        self._admin_dsn = admin_dsn
        self._spares: dict[str, asyncio.Task[str]] = {}

    async def take(self, template: str) -> str:
        """The name of a new copy of the template; from here on it is the caller's to drop."""
        spare = self._spares.pop(template, None)
        name = await (spare or copy(self._admin_dsn, template))
        self._spares[template] = asyncio.create_task(copy(self._admin_dsn, template))
        return name

    async def drop_all(self) -> None:
        """Drop what nobody took."""
        names = await asyncio.gather(*self._spares.values())
        self._spares.clear()
        await drop(self._admin_dsn, names)


async def copy(admin_dsn: str, template: str) -> str:
    """The name of a new database that is a copy of the template."""
    name = f"tsunagu_test_{uuid.uuid4().hex[:16]}"
    admin = await asyncpg.connect(admin_dsn)
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    finally:
        await admin.close()
    return name


async def drop(admin_dsn: str, names: Sequence[str]) -> None:
    """Drop databases, whoever is still connected."""
    if not names:
        return
    admin = await asyncpg.connect(admin_dsn)
    try:
        for name in names:
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
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
        name = await (self._spares.take(template) if self._spares else copy(self._admin_dsn, template))
        self._created.append(name)
        return with_database(self._admin_dsn, name)

    async def drop_all(self) -> None:
        """Drop what `create` made, whoever is still connected."""
        created, self._created = self._created, []
        await drop(self._admin_dsn, created)

    async def _template(self, migrations: Path) -> str:
        name = template_name(migrations)
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
