"""Connections to the service's own database, and its migrations."""

import hashlib
import json
import re
from pathlib import Path
from typing import TypeAlias

import asyncpg
import structlog
from asyncpg.pool import PoolConnectionProxy

from tsunagu.chassis.settings import ChassisSettings

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

_log = structlog.get_logger(__name__)
_CHASSIS_MIGRATIONS = Path(__file__).with_name("migrations")
_FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")

# What may pass by itself: the server or the way to it is away, another transaction was in the way, or a migration has
# changed a table since this connection planned its statements.
TRANSIENT: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidCachedStatementError,
)


async def connect(settings: ChassisSettings, purpose: str) -> "asyncpg.Connection[asyncpg.Record]":
    """One connection to the service's database; `purpose` shows up in pg_stat_activity.

    Raises an exception of TRANSIENT when the server can't be reached.
    """
    connection = await asyncpg.connect(
        settings.database_url,
        timeout=settings.connect_timeout_seconds,
        command_timeout=settings.statement_timeout_seconds + settings.connect_timeout_seconds,
        server_settings={
            "application_name": f"tsunagu {purpose}"[:63],
            "search_path": settings.database_schema,
            "statement_timeout": f"{round(settings.statement_timeout_seconds * 1000)}",
            "idle_in_transaction_session_timeout": f"{round(settings.idle_in_transaction_timeout_seconds * 1000)}",
            "jit": "off",  # short statements; compiling them costs more than running them
            "plan_cache_mode": "force_generic_plan",  # arrays as parameters: re-planning costs more than it gains
        },
    )
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    return connection


class KeptPlans:
    """The plans that one connection keeps, made anew each time it has done twice as many batches as then.

    A plan is for the tables' sizes of the moment it is made. One made while a table was empty reads it whole, and
    would go on doing so, slower with every batch, until the server happens to look at the table (its `autovacuum`
    comes once a minute). After n batches plans have been made log2(n) times, and a table has at most doubled since.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._batches = 0

    async def count_batch(self) -> None:
        """Note that a batch is done; called outside of its transaction."""
        self._batches += 1
        if self._batches.bit_count() == 1:
            await self._connection.execute("DISCARD PLANS")


class MigrationError(Exception):
    """The database's schema and the files disagree; the message says how, and what to do."""


def migration_files(directory: Path) -> list[tuple[int, str, str]]:
    """(number, name, SQL) of each `0001_name.sql`, in order. Raises MigrationError on gaps and other files."""
    found = []
    for path in sorted(directory.iterdir()):
        match = _FILE.match(path.name)
        if match is None:
            raise MigrationError(f"{path}: a migration is named like 0001_orders.sql")
        found.append((int(match[1]), match[2], path.read_text(encoding="utf-8")))
    if [number for number, _, _ in found] != list(range(1, len(found) + 1)):
        raise MigrationError(f"{directory}: migrations must be numbered 1, 2, 3 … without gaps")
    return found


async def migrate(connection: Connection, schema: str, service_migrations: Path | None) -> int:
    """Bring the database to the current schema: the machinery's own tables, then the service's.

    Each file runs in a transaction of its own, once; many processes may start at the same time. Returns how many
    files ran. Raises MigrationError when a file that has run was changed since, or is gone.
    """
    await connection.execute("SELECT pg_advisory_lock(hashtext('tsunagu migrations ' || $1))", schema)
    try:
        quoted = '"' + schema.replace('"', '""') + '"'
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted}")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration (track text, number int, name text NOT NULL,"
            " digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (track, number))"
        )
        ran = await _migrate_track(connection, "chassis", _CHASSIS_MIGRATIONS)
        if service_migrations is not None:
            ran += await _migrate_track(connection, "service", service_migrations)
        return ran
    finally:
        await connection.execute("SELECT pg_advisory_unlock(hashtext('tsunagu migrations ' || $1))", schema)


async def _migrate_track(connection: Connection, track: str, directory: Path) -> int:
    applied = {
        row["number"]: row["digest"]
        for row in await connection.fetch(
            "SELECT number, digest FROM schema_migration WHERE track = $1", track
        )
    }
    files = migration_files(directory)
    if len(applied) > len(files):
        raise MigrationError(
            f"the database has {len(applied)} {track} migrations and {directory} has {len(files)}:"
            " this program is older than its database; start the newer one"
        )
    ran = 0
    for number, name, sql in files:
        digest = hashlib.sha256(sql.encode()).hexdigest()
        if number in applied:
            if applied[number] != digest:
                raise MigrationError(
                    f"{directory}/{number:04}_{name}.sql was changed after it had run; put it back and add a new one"
                )
            continue
        async with connection.transaction():
            await connection.execute(sql)
            await connection.execute(
                "INSERT INTO schema_migration (track, number, name, digest) VALUES ($1, $2, $3, $4)",
                track, number, name, digest,
            )  # fmt: skip
        _log.info("migrated", track=track, number=number, name=name)
        ran += 1
    return ran
