"""When goods are promised across public holidays, on a real PostgreSQL."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from inventory.settings import settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.values import JAPAN
from tsunagu.planning import holidays, midnight
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]


@pytest.fixture
def three_holidays(monkeypatch: pytest.MonkeyPatch, a: Any) -> tuple[date, ...]:
    """Today and the two days after it are public holidays, and no others."""
    today = a.now().astimezone(JAPAN).date()
    days = tuple(today + timedelta(days=n) for n in range(3))
    monkeypatch.setattr(holidays, "public_holidays", lambda _: frozenset(days))
    return days


async def promised(world: Any, a: Any) -> datetime:
    """Until when S1 has what only S2 has; the lane leaves daily at noon and takes a day."""
    reserved: m.StockReserved = only(await world.settle(a.order([("A", 1)])), m.StockReserved)
    assert [x.location_id for x in reserved.allocations] == ["S2"]
    return reserved.ready_by


def unpacked(day: date) -> datetime:
    """When goods that are there as a day begins are received."""
    return midnight(day) + timedelta(minutes=settings().receive_minutes)


async def test_ready_by__the_lane_rests_on_holidays__a_day_after_the_first_departure_behind_them(
    world: Any, a: Any, three_holidays: tuple[date, ...]
) -> None:
    await world.deliver(a.stocked("S2", A=2))
    assert (await promised(world, a)).astimezone(JAPAN).date() in three_holidays
    await world.deliver(a.lane("S2", "S1", version=2, runs_on_holidays=False))
    assert await promised(world, a) == unpacked(three_holidays[-1] + timedelta(days=2))


async def test_ready_by__the_pickup_store_closes_on_holidays__the_day_after_them(
    world: Any, a: Any, three_holidays: tuple[date, ...]
) -> None:
    await world.deliver(a.stocked("S2", A=1), a.location("S1", version=2, opens_on_holidays=False))
    assert await promised(world, a) == unpacked(three_holidays[-1] + timedelta(days=1))


async def test_ready_by__the_source_closes_on_holidays__picked_and_sent_after_them(
    world: Any, a: Any, three_holidays: tuple[date, ...]
) -> None:
    await world.deliver(a.stocked("S2", A=1), a.location("S2", north=1, version=2, opens_on_holidays=False))
    assert await promised(world, a) == unpacked(three_holidays[-1] + timedelta(days=2))


async def test_ready_by__own_shelf_and_closed_on_holidays__picked_after_them(
    world: Any, a: Any, three_holidays: tuple[date, ...]
) -> None:
    await world.deliver(a.stocked("S1", A=1), a.location("S1", version=2, opens_on_holidays=False))
    reserved = only(await world.deliver(a.order([("A", 1)])), m.StockReserved)
    picking = timedelta(minutes=settings().pick_promise_minutes)
    assert reserved.ready_by == midnight(three_holidays[-1] + timedelta(days=1)) + picking
