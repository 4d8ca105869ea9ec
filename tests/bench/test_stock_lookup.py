"""The stock that shoppers ask about is whole, and every question has an answer."""

import asyncpg
import pytest

import edge.shopper.app
from edge.settings import StockSettings
from edge.stock_lookup import StockLookup, Wanted
from tsunagu.chassis.database import connect
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.testing.plugin import NewDatabase

from .workloads.stock_lookup import SQL, fill

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def test_queries__each__can_be_prepared(new_database: NewDatabase) -> None:
    connection = await asyncpg.connect(await new_database(edge.shopper.app.SERVICE.migrations))
    try:
        for name, text in SQL.all().items():
            try:
                await connection.prepare(text)
            except asyncpg.PostgresError as error:
                pytest.fail(f"{name}: {error}")
    finally:
        await connection.close()


async def test_fill__every_product_is_in_every_store__and_is_found_near_a_place(
    new_database: NewDatabase,
) -> None:
    url = await new_database(None)
    await fill(url, 60, 20)
    connection = await connect(ChassisSettings(database_url=url), "tests")
    try:
        assert await connection.fetchval("SELECT count(*) FROM stock_band") == 60 * 20
        asked = Wanted(sku="K7", near="東京都", limit=10, in_stock_only=True)
        found = await StockLookup(StockSettings()).near(connection, asked)
    finally:
        await connection.close()
    assert len(found.locations) == 10
    distances = [location["distance_km"] for location in found.locations]
    assert distances == sorted(distances)
