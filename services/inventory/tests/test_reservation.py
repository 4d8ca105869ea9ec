"""An order's stock, from placed to handed over, on a real PostgreSQL."""

import asyncio
from datetime import datetime, time, timedelta
from typing import Any

import asyncpg
import pytest

from inventory.app import SERVICE
from tsunagu.chassis import KeysMoved
from tsunagu.contracts import messages as m
from tsunagu.contracts.topics import ORDER_EVENTS
from tsunagu.contracts.values import JAPAN, CapacitySlot
from tsunagu.testing.fault_points import gate_at
from tsunagu.testing.harness import all_of, harness, only, record_of

pytestmark = pytest.mark.component


async def test_place__own_shelf_has_it_all__reserved_at_once(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=3, B=2))
    order = a.order([("A", 2), ("B", 1)])
    out = await world.deliver(order)
    reserved = only(out, m.StockReserved)
    assert reserved.allocation_version == 1
    assert {(x.line_id, x.sku, x.quantity, x.location_id) for x in reserved.allocations} == {
        ("L1", "A", 2, "S1"),
        ("L2", "B", 1, "S1"),
    }
    assert reserved.ready_by > a.now()
    assert reserved.explanation
    assert await world.available("S1", "A") == 1
    told = {x.sku: x.available for x in all_of(out, m.Availability)}
    assert told == {"A": 1, "B": 1}


async def test_place__somebody_else_hears_of_the_order_meanwhile__the_batch_is_begun_again(
    world: Any, a: Any
) -> None:
    """A new order is not locked beforehand, for there is no row to lock: whoever writes it first wins."""
    await world.deliver(a.stocked("S1", A=3))
    order = a.order([("A", 2)])
    other = await asyncpg.connect(world.url)
    try:
        async with gate_at("rows_locked") as gate:
            placing = asyncio.create_task(world.deliver(order))
            await gate.reached.wait()
            await other.execute("INSERT INTO orders (order_id) VALUES ($1)", order.order_id)
            gate.opened.set()
            with pytest.raises(KeysMoved):
                await placing
    finally:
        await other.close()
    assert await world.available("S1", "A") == 3, "nothing is promised by a batch that is begun again"
    assert only(await world.deliver(order), m.StockReserved).order_id == order.order_id
    assert await world.available("S1", "A") == 1


async def test_place__two_orders_for_the_last_unit_in_one_batch__only_the_first_gets_it(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=1))
    first, second = a.order([("A", 1)]), a.order([("A", 1)])
    out = await world.settle(first, second)
    assert only(out, m.StockReserved).order_id == first.order_id
    rejected = only(out, m.StockRejected)
    assert rejected.order_id == second.order_id
    assert rejected.reason == "out_of_stock"
    assert [(line.line_id, line.quantity) for line in rejected.short_lines] == [("L1", 1)]
    assert await world.available("S1", "A") == 0


async def test_place__same_sku_twice__summed(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=3))
    out = await world.settle(a.order([("A", 2), ("A", 2)]))
    assert only(out, m.StockRejected).reason == "out_of_stock"
    assert await world.available("S1", "A") == 3


async def test_place__own_shelf_lacks_a_line__nearest_store_that_has_it_all_gives_it(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=1), a.stocked("S2", B=1), a.stocked("S3", B=9, C=9))
    out = await world.settle(a.order([("A", 1), ("B", 1), ("C", 1)]))
    reserved = only(out, m.StockReserved)
    assert {(x.sku, x.location_id) for x in reserved.allocations} == {("A", "S1"), ("B", "S3"), ("C", "S3")}
    assert "S3" in reserved.explanation
    assert reserved.ready_by > a.now(3600)


async def test_place__no_single_source__split_over_several(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1), a.stocked("S2", A=1), a.stocked("S3", A=2))
    out = await world.settle(a.order([("A", 4)]))
    reserved = only(out, m.StockReserved)
    assert {(x.location_id, x.quantity) for x in reserved.allocations} == {("S1", 1), ("S2", 1), ("S3", 2)}


