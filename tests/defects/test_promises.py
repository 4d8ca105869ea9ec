"""Promises that others have broken: the same goods given twice. The issues are in README.md."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from inventory.app import SERVICE
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.topics import ORDER_EVENTS
from tsunagu.testing.fault_points import gate_at
from tsunagu.testing.harness import all_of, harness, only, record_of
from tsunagu.testing.toy.world import eventually

pytestmark = pytest.mark.component


async def test_one_sku_in_two_lines__one_piece__promised_once(shop: Any, naive: Any) -> None:
    """medusa 16502: every line is checked against stock from which the other lines have not been taken."""
    await naive.stocked("S1", 1)
    cart = [1, 1]
    enough = [await naive.available("S1") >= quantity for quantity in cart]
    assert all(enough)
    for quantity in cart:
        await naive.write("S1", quantity)
    assert await naive.available("S1") == -1, "the contender promises the piece twice"

    await shop.stocked("S1", 1)
    assert only(await shop.settle(shop.order(1, 1)), m.StockRejected)
    assert (await shop.stock())["reserved"] == 0
    hold = m.HoldStock(
        hold_id=uuid7(), location_id="S1", channel="ec", held_until=soon(), occurred_at=datetime.now(UTC),
        lines=({"sku": "A", "quantity": 1}, {"sku": "A", "quantity": 1}),
    )  # fmt: skip
    assert only(await shop.settle(hold), m.CommandRefused).reason == "out_of_stock"
    assert (await shop.stock())["available"] == 1


async def test_last_piece__two_checkouts_at_once__one_gets_it(shop: Any, naive: Any) -> None:
    """vendure 3508, magento/inventory 3036: both look before either writes."""
    await naive.stocked("S1", 1)
    async with naive.another() as other:
        looked = [await shopper.available("S1") for shopper in (naive, other)]
        assert looked == [1, 1]
        for shopper in (naive, other):
            await shopper.write("S1", 1)
    assert await naive.available("S1") == -1, "the contender sells the last piece twice"

    await shop.stocked("S1", 1)
    async with harness(SERVICE, shop.url) as other_process, gate_at("rows_locked") as gate:
        first = asyncio.create_task(
            shop.running.deliver_records(ORDER_EVENTS, [record_of(shop.order(1))], partition=0)
        )
        await gate.reached.wait()
        second = asyncio.create_task(
            other_process.deliver_records(ORDER_EVENTS, [record_of(shop.order(1))], partition=1)
        )
        await eventually(lambda: somebody_waits(shop.url), "the second checkout waits for the first")
        gate.opened.set()
        await asyncio.gather(first, second)
        out = await shop.running.work_due()
    assert (len(all_of(out, m.StockReserved)), len(all_of(out, m.StockRejected))) == (1, 1)
    stock = await shop.stock()
    assert (stock["reserved"], stock["available"]) == (1, 0)


async def test_promise_moves__to_a_store_that_has_less__the_store_promises_no_more_than_it_has(
    shop: Any, naive: Any
) -> None:
    """medusa 16488: what is checked is how the quantity changes, and a move does not change it."""
    await naive.stocked("S1", 10)
    await naive.stocked("S2", 1)
    await naive.write("S1", 10)
    quantity_change = 10 - 10
    assert await naive.available("S2") >= quantity_change
    await naive.count("S1", -10)
    await naive.count("S2", 10)
    assert await naive.available("S2") == -9, "the contender promises nine pieces that S2 does not have"

    await shop.stocked("S1", 10)
    await shop.stocked("S2", 1)
    order = shop.order(10)
    held = only(await shop.settle(order), m.StockReserved).allocations
    out = await shop.settle(shop.moved(order, "S2", held))
    assert only(out, m.StockRejected)
    assert (await shop.stock("S1"))["available"] == 10
    assert (await shop.stock("S2"))["available"] == 1


async def test_reserved_counter__one_reservation_ended_twice__is_what_its_rows_add_up_to(
    shop: Any, naive: Any
) -> None:
    """medusa 12401: two workflows end one reservation, and each takes the counter down."""
    await naive.stocked("S1", 5)
    reservation_id = await naive.write("S1", 2)
    for _ in ("the fulfilment", "the clean-up after it"):
        await naive.connection.execute("DELETE FROM reservation WHERE reservation_id = $1", reservation_id)
        await naive.count("S1", -2)
    assert await naive.reserved("S1") == -2, "the contender's counter falls below zero"

    await shop.stocked("S1", 5)
    order = shop.order(2)
    await shop.settle(order)
    assert (await shop.stock())["reserved"] == 2
    # Once more under an id of its own, and once more by another cause: each would take the counter down.
    rejected = m.OrderRejected(
        order_id=order.order_id, version=4, channel="ec", reason="out_of_stock", occurred_at=datetime.now(UTC),
        lines=order.lines,
    )  # fmt: skip
    await shop.settle(shop.cancelled(order), shop.cancelled(order))
    await shop.settle(rejected)
    stock = await shop.stock()
    assert (stock["reserved"], stock["available"]) == (0, 5)
    with pytest.raises(asyncpg.CheckViolationError):
        await shop.running.connection.execute("UPDATE stock SET reserved = reserved - 2 WHERE sku = 'A'")


async def test_reserved_counter__written_past_the_program__is_named_and_the_right_figure_beside_it(
    shop: Any,
) -> None:
    """medusa 12401 again: a counter that has gone wrong stays wrong, because nothing compares it with its rows."""
    await shop.stocked("S1", 5)
    await shop.settle(shop.order(2))
    await shop.running.connection.execute("UPDATE stock SET reserved = 3 WHERE sku = 'A'")
    (found,) = await shop.differences()
    assert (found["location_id"], found["reserved"], found["reserved_by_allocations"]) == ("S1", 3, 2)
    await shop.running.connection.execute("UPDATE stock SET reserved = 2 WHERE sku = 'A'")


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=10)


def somebody_waits(url: str) -> Awaitable[bool]:
    async def ask() -> bool:
        connection = await asyncpg.connect(url)
        try:
            return bool(
                await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
            )
        finally:
            await connection.close()

    return ask()
