"""One database per service and one role per process, with the rights that keep them apart."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import asyncpg

from tsunagu.stack.services import AUDIT_ROLE, ServiceProcess
from tsunagu.stack.urls import with_database

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# PostgreSQL takes no parameters in these statements; its own format() quotes names (%I) and texts (%L).
_CREATE_ROLE = "SELECT format('CREATE ROLE %I', $1::text)"
_SET_PASSWORD = "SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1::text, $2::text)"  # noqa: S105 - no password
_READ_ALL = "SELECT format('GRANT pg_read_all_data TO %I', $1::text)"
_CREATE_DATABASE = "SELECT format('CREATE DATABASE %I', $1::text)"
_CLOSE_TO_OTHERS = "SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $1::text)"
_OPEN_TO_OWNER = "SELECT format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO %I', $1::text, $2::text)"
_OPEN_TO_AUDITOR = "SELECT format('GRANT CONNECT ON DATABASE %I TO %I', $1::text, $2::text)"
_OWN_PUBLIC = "SELECT format('GRANT ALL ON SCHEMA public TO %I', $1::text)"
_OWN_SCHEMA = "SELECT format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', $1::text, $2::text)"


async def ensure_databases(
    admin_dsn: str, services: Iterable[ServiceProcess], passwords: Mapping[str, str]
) -> None:
    """Create what is missing of the services' roles and databases, and set rights and passwords.

    Each role may connect to its own database only; the auditor reads all, also tables that are made later.
    """
    services = tuple(services)
    admin = await asyncpg.connect(admin_dsn)
    try:
        for role in (*(service.role for service in services), AUDIT_ROLE):
            await _ensure_role(admin, role, passwords[role])
        await _run(admin, _READ_ALL, AUDIT_ROLE)
        for database in dict.fromkeys(service.database for service in services):
            await _ensure_database(admin, database)
        for service in services:
            await _run(admin, _OPEN_TO_OWNER, service.database, service.role)
    finally:
        await admin.close()
    for service in services:
        connection = await asyncpg.connect(with_database(admin_dsn, service.database))
        try:
            if service.schema == "public":
                await _run(connection, _OWN_PUBLIC, service.role)
            else:
                await _run(connection, _OWN_SCHEMA, service.schema, service.role)
        finally:
            await connection.close()


async def _ensure_role(admin: Connection, role: str, password: str) -> None:
    if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
        await _run(admin, _CREATE_ROLE, role)
    await _run(admin, _SET_PASSWORD, role, password)


async def _ensure_database(admin: Connection, database: str) -> None:
    if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
        await _run(admin, _CREATE_DATABASE, database)
    await _run(admin, _CLOSE_TO_OTHERS, database)
    await _run(admin, _OPEN_TO_AUDITOR, database, AUDIT_ROLE)


async def _run(connection: Connection, statement: str, *arguments: str) -> None:
    await connection.execute(await connection.fetchval(statement, *arguments))
