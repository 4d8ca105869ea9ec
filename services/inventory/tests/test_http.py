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

pytestmark = [pytest.mark.component, pytest.mark.wide]


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
    answer = (await client.get("/stock/S1/A/history")).json()
    rows = answer["history"]
    assert [(row["type"], row["quantity"]) for row in rows] == [("sale", -1), ("adjustment", 3)]
    assert rows[0]["document_id"] == sale.receipt_id
    assert (answer["on_hand"], answer["movements"], answer["next"]) == (2, 2, None)
    first = (await client.get("/stock/S1/A/history?limit=1")).json()
    assert [row["type"] for row in first["history"]] == ["sale"]
    rest = (await client.get(f"/stock/S1/A/history?limit=1&before={first['next']}")).json()
    assert ([row["type"] for row in rest["history"]], rest["next"]) == (["adjustment"], None)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("limit=many", "limit is a number from 1 to 1000"),
        ("limit=0", "limit is a number from 1 to 1000"),
        (f"limit={'9' * 5000}", "limit is a number from 1 to 1000"),
        ("limit=%C2%B2", "limit is a number from 1 to 1000"),
        ("before=yesterday", "before is what `next` said"),
        (f"before={'9' * 17}-1", "before is what `next` said"),
        ("happened_by=yesterday", "happened_by can't be read: an instant is an ISO 8601 text"),
        ("happened_by=1764018154", "happened_by can't be read: an instant is an ISO 8601 text"),
        ("known_by=2026-04-01T09:30:00", "known_by can't be read: an instant needs its offset"),
        ("known_by=2026-04-01T09:30:00%20Asia/Nowhere", "known_by can't be read"),
        ("known_by=2026-04-01T09:30:00%2B99:00", "known_by can't be read"),
        ("known_by=9998-04-01T09:30:00Z", "known_by is in the future: it is 20"),
        ("known_by=9999-12-31T23:59:59-12:00", "known_by can't be read: an instant lies between the years"),
        ("happened_by=0001-01-01T00:00:00%2B09:00", "an instant lies between the years"),
        ("happened_by=1970-01-01T08:59:59%2B09:00", "an instant lies between the years"),
    ],
)
async def test_history__a_question_that_makes_no_sense__says_why(
    client: httpx.AsyncClient, question: str, reason: str
) -> None:
    answer = await client.get(f"/stock/S1/A/history?{question}")
    assert answer.status_code == 422
    assert reason in answer.json()["detail"]


async def test_history__a_plus_sign_as_people_type_it__is_an_offset(
    world: Any, a: Any, client: httpx.AsyncClient
) -> None:
    await world.deliver(a.stocked("S1", A=3))
    answer = (await client.get("/stock/S1/A/balance?happened_by=2026-04-01T09:30:00+09:00")).json()
    assert (answer["happened_by"], answer["on_hand"]) == ("2026-04-01T00:30:00+00:00", 0)


@pytest.mark.parametrize("what", ["", "/balance", "/history"])
async def test_stock__an_id_that_can_be_none__says_so(client: httpx.AsyncClient, what: str) -> None:
    assert (await client.get(f"/stock/S1/%00{what}")).status_code == 422
    assert (await client.get(f"/stock/S:1/A{what}")).status_code == 422
    assert (await client.get(f"/stock/S1/X{what}")).status_code == 404


async def test_balance__goods_are_to_come__shown_and_no_part_of_what_can_be_promised(
    world: Any, a: Any, client: httpx.AsyncClient
) -> None:
    await world.deliver(a.stocked("S1", A=3), a.announced("S1", A=5), a.transfer_planned("S2", "S1", A=2))
    for what in ("balance", "history"):
        answer = (await client.get(f"/stock/S1/A/{what}")).json()
        shown = [answer[name] for name in ("on_hand", "incoming", "announced", "planned", "in_transit")]
        assert shown == [3, 7, 5, 2, 0]
    assert await world.available("S1", "A") == 3


async def test_differences__a_row_that_was_tampered_with__is_shown(
    world: Any, a: Any, client: httpx.AsyncClient
) -> None:
    await world.deliver(a.stocked("S1", A=3))
    assert (await client.get("/ledger/differences")).json() == {"differences": [], "next": None}
    await world.connection.execute("UPDATE stock SET reserved = 1 WHERE sku = 'A'")
    rows = (await client.get("/ledger/differences")).json()["differences"]
    assert [(row["reserved"], row["reserved_by_allocations"]) for row in rows] == [(1, 0)]
    await world.connection.execute("UPDATE stock SET reserved = 0 WHERE sku = 'A'")


async def test_differences__more_than_a_page__next_goes_on_where_it_ended(
    world: Any, a: Any, client: httpx.AsyncClient
) -> None:
    await world.deliver(a.stocked("S1", A=3, B=3), a.stocked("S2", A=3))
    await world.connection.execute("UPDATE stock SET reserved = 1")
    found: list[tuple[str, str]] = []
    question: str | None = "/ledger/differences?limit=2"
    while question is not None:
        page = (await client.get(question)).json()
        assert len(page["differences"]) <= 2
        found += [(row["location_id"], row["sku"]) for row in page["differences"]]
        question = f"/ledger/differences?limit=2&after={page['next']}" if page["next"] else None
    assert found == [("S1", "A"), ("S1", "B"), ("S2", "A")]
    assert (await client.get("/ledger/differences?limit=201")).status_code == 422
    assert (await client.get("/ledger/differences?after=S1")).status_code == 422
    await world.connection.execute("UPDATE stock SET reserved = 0")
