"""The operators' routes."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from inventory.app import SERVICE
from inventory.http import routes
from tsunagu.chassis import Runtime
from tsunagu.chassis.settings import ChassisSettings

pytestmark = pytest.mark.component


@pytest.fixture
async def client(world: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the routes, on the world's database."""
    runtime = Runtime(SERVICE, ChassisSettings(database_url=world.url))
    async with asyncpg.create_pool(world.url, min_size=1, max_size=1) as pool:
        runtime.pool = pool
        transport = httpx.ASGITransport(app=routes(runtime))
        async with httpx.AsyncClient(transport=transport, base_url="http://inventory") as client:
            yield client


async def test_stock__a_row__with_what_can_be_promised(world: Any, a: Any, client: httpx.AsyncClient) -> None:
    await world.deliver(a.stocked("S1", A=3), a.order([("A", 1)]))
    row = (await client.get("/stock/S1/A")).json()
    assert (row["on_hand"], row["reserved"], row["available"]) == (3, 1, 2)


async def test_stock__never_booked__says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/stock/S1/X")
    assert answer.status_code == 404
    assert "X at S1" in answer.json()["detail"]


async def test_history__movements__newest_first_with_their_documents(
    world: Any, a: Any, client: httpx.AsyncClient
) -> None:
    sale = a.sale("S1", [("A", 1)])
    await world.deliver(a.stocked("S1", A=3))
    await world.deliver(sale)
    rows = (await client.get("/stock/S1/A/history")).json()
    assert [(row["type"], row["quantity"]) for row in rows] == [("sale", -1), ("adjustment", 3)]
    assert rows[0]["document_id"] == sale.receipt_id
    assert len((await client.get("/stock/S1/A/history?limit=1")).json()) == 1
    assert (await client.get("/stock/S1/A/history?limit=many")).status_code == 422


async def test_differences__a_row_that_was_tampered_with__is_shown(
    world: Any, a: Any, client: httpx.AsyncClient
) -> None:
    await world.deliver(a.stocked("S1", A=3))
    assert (await client.get("/ledger/differences")).json() == []
    await world.connection.execute("UPDATE stock SET on_hand = 4 WHERE sku = 'A'")
    assert [row["on_hand_by_ledger"] for row in (await client.get("/ledger/differences")).json()] == [3]
    await world.connection.execute("UPDATE stock SET on_hand = 3 WHERE sku = 'A'")