async def test_place__others_take_what_was_planned_meanwhile__another_store_gives_it(
    world: Any, a: Any
) -> None:
    """Seen without locks, promised with them: what a plan counted on may be gone by then."""
    await world.settle(a.stocked("S2", A=1), a.stocked("S3", A=1))
    order = a.order([("A", 1)])
    assert not all_of(await world.deliver(order), m.StockReserved)
    async with harness(SERVICE, world.url) as other, gate_at("due_keys_read") as gate:
        sourcing = asyncio.create_task(world.settle())
        await gate.reached.wait()
        await other.deliver_records(ORDER_EVENTS, [record_of(a.order([("A", 1)], at="S2"))], partition=1)
        gate.opened.set()
        out = await sourcing
    (reserved,) = [one for one in all_of(out, m.StockReserved) if one.order_id == order.order_id]
    assert [(one.location_id, one.quantity) for one in reserved.allocations] == [("S3", 1)]
    assert (await world.available("S2", "A"), await world.available("S3", "A")) == (0, 0)


async def test_place__the_order_wants_less_than_was_planned__it_is_looked_at_anew(world: Any, a: Any) -> None:
    """Whoever changes what an order lacks has it sourced anew by that; should one forget it, no old plan counts."""
    await world.settle(a.stocked("S2", A=1, B=1))
    order = a.order([("A", 1), ("B", 1)])
    await world.deliver(order)
    async with gate_at("due_keys_read") as gate:
        sourcing = asyncio.create_task(world.settle())
        await gate.reached.wait()
        await world.connection.execute("UPDATE orders SET wanted = jsonb_build_array(wanted -> 0)")
        gate.opened.set()
        out = await sourcing
    assert [one.sku for one in only(out, m.StockReserved).allocations] == ["A"]
    assert await world.available("S2", "B") == 1


async def test_place__ship__nearest_location_that_has_it_all(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=1, B=1), a.stocked("S1", A=5))
    reserved = only(await world.settle(a.order([("A", 1), ("B", 1)], at=None)), m.StockReserved)
    assert {x.location_id for x in reserved.allocations} == {"S2"}


async def test_place__allow_partial__lines_that_can_be_had_whole(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2), a.stocked("S2", B=1))
    out = await world.settle(a.order([("A", 2), ("B", 2)], allow_partial=True))
    reserved = only(out, m.StockReserved)
    assert [(x.sku, x.quantity) for x in reserved.allocations] == [("A", 2)]
    assert [(x.sku, x.quantity) for x in reserved.short_lines] == [("B", 2)]
    assert await world.available("S2", "B") == 1


async def test_place__no_lane_from_the_source__not_sourced_there(world: Any, a: Any) -> None:
    await world.deliver(a.location("W1"), a.stocked("W1", A=5))
    assert only(await world.settle(a.order([("A", 1)])), m.StockRejected).reason == "out_of_stock"
    await world.deliver(a.lane("W1", "S1"))
    assert only(await world.settle(a.order([("A", 1)])), m.StockReserved)


@pytest.mark.parametrize(
    ("sku", "at", "reason"), [("X", "S1", "unknown_sku"), ("A", "S9", "unknown_location")]
)
async def test_place__unknown_sku_or_location__rejected(
    world: Any, a: Any, sku: str, at: str, reason: str
) -> None:
    await world.deliver(a.stocked("S1", A=1))
    out = await world.settle(a.order([(sku, 1)], at=at))
    assert only(out, m.StockRejected).reason == reason
    assert await world.stock(at, sku) == {} or sku == "A"


async def test_place__pickup_paused__rejected_with_the_reason(world: Any, a: Any) -> None:
    paused = m.PickCapacity(
        location_id="S1", version=1, open=False, reason="staff", minutes_left_today=0.0,
        minutes_left_this_hour=0.0, as_of=a.now(),
    )  # fmt: skip
    await world.deliver(a.stocked("S1", A=1), paused)
    assert only(await world.settle(a.order([("A", 1)])), m.StockRejected).reason == "pickup_paused"


def slot(a: Any, days: int, minutes: float) -> CapacitySlot:
    """Minutes until a midnight in Japan, so many days from now."""
    day = a.now().astimezone(JAPAN).date() + timedelta(days=days)
    return CapacitySlot(until=datetime.combine(day, time(), JAPAN), minutes_left=minutes)


async def test_place__day_is_full__ready_by_moves_to_another_day(world: Any, a: Any) -> None:
    full = m.PickCapacity(
        location_id="S1",
        version=1,
        open=True,
        minutes_left_today=1.0,
        minutes_left_this_hour=1.0,
        as_of=a.now(),
        ahead=(slot(a, 1, 1.0), slot(a, 2, 600.0)),
    )
    await world.deliver(a.stocked("S1", A=2))
    before = only(await world.deliver(a.order([("A", 1)])), m.StockReserved)
    await world.deliver(full)
    after = only(await world.deliver(a.order([("A", 1)])), m.StockReserved)
    assert after.ready_by.astimezone(JAPAN).date() > a.now().astimezone(JAPAN).date()
    assert before.ready_by < after.ready_by


