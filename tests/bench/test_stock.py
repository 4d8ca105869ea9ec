"""The benchmark's SQL: every query is valid, the stock is as the orders' mix expects, and what is wrong is found."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from inventory.app import SERVICE
from tsunagu.testing.plugin import NewDatabase

from .contenders import reserving
from .stock import EMPTY_EVERY, LANES_PER_STORE, SQL, faults, give, is_empty, sellable

pytestmark = [pytest.mark.component, pytest.mark.wide]
STORES, SKUS, PIECES = 50, 100, 1_000
FUNCTION = Path(reserving.__file__).with_name("reserve_order.sql")


@pytest.fixture
async def database(new_database: NewDatabase) -> str:
    """A database with a little of the benchmark's stock."""
    url = await new_database(SERVICE.migrations)
    connection = await asyncpg.connect(url)
    await connection.execute(SQL.pass_over_triggers)
    await connection.execute(SQL.insert_stores, STORES)
    await connection.execute(SQL.insert_lanes, STORES, LANES_PER_STORE)
    await connection.execute(SQL.insert_products, SKUS)
    await connection.execute(SQL.insert_stock, STORES, SKUS, PIECES, sellable(SKUS), EMPTY_EVERY)
    await connection.close()
    return url


@pytest.fixture
async def connection(database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to it that passes over triggers."""
    connection = await asyncpg.connect(database)
    await connection.execute(SQL.pass_over_triggers)
    yield connection
    await connection.close()


async def test_queries__each__can_be_prepared(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.execute(FUNCTION.read_text(encoding="utf-8"))
    for name, text in {**SQL.all(), **reserving.SQL.all()}.items():
        try:
            await connection.prepare(text)
        except asyncpg.PostgresError as error:
            pytest.fail(f"{name}: {error}")


async def test_stock__as_it_is_loaded__is_empty_where_the_orders_expect_it(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    empty = await connection.fetch("SELECT location_id, sku FROM stock WHERE on_hand = 0")
    assert {(int(row["location_id"][1:]), int(row["sku"][1:])) for row in empty} == {
        (store, sku)
        for store in range(1, STORES + 1)
        for sku in range(1, SKUS + 1)
        if sku > sellable(SKUS) or is_empty(store, sku)
    }
    assert await connection.fetchval("SELECT count(*) FROM lane") == STORES * LANES_PER_STORE


async def test_give__a_sale__leaves_the_pieces_in_one_store(
    database: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await give(database, 3, SKUS, 7)
    rows = await connection.fetch("SELECT location_id, on_hand FROM stock WHERE sku = $1", f"K{SKUS}")
    assert {row["location_id"] for row in rows if row["on_hand"] == 7} == {"S3"}
    assert sum(row["on_hand"] for row in rows) == 7


async def test_faults__oversold_and_unallocated__are_named_and_nothing_else(
    database: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    assert await faults(database) == []
    await connection.execute(
        "UPDATE stock SET reserved = on_hand + 1 WHERE location_id = 'S1' AND sku = 'K1'"
    )
    await connection.execute(
        "INSERT INTO allocation (order_id, allocation_id, state, place_id, line_id, sku, location_id, quantity)"
        " VALUES ('o', 'a', 'reserved', 'S2', '1', 'K1', 'S2', 1)"
    )
    assert await faults(database) == [
        "1 rows of stock are oversold",
        "2 rows of stock do not match the allocations",
    ]
