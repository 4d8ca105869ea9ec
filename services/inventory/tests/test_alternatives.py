"""Where a shopper could collect what their order comes up short of."""

from datetime import timedelta
from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import Alternative
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def promised(world: Any, a: Any, *lines: tuple[str, int], **values: Any) -> tuple[str, m.StockReserved]:
    """An order that S1's own shelf has in full."""
    await world.settle(a.stocked("S1", **dict(lines)))
    order = a.order(lines, **values)
    return order.order_id, only(await world.settle(order), m.StockReserved)


async def come_up_short(world: Any, a: Any, quantity: int = 1) -> list[Message]:
    """What is said after a pick at S1 finds nothing of so many pieces of A."""
    order_id, reserved = await promised(world, a, ("A", quantity))
    said: list[Message] = await world.settle(a.shorted(order_id, reserved.allocations[0], quantity))
    return said


def places(alternatives: tuple[Alternative, ...]) -> list[str]:
    return [one.location_id for one in alternatives]


async def test_short_pick__no_lane_brings_it__stores_that_have_it_are_named_the_nearest_first(
    world: Any, a: Any
) -> None:
    far, near = a.location("S4", north=9), a.location("S5", north=4)
    await world.settle(far, near, a.stocked("S4", A=1), a.stocked("S5", A=1))
    before = a.now()

    rejected = only(await come_up_short(world, a), m.StockRejected)

    assert places(rejected.alternatives) == ["S5", "S4"]
    assert all(one.ready_by >= before + timedelta(minutes=30) for one in rejected.alternatives)
    assert await world.available("S5", "A") == 1, "nothing is held there"


async def test_short_pick__of_one_line__alternatives_are_for_what_is_short_and_the_rest_is_held(
    world: Any, a: Any
) -> None:
    await world.settle(a.location("S4", north=3), a.stocked("S4", A=1))
    order_id, reserved = await promised(world, a, ("A", 1), ("B", 1))
    of_a = next(one for one in reserved.allocations if one.sku == "A")

    said = await world.settle(a.shorted(order_id, of_a, 1))

    answer = only(
        [one for one in said if isinstance(one, m.StockReserved | m.StockRejected)], m.StockRejected
    )
    assert [one.sku for one in answer.allocations] == ["B"]
    assert places(answer.alternatives) == ["S4"]


async def test_short_pick__more_stores_than_are_offered__only_the_nearest_three(world: Any, a: Any) -> None:
    for n in range(4, 9):
        await world.settle(a.location(f"S{n}", north=n), a.stocked(f"S{n}", A=2))
    assert places(only(await come_up_short(world, a), m.StockRejected).alternatives) == ["S4", "S5", "S6"]


@pytest.mark.parametrize(
    ("values", "pieces"),
    [({"pickup_enabled": False}, 2), ({"kind": "pickup_point"}, 2), ({}, 1)],
    ids=["nobody picks up there", "no shelf", "not all of it"],
)
async def test_short_pick__a_store_that_is_no_help__is_not_named(
    world: Any, a: Any, values: dict[str, Any], pieces: int
) -> None:
    await world.settle(a.location("S4", north=3, **values), a.stocked("S4", A=pieces))
    assert only(await come_up_short(world, a, 2), m.StockRejected).alternatives == ()


async def test_short_pick__a_store_that_takes_no_pickups_now__is_not_named(world: Any, a: Any) -> None:
    paused = m.PickCapacity(
        version=1,
        location_id="S4",
        open=False,
        reason="stocktaking",
        minutes_left_today=0.0,
        minutes_left_this_hour=0.0,
        as_of=a.now(),
    )
    await world.settle(a.location("S4", north=3), a.stocked("S4", A=1), paused)
    assert only(await come_up_short(world, a), m.StockRejected).alternatives == ()


async def test_short_pick__other_goods_take_the_place__nothing_is_named(world: Any, a: Any) -> None:
    await world.settle(a.location("S4", north=3), a.stocked("S4", A=1), a.stocked("S2", A=1))
    moved = only(await come_up_short(world, a), m.StockReserved)
    assert (moved.short_lines, moved.alternatives) == ((), ())


async def test_placed__out_of_stock__nobody_is_asked_and_nothing_is_named(world: Any, a: Any) -> None:
    await world.settle(a.location("S4", north=3), a.stocked("S4", A=1))
    assert only(await world.settle(a.order([("A", 1)])), m.StockRejected).alternatives == ()


async def test_two_orders__short_of_the_last_piece__both_are_told_of_it(world: Any, a: Any) -> None:
    await world.settle(a.location("S4", north=3), a.stocked("S4", A=1))
    one_id, one = await promised(world, a, ("A", 1))
    other_id, other = await promised(world, a, ("A", 1))

    said = await world.settle(
        a.shorted(one_id, one.allocations[0], 1), a.shorted(other_id, other.allocations[0], 1)
    )

    rejected = [answer for answer in said if isinstance(answer, m.StockRejected)]
    assert [places(answer.alternatives) for answer in rejected] == [["S4"], ["S4"]]