async def test_source__while_other_orders_take_the_same_shelf__nothing_is_promised_twice(
    world: Any, a: Any
) -> None:
    """Two connections want the same rows at the same time: one in a batch, one in due work."""
    await world.deliver(a.stocked("S2", A=12, B=12))
    async with harness(SERVICE, world.url) as other:
        for _ in range(4):
            far = [a.order([("A", 1), ("B", 1)]) for _ in range(3)]
            near = [a.order([("B", 1), ("A", 1)], at="S2") for _ in range(3)]
            await world.running.deliver_records(ORDER_EVENTS, [record_of(order) for order in far])
            batch = world.running.deliver_records(ORDER_EVENTS, [record_of(order) for order in near])
            await asyncio.gather(batch, other.work_due())
        await world.running.work_due()
    stock = await world.stock("S2", "A")
    assert (stock["reserved"], stock["available"]) == (12, 0)


async def test_cancel__reserved_goods__free_at_once(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2))
    order = a.order([("A", 2)])
    await world.deliver(order)
    out = await world.deliver(a.cancelled(order.order_id, [("L1", "A", 2)]))
    released = only(out, m.StockReleased)
    assert [(x.sku, x.quantity, x.location_id) for x in released.lines] == [("A", 2, "S1")]
    assert await world.available("S1", "A") == 2


async def test_cancel__one_line_of_two__the_other_stays_held(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2, B=1))
    order = a.order([("A", 2), ("B", 1)])
    await world.deliver(order)
    await world.deliver(a.cancelled(order.order_id, [("L1", "A", 2)], order_finished=False))
    assert await world.available("S1", "A") == 2
    assert await world.available("S1", "B") == 0


async def test_cancel__before_it_was_sourced__nothing_is_reserved_any_more(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=1))
    order = a.order([("A", 1)])
    await world.deliver(order)
    out = await world.settle(a.cancelled(order.order_id, [("L1", "A", 1)]))
    assert not all_of(out, m.StockReserved)
    assert await world.available("S2", "A") == 1


async def test_cancel__staged_goods__available_only_after_put_away(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1))
    order = a.order([("A", 1)])
    held = only(await world.deliver(order), m.StockReserved).allocations[0]
    await world.deliver(a.picked(order.order_id, held))
    await world.deliver(a.cancelled(order.order_id, [("L1", "A", 1)]))
    assert await world.available("S1", "A") == 0
    back = m.PutAwayCompleted(
        order_id=order.order_id, version=2, location_id="S1", put_away_id="P1", lines=(a.line_of(held),),
        occurred_at=a.now(),
    )  # fmt: skip
    await world.deliver(back)
    assert await world.available("S1", "A") == 1
    assert (await world.stock("S1", "A"))["staged"] == 0


async def test_put_away__before_the_cancellation_is_heard__same_result(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1))
    order = a.order([("A", 1)])
    held = only(await world.deliver(order), m.StockReserved).allocations[0]
    await world.deliver(a.picked(order.order_id, held))
    back = m.PutAwayCompleted(
        order_id=order.order_id, version=2, location_id="S1", put_away_id="P1", lines=(a.line_of(held),),
        occurred_at=a.now(),
    )  # fmt: skip
    out = await world.settle(back, a.cancelled(order.order_id, [("L1", "A", 1)]))
    assert await world.available("S1", "A") == 1
    assert not all_of(out, m.StockReserved)


async def test_collect__picked_goods__issued_and_off_the_books(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2))
    order = a.order([("A", 2)])
    held = only(await world.deliver(order), m.StockReserved).allocations[0]
    await world.deliver(a.picked(order.order_id, held))
    out = await world.deliver(a.collected(order.order_id, "S1", [a.line_of(held)]))
    issued = only(out, m.StockIssued)
    assert [(x.sku, x.quantity, x.allocation_id) for x in issued.lines] == [("A", 2, held.allocation_id)]
    stock = await world.stock("S1", "A")
    assert (stock["on_hand"], stock["staged"], stock["reserved"]) == (0, 0, 0)


async def test_collect__second_half_of_a_double_handover__issues_nothing(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1))
    order = a.order([("A", 1)])
    held = only(await world.deliver(order), m.StockReserved).allocations[0]
    await world.deliver(a.collected(order.order_id, "S1", [a.line_of(held)]))
    out = await world.deliver(a.collected(order.order_id, "S1", [], receipt_id="R-1", proof="receipt"))
    assert not all_of(out, m.StockIssued)
    assert (await world.stock("S1", "A"))["on_hand"] == 0


