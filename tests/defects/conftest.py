"""Two stores of a small shop on a real database, a naive one beside it, and the machinery's toy."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from inventory.app import SERVICE
from inventory.sql import SQL
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import Harness, harness
from tsunagu.testing.plugin import NewDatabase, NewTestTopic
from tsunagu.testing.toy.world import World, create_topics

# What many shops keep: a counter per place and SKU, and the reservations that it counts.
_NAIVE_TABLES = """
CREATE TABLE level (
    location_id text PRIMARY KEY, stocked integer NOT NULL, reserved integer NOT NULL DEFAULT 0
);
CREATE TABLE reservation (
    reservation_id text PRIMARY KEY, location_id text NOT NULL, quantity integer NOT NULL
);
"""


class Shop:
    """Inventory with the stores S1 and S2 and one SKU, A. No lane leads from one store to the other."""

    def __init__(self, running: Harness, url: str) -> None:
        self.running = running
        self.url = url

    async def stocked(self, location_id: str, pieces: int) -> None:
        """So many pieces of A come to be at a store."""
        await self.running.deliver(
            m.AdjustStock(
                adjustment_id=uuid7(), location_id=location_id, reason="opening", occurred_at=datetime.now(UTC),
                lines=({"sku": "A", "change": pieces},),
            )
        )  # fmt: skip

    def order(self, *quantities: int, location_id: str = "S1") -> m.OrderPlaced:
        """An order of A to pick up, a line for each quantity."""
        return m.OrderPlaced(
            order_id=uuid7(), version=1, channel="ec", payment="prepaid", placed_at=datetime.now(UTC),
            occurred_at=datetime.now(UTC),
            groups=({"group_id": "G", "method": "pickup", "location_id": location_id},), lines=lines(quantities),
        )  # fmt: skip

    def moved(self, order: m.OrderPlaced, location_id: str, held: Sequence[Any]) -> m.OrderChanged:
        """The order is to be picked up at another store."""
        return m.OrderChanged(
            order_id=order.order_id, version=2, channel="ec", change_id=uuid7(), occurred_at=datetime.now(UTC),
            groups=({"group_id": "G", "method": "pickup", "location_id": location_id},), lines=order.lines,
            changed_line_ids=tuple(line.line_id for line in order.lines), ended_allocations=tuple(held),
        )  # fmt: skip

    def cancelled(self, order: m.OrderPlaced) -> m.OrderCancelled:
        """The whole order is cancelled."""
        return m.OrderCancelled(
            order_id=order.order_id, version=3, channel="ec", reason="customer_request",
            occurred_at=datetime.now(UTC), lines=order.lines, order_finished=True,
        )  # fmt: skip

    async def settle(self, *messages: Any) -> list[Any]:
        """Deliver messages and do what comes due at once; returns what is sent."""
        return [*await self.running.deliver(*messages), *await self.running.work_due()]

    async def stock(self, location_id: str = "S1") -> asyncpg.Record:
        """A's row of stock."""
        row = await self.running.connection.fetchrow(SQL.read_stock, [location_id], ["A"])
        assert row is not None, f"nothing was ever booked of A at {location_id}"
        return row

    async def differences(self) -> list[asyncpg.Record]:
        """Rows whose counters are not what their ledger, allocations and holds add up to."""
        return await self.running.connection.fetch(SQL.ledger_differences, "", "", 1000)


def lines(quantities: Sequence[int]) -> tuple[Any, ...]:
    return tuple(
        {
            "line_id": f"L{number}", "group_id": "G", "sku": "A", "quantity": quantity, "unit_price_jpy": 1000,
            "tax_percent": 10,
        }
        for number, quantity in enumerate(quantities, 1)
    )  # fmt: skip


@pytest.fixture
async def shop(new_database: NewDatabase) -> AsyncIterator[Shop]:
    """A shop without stock; at the end its books add up, whatever was done to it."""
    url = await new_database(SERVICE.migrations)
    async with harness(SERVICE, url) as running:
        stores = [
            m.Location(
                location_id=f"S{number}", version=1, name_ja="店", name_en="store", company_id="C", kind="store",
                prefecture="JP-13", city="千代田区", address="1-1", latitude=35.68, longitude=139.76,
                pickup_enabled=True, pick_minutes_per_day=600,
            )
            for number in (1, 2)
        ]  # fmt: skip
        product = m.Product(
            sku="A", version=1, style_id="A", name_ja="服", name_en="dress", category="tops", price_jpy=1000,
            tax_class="standard", active=True,
        )  # fmt: skip
        await running.deliver(*stores, product)
        shop = Shop(running, url)
        yield shop
        assert not await shop.differences(), "stock, ledger, allocations and holds do not add up"


class Naive:
    """A shop's stock as it is often written: read, check, write."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", url: str) -> None:
        self.connection = connection
        self.url = url

    @asynccontextmanager
    async def another(self) -> AsyncIterator["Naive"]:
        """A second process on the same database."""
        connection = await asyncpg.connect(self.url)
        try:
            yield Naive(connection, self.url)
        finally:
            await connection.close()

    async def stocked(self, location_id: str, pieces: int) -> None:
        """So many pieces are at a store."""
        await self.connection.execute("INSERT INTO level VALUES ($1, $2)", location_id, pieces)

    async def available(self, location_id: str) -> int:
        """Stocked less reserved, by the counter."""
        return int(
            await self.connection.fetchval(
                "SELECT stocked - reserved FROM level WHERE location_id = $1", location_id
            )
        )

    async def reserved(self, location_id: str) -> int:
        """The counter."""
        return int(
            await self.connection.fetchval("SELECT reserved FROM level WHERE location_id = $1", location_id)
        )

    async def write(self, location_id: str, quantity: int) -> str:
        """Write a reservation and count it, without a question; returns its id."""
        reservation_id = uuid7()
        await self.connection.execute(
            "INSERT INTO reservation VALUES ($1, $2, $3)", reservation_id, location_id, quantity
        )
        await self.count(location_id, quantity)
        return reservation_id

    async def count(self, location_id: str, quantity: int) -> None:
        """Take the counter up, or down."""
        await self.connection.execute(
            "UPDATE level SET reserved = reserved + $2 WHERE location_id = $1", location_id, quantity
        )


@pytest.fixture
async def naive(database: str) -> AsyncIterator[Naive]:
    """A naive shop without stock."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(_NAIVE_TABLES)
        yield Naive(connection, database)
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_topics(kafka: str) -> None:
    """The topics that every service writes, whatever else it does."""
    await create_topics(kafka)


@pytest_asyncio.fixture(loop_scope="session")
async def world(kafka: str, database: str, new_topic: NewTestTopic, shared_topics: None) -> World:
    """The machinery's toy on topics and a database of this test's own."""
    return World(kafka, database, await new_topic("toy.in"), await new_topic("toy.out"))
