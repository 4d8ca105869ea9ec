"""The purchases that are searched are whole, and each question has an answer."""

from datetime import UTC, datetime

import asyncpg
import pytest

from customer.app import SERVICE
from customer.store import bought
from customer.store.bought import Stretch
from tsunagu.testing.plugin import NewDatabase

from .workloads.who_bought import BEST_SELLER, PERIOD, SQL, Purchases, fill

pytestmark = [pytest.mark.component, pytest.mark.wide]
MADE = Purchases(2_000, datetime.now(UTC))


async def test_queries__each__can_be_prepared(new_database: NewDatabase) -> None:
    connection = await asyncpg.connect(await new_database(SERVICE.migrations))
    try:
        for name, text in SQL.all().items():
            try:
                await connection.prepare(text)
            except asyncpg.PostgresError as error:
                pytest.fail(f"{name}: {error}")
    finally:
        await connection.close()


async def test_fill__two_thousand_lines__are_counted_to_the_piece_and_have_their_index(
    new_database: NewDatabase,
) -> None:
    connection = await asyncpg.connect(await new_database(None))
    try:
        await fill(connection, MADE)
        asked = Stretch(BEST_SELLER, MADE.until - 37 * PERIOD, MADE.until, None)
        everything, *by_channel = await bought.counts(connection, asked, None)
        pieces = await connection.fetchval(SQL.pieces_of, BEST_SELLER, asked.since, asked.until)
        assert everything["pieces"] == pieces == sum(row["pieces"] for row in by_channel) > 0
        assert await connection.fetchval("SELECT sum(pieces) FROM kept_sku") == MADE.lines
        assert await connection.fetchval(SQL.definition_of_index)
        customer_id = await bought.find_customer(connection, MADE.digest(), "")
        assert customer_id is not None
        assert await bought.newest(connection, await bought.digests_of(connection, customer_id), None, 10)
    finally:
        await connection.close()
