"""The stock that all sides begin with, as a template database, and which of its rows are empty."""

import random
from pathlib import Path

import asyncpg

import inventory
from tsunagu.chassis import beside
from tsunagu.chassis.database import connect
from tsunagu.chassis.migrating import migrate
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.stack.urls import with_database

from .servers import Servers

SQL = beside(__file__)
UNITS_PER_ROW = 100_000  # a row that has anything never runs short: only the mix decides what is refused
LANES_PER_STORE = 20  # as many as sourcing looks at
EMPTY_EVERY = 20  # of a SKU, every so manieth store has none: one row of stock in twenty is empty
SOLD_OUT_PERCENT = 2  # of the SKUs: nobody has any
LOAD_SECONDS_MAX = 3_600  # of one statement: 10^7 rows take a minute or two


def sellable(skus: int) -> int:
    """SKUs up to this number are sold; those after it are sold out everywhere."""
    return skus - max(1, skus * SOLD_OUT_PERCENT // 100)


def is_empty(store: int, sku: int) -> bool:
    """Whether a store has none of a sellable SKU, although its neighbours do."""
    return (store + sku) % EMPTY_EVERY == 0


def pick_stocked(chance: random.Random, store: int, skus: int, count: int) -> list[int]:
    """So many different SKUs that a store has, by chance."""
    has: list[int] = []
    while len(has) < count:
        sku = chance.randint(1, sellable(skus))
        if not is_empty(store, sku) and sku not in has:
            has.append(sku)
    return has


async def template(on: Servers, stores: int, skus: int) -> str:
    """The name of the database with this much stock, made with inventory's own migrations unless it is there."""
    name = f"bench_{stores}x{skus}"
    admin = await asyncpg.connect(on.postgres)
    try:
        if await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            return name
        await admin.execute(f"CREATE DATABASE {name}_made")
    finally:
        await admin.close()
    url = with_database(on.postgres, f"{name}_made")
    settings = ChassisSettings(database_url=url, statement_timeout_seconds=LOAD_SECONDS_MAX)
    connection = await connect(settings, "bench")
    try:
        await migrate(connection, "public", Path(inventory.__file__).with_name("migrations"))
        await connection.execute(SQL.pass_over_triggers)
        await connection.execute(SQL.insert_stores, stores)
        await connection.execute(SQL.insert_lanes, stores, LANES_PER_STORE)
        await connection.execute(SQL.insert_products, skus)
        await connection.execute(SQL.insert_stock, stores, skus, UNITS_PER_ROW, sellable(skus), EMPTY_EVERY)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    admin = await asyncpg.connect(on.postgres)
    try:
        # Its name is the sign that it is whole.
        await admin.execute(f"ALTER DATABASE {name}_made RENAME TO {name}")
    finally:
        await admin.close()
    return name


async def give(database: str, store: int, sku: int, pieces: int) -> None:
    """Let one store have so many pieces of a SKU, and nobody else any."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(SQL.pass_over_triggers)
        await connection.execute(SQL.give_stock, f"S{store}", f"K{sku}", pieces)
    finally:
        await connection.close()


async def faults(database: str) -> list[str]:
    """What does not hold in a side's tables; nothing where all does."""
    connection = await asyncpg.connect(database)
    try:
        oversold = await connection.fetchval(SQL.oversold_rows)
        different = await connection.fetchval(SQL.rows_that_do_not_add_up)
    finally:
        await connection.close()
    found = [f"{oversold} rows of stock are oversold"] if oversold else []
    return found + ([f"{different} rows of stock do not match the allocations"] if different else [])
