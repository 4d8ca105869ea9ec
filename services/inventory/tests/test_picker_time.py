"""A store's capacity is respected when orders are promised, across batches, until pickup counts them itself."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from inventory.settings import settings
from inventory.sql import SQL
from tsunagu.contracts import messages as m
from tsunagu.contracts.topics import ORDER_EVENTS
from tsunagu.contracts.values import CapacitySlot
from tsunagu.testing.harness import all_of, only, record_of

pytestmark = [pytest.mark.component, pytest.mark.wide]
MINUTES = 60.0
"""What the pickers of S1 can do in an hour, in these tests."""


@pytest.fixture(autouse=True)
def two_minutes_a_line(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As it is by default, said here since the tests count with it."""
    monkeypatch.setenv("TSUNAGU_INVENTORY_PICK_MINUTES_PER_LINE", "2")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def capacity(a: Any, *minutes: float, version: int = 1, after: float = 0.0) -> m.PickCapacity:
    """News of S1, `after` seconds from now, with so many minutes in each of the next hours."""
    hour = a.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    ahead = tuple(
        CapacitySlot(until=hour + timedelta(hours=place), minutes_left=each)
        for place, each in enumerate(minutes)
    )
    return m.PickCapacity(
        location_id="S1", version=version, open=True, minutes_left_today=sum(minutes),
        minutes_left_this_hour=minutes[0], as_of=a.now() + timedelta(seconds=after), ahead=ahead,
    )  # fmt: skip


async def promised(world: Any, a: Any, orders: int) -> list[datetime]:
    """When so many orders of one line each are ready, which come as one batch."""
    out = await world.deliver(*(a.order([("A", 1)]) for _ in range(orders)))
    return [each.ready_by for each in all_of(out, m.StockReserved)]


async def test_place__a_thousand_orders_at_one_store__no_hour_has_more_than_its_minutes(
    world: Any, a: Any
) -> None:
    news = capacity(a, *[MINUTES] * 40)
    await world.deliver(a.stocked("S1", A=1000), news)
    ready = [each for _ in range(10) for each in await promised(world, a, 100)]
    per_slot: Counter[datetime] = Counter()
    for each in ready:
        per_slot[min(slot.until for slot in news.ahead if slot.until >= each)] += 2
    assert sum(per_slot.values()) == 2000
    work = 0.0
    for number, slot in enumerate(news.ahead, start=1):
        work += per_slot[slot.until]
        assert work <= number * MINUTES
    assert max(per_slot) == news.ahead[33].until, "a thousand orders fill 34 hours, not more"


async def test_place__a_batch_of_many_stores_orders__is_one_statement_more_than_without_capacity(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=1000))

    async def statements(orders: int) -> list[str]:
        asked: list[str] = []

        def note(record: Any) -> None:
            asked.append(record.query)

        batch = [record_of(a.order([("A", 1)])) for _ in range(orders)]
        world.connection.add_query_logger(note)
        try:
            await world.running.deliver_records(ORDER_EVENTS, batch)
        finally:
            world.connection.remove_query_logger(note)
        return [query for query in asked if query.startswith("-- name")]

    await statements(1)  # the first batch of a connection also asks what the types are
    without = await statements(20)
    await world.deliver(capacity(a, *[MINUTES] * 40))
    await statements(1)
    few, many = await statements(2), await statements(20)
    assert len(few) == len(many) == len(without) + 1
    assert [query for query in many if query not in without] == [SQL.note_picker_time]


async def test_capacity__news_that_count_what_was_promised__its_minutes_are_taken_once(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=100), capacity(a, *[MINUTES] * 5))
    first = await promised(world, a, 30)
    await world.connection.execute("UPDATE picker_time SET promised_at = promised_at - interval '1 minute'")
    await world.deliver(capacity(a, 0.0, *[MINUTES] * 4, version=2))
    assert await world.connection.fetchval("SELECT count(*) FROM picker_time") == 0
    (next_one,) = await promised(world, a, 1)
    assert next_one >= max(first)
    assert await world.connection.fetchval("SELECT sum(minutes) FROM picker_time") == 2


async def test_capacity__news_that_may_not_count_what_was_just_promised__it_stays_noted(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=100), capacity(a, *[4.0] * 20))
    await promised(world, a, 2)
    await world.deliver(capacity(a, *[4.0] * 20, version=2))
    assert await world.connection.fetchval("SELECT sum(minutes) FROM picker_time") == 4


async def test_source__from_elsewhere__notes_the_minutes_of_who_gives_it(world: Any, a: Any) -> None:
    news = capacity(a, *[MINUTES] * 5).model_copy(update={"location_id": "S2"})
    await world.deliver(a.stocked("S2", A=5, B=5), news)
    reserved = only(await world.settle(a.order([("A", 1), ("B", 1)])), m.StockReserved)
    assert {each.location_id for each in reserved.allocations} == {"S2"}
    noted = await world.connection.fetch("SELECT location_id, minutes FROM picker_time")
    assert [tuple(each) for each in noted] == [("S2", 4.0)]
