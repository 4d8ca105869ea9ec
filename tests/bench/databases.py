"""Databases that are made otherwise than as copies of the stock."""

import asyncpg

from tsunagu.chassis.database import connect
from tsunagu.chassis.migrating import migrate
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.stack.urls import with_database

from .servers import Servers

EMPTY = "template1"


async def machinery(on: Servers, name: str) -> str:
    """The URL of a database, made anew, that holds nothing but the chassis' tables."""
    url = await on.database(name, EMPTY)
    connection = await connect(ChassisSettings(database_url=url), "bench")
    try:
        await migrate(connection, "public", None)
    finally:
        await connection.close()
    return url


async def drop(on: Servers, name: str) -> None:
    """Remove a database that is too large to keep, with whoever still uses it."""
    admin = await asyncpg.connect(on.postgres)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await admin.close()


def url_of(on: Servers, name: str) -> str:
    """The superuser's URL of a database."""
    return with_database(on.postgres, name)
