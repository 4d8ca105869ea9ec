"""Connections to the service's own database."""

import json
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from tsunagu.chassis.settings import ChassisSettings

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

# What may pass by itself: the server or the way to it is away, another transaction was in the way, a new password has
# not come here yet, or a migration has changed a table since this connection planned its statements.
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
    asyncpg.InvalidPasswordError,
)


async def connect(settings: ChassisSettings, purpose: str) -> "asyncpg.Connection[asyncpg.Record]":
    """One connection to the service's database; `purpose` shows up in pg_stat_activity.

    Raises an exception of TRANSIENT when the server can't be reached, or the password's file can't be read.
    """
    connection = await asyncpg.connect(
        settings.database_url,
        password=_password(settings),
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


def _password(settings: ChassisSettings) -> str | None:
    file = settings.database_password_file
    return None if file is None else file.read_text(encoding="utf-8").strip()


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
