"""The ledger: the database adds it up and guards it, and it answers for any two times."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.app import SERVICE
from inventory.http import routes
from inventory.sql import SQL
from tsunagu.chassis import Runtime
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.ids import uuid7

pytestmark = pytest.mark.component

EXAMPLES = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BEGINNING = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


class Movement(NamedTuple):
    """Seconds after BEGINNING at which it happened and was recorded, and what it moved."""

    happened: int
    recorded: int
    quantity: int
    staged: int


OPENING = Movement(0, 0, 5, 50)  # staged stays above zero, whatever is drawn
seconds = st.integers(0, 6)  # few, so that several movements share a time
movements = st.lists(
    st.builds(Movement, seconds, seconds, st.integers(-9, 9), st.integers(-2, 2)).filter(
        lambda movement: movement.quantity or movement.staged
    ),
    max_size=12,
)


@pytest.fixture
async def client(world: Any) -> AsyncIterator[httpx.AsyncClient]:
    runtime = Runtime(SERVICE, ChassisSettings(database_url=world.url))
    async with asyncpg.create_pool(world.url, min_size=1, max_size=1) as pool:
        runtime.pool = pool
        transport = httpx.ASGITransport(app=routes(runtime))
        async with httpx.AsyncClient(transport=transport, base_url="http://inventory") as client:
            yield client


async def booked(world: Any, movements: Sequence[Movement]) -> str:
    """A new location with these movements of SKU A, made by one statement; returns its id."""
    location = f"M{uuid7()}"
    await world.connection.execute(SQL.insert_missing_stock, [location], ["A"])
    await world.connection.execute(
        "INSERT INTO movement (location_id, sku, type, quantity, staged, document_id, message_id, occurred_at,"
        " recorded_at) SELECT $1, 'A', 'adjustment', q, s, 'D', 'M', h, r"
        " FROM unnest($2::integer[], $3::integer[], $4::timestamptz[], $5::timestamptz[]) AS m (q, s, h, r)",
        location,
        [movement.quantity for movement in movements],
        [movement.staged for movement in movements],
        [at(movement.happened) for movement in movements],
        [at(movement.recorded) for movement in movements],
    )
    return location


def at(second: int) -> datetime:
    return BEGINNING + timedelta(seconds=second)


def counting(movements: Sequence[Movement], happened_by: int | None, known_by: int | None) -> list[Movement]:
    """The model: the movements that count, in the order in which they were recorded."""
    return sorted(
        (
            movement
            for movement in movements
            if (happened_by is None or movement.happened <= happened_by)
            and (known_by is None or movement.recorded <= known_by)
        ),
        key=lambda movement: movement.recorded,  # stable: the rest by the order of booking
    )


@EXAMPLES
@given(movements, st.none() | seconds, st.none() | seconds, st.integers(1, 5))
async def test_history__any_movements_and_any_two_times__is_the_models(
    world: Any,
    client: httpx.AsyncClient,
    movements: list[Movement],
    happened_by: int | None,
    known_by: int | None,
    limit: int,
) -> None:
    everything = [OPENING, *movements]
    location = await booked(world, everything)
    expected = counting(everything, happened_by, known_by)
    on_hand, staged = sum(m.quantity for m in expected), sum(m.staged for m in expected)
    asked = {"happened_by": happened_by, "known_by": known_by}
    times = {name: at(second).isoformat() for name, second in asked.items() if second is not None}

    balance = (await client.get(f"/stock/{location}/A/balance", params=times)).json()
    assert (balance["on_hand"], balance["staged"], balance["movements"]) == (on_hand, staged, len(expected))
    if not times:
        row = await world.stock(location, "A")
        assert (row["on_hand"], row["staged"]) == (on_hand, staged)

    shown: list[dict[str, Any]] = []
    place: str | None = None
    while not shown or place is not None:
        parameters = times | {"limit": str(limit)} | ({"before": place} if place is not None else {})
        page = (await client.get(f"/stock/{location}/A/history", params=parameters)).json()
        assert (page["on_hand"], page["staged"]) == (on_hand, staged)
        assert len(page["history"]) == min(limit, len(expected) - len(shown))
        shown += page["history"]
        place = page["next"]
    assert len(shown) == len(expected)
    for number, row in enumerate(reversed(shown), 1):
        so_far = expected[:number]
        assert (row["quantity"], row["staged"]) == (so_far[-1].quantity, so_far[-1].staged)
        assert row["on_hand_after"] == sum(m.quantity for m in so_far)
        assert row["staged_after"] == sum(m.staged for m in so_far)
    assert (shown[0]["on_hand_after"], shown[0]["staged_after"]) == (on_hand, staged)


async def test_balance__late_sale_before_a_count__reads_as_the_docs_say(
    world: Any, a: Any, client: httpx.AsyncClient
) -> None:
    """The example of docs/stock-history.md."""

    async def on_hand(**times: datetime) -> int:
        parameters = {name: time.isoformat() for name, time in times.items()}
        return int((await client.get("/stock/S1/A/balance", params=parameters)).json()["on_hand"])

    await world.deliver(a.stocked("S1", A=10))
    counted_at = a.now(-20)
    await world.deliver(a.count("S1", {"A": 8}, counted_at=counted_at))
    before_the_sale_came = datetime.now(UTC)
    await world.deliver(a.sale("S1", [("A", 1)], occurred_at=a.now(-30)))

    assert await on_hand() == 8, "the count had seen the sale"
    assert await on_hand(known_by=before_the_sale_came) == 8
    assert await on_hand(happened_by=a.now(-25)) == 10, (
        "the sale and what it gives back are as old as each other"
    )
    assert await on_hand(happened_by=counted_at) == 8
    assert await on_hand(happened_by=a.now(-25), known_by=before_the_sale_came) == 10
    answer = (await client.get("/stock/S1/A/history")).json()
    assert [(row["type"], row["quantity"], row["on_hand_after"]) for row in answer["history"]] == [
        ("count_correction", 1, 8), ("sale", -1, 7), ("count", -2, 8), ("adjustment", 10, 10),
    ]  # fmt: skip


# The database's own guard


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'A'",
        "UPDATE stock SET staged = staged + 1 WHERE sku = 'A'",
        "UPDATE stock SET sku = 'B' WHERE sku = 'A'",
        "DELETE FROM stock WHERE sku = 'A'",
        "INSERT INTO stock (location_id, sku, on_hand) VALUES ('S9', 'A', 1)",
        "INSERT INTO stock (location_id, sku, on_hand) VALUES ('S1', 'A', 4)"
        " ON CONFLICT (location_id, sku) DO UPDATE SET on_hand = excluded.on_hand",
        "UPDATE movement SET quantity = 4",
        "UPDATE movement SET occurred_at = now()",
        "DELETE FROM movement",
    ],
)
async def test_tampered_write__is_refused_by_the_database(world: Any, a: Any, statement: str) -> None:
    await world.deliver(a.stocked("S1", A=3))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await world.connection.execute(statement)
    assert "AdjustStock" in (refused.value.hint or "")
    assert (await world.stock("S1", "A"))["on_hand"] == 3


async def test_movement__added_by_hand__is_in_the_balance_at_once(world: Any, a: Any) -> None:
    """The world's fixture compares the balance with the ledger afterwards."""
    await world.deliver(a.stocked("S1", A=3))
    version = (await world.stock("S1", "A"))["version"]
    await world.connection.execute(
        "INSERT INTO movement (location_id, sku, type, quantity, staged, document_id, message_id, occurred_at,"
        " recorded_at) VALUES ('S1', 'A', 'adjustment', 2, 1, 'D', 'M', now(), now())"
    )
    row = await world.stock("S1", "A")
    assert (row["on_hand"], row["staged"], row["available"], row["version"]) == (5, 1, 4, version + 1)


async def test_movement__of_a_row_that_is_not_there__is_refused(world: Any) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await world.connection.execute(
            "INSERT INTO movement (location_id, sku, type, quantity, staged, document_id, message_id, occurred_at,"
            " recorded_at) VALUES ('S1', 'never', 'adjustment', 2, 0, 'D', 'M', now(), now())"
        )
    assert not await world.connection.fetchval("SELECT count(*) FROM movement")