async def test_collect__after_no_show_and_put_away__booked_all_the_same(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1))
    order = a.order([("A", 1)])
    held = only(await world.deliver(order), m.StockReserved).allocations[0]
    await world.deliver(a.picked(order.order_id, held), a.cancelled(order.order_id, [("L1", "A", 1)]))
    out = await world.deliver(a.collected(order.order_id, "S1", [a.line_of(held)], after_close=True))
    assert only(out, m.StockIssued).after_close
    stock = await world.stock("S1", "A")
    assert (stock["on_hand"], stock["staged"]) == (0, 0)


async def test_change__to_another_store__allocated_anew_from_there(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1), a.stocked("S2", A=1))
    order = a.order([("A", 1)])
    held = only(await world.deliver(order), m.StockReserved).allocations
    changed = m.OrderChanged(
        order_id=order.order_id, version=3, channel="ec", change_id="C1", occurred_at=a.now(),
        groups=({"group_id": "G2", "method": "pickup", "location_id": "S2"},),
        lines=(a.order_line("L1", "A", 1, "G2"),), changed_line_ids=("L1",), ended_allocations=held,
    )  # fmt: skip
    out = await world.settle(changed)
    reserved = only(out, m.StockReserved)
    assert (reserved.cause, reserved.allocation_version) == ("changed", 2)
    assert [x.location_id for x in reserved.allocations] == ["S2"]
    assert await world.available("S1", "A") == 1


async def test_change__while_a_part_is_handed_over__only_the_rest_is_allocated(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2), a.stocked("S2", A=3))
    order = a.order([("A", 2)])
    held = only(await world.deliver(order), m.StockReserved).allocations[0]
    await world.deliver(a.collected(order.order_id, "S1", [a.line_of(held, 1)]))
    changed = m.OrderChanged(
        order_id=order.order_id, version=3, channel="ec", change_id="C1", occurred_at=a.now(),
        groups=({"group_id": "G2", "method": "pickup", "location_id": "S2"},),
        lines=(a.order_line("L1", "A", 1, "G2"),), changed_line_ids=("L1",),
        ended_allocations=(held.model_copy(update={"quantity": 1}),),
    )  # fmt: skip
    reserved = only(await world.settle(changed), m.StockReserved)
    assert [(x.location_id, x.quantity) for x in reserved.allocations] == [("S2", 1)]
    assert (await world.stock("S1", "A"))["reserved"] == 0


async def test_change__nothing_is_missing__answered_all_the_same(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1))
    order = a.order([("A", 1)])
    await world.deliver(order)
    changed = m.OrderChanged(
        order_id=order.order_id, version=3, channel="ec", change_id="C1", occurred_at=a.now(), groups=order.groups,
        lines=order.lines, changed_line_ids=("L1",),
    )  # fmt: skip
    assert only(await world.settle(changed), m.StockReserved).allocation_version == 2


async def test_parcel__shipped__stock_issued_with_its_id(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1))
    order = a.order([("A", 1)], at=None)
    held = only(await world.settle(order), m.StockReserved).allocations[0]
    parcel = m.ParcelShipped(
        order_id=order.order_id, version=2, parcel_id="P1", location_id="S1", lines=(a.line_of(held),),
        carrier="yamato", occurred_at=a.now(),
    )  # fmt: skip
    assert only(await world.deliver(parcel), m.StockIssued).parcel_id == "P1"
    assert (await world.stock("S1", "A"))["on_hand"] == 0


async def test_return__damaged_goods__on_hand_and_not_available(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1))
    returned = m.ItemsReturned(
        order_id="O", version=5, channel="ec", return_id="R1", location_id="S2", payment="prepaid",
        occurred_at=a.now(),
        lines=(
            {"line_id": "L1", "sku": "A", "quantity": 1, "disposition": "damaged", "amount_jpy": 1, "tax_percent": 10},
            {"line_id": "L2", "sku": "B", "quantity": 2, "disposition": "resellable", "amount_jpy": 1,
             "tax_percent": 10},
        ),
    )  # fmt: skip
    out = await world.deliver(returned)
    assert only(out, m.StockReceived).kind == "return"
    assert (await world.stock("S2", "A"))["on_hand"] == 1
    assert await world.available("S2", "A") == 0
    assert await world.available("S2", "B") == 2
