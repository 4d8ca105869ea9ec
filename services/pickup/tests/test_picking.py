"""Picks that go as asked, and those that do not."""

from typing import Any

import pytest

from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import (
    ChoiceRequested,
    OrderChanged,
    PickCompleted,
    PickRequested,
    PickShorted,
    PickupReady,
    PutAwayCompleted,
    ReportShortPick,
    Task,
    TransferPlanned,
)
from tsunagu.contracts.values import FulfilmentGroup, FulfilmentMethod, ShortPickKind, TaskState
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = pytest.mark.component


def short(order: Any, quantity: int = 1) -> ReportShortPick:
    """The picker does not find that many pieces of the first line."""
    return ReportShortPick(
        short_pick_id=uuid7(),
        order_id=order.order_id,
        location_id=order.source,
        line_id="l1",
        sku=order.skus[0],
        quantity=quantity,
        kind=ShortPickKind.MISSING,
        occurred_at=order.pick().occurred_at,
    )


async def test_short_pick__ends_the_list_and_is_not_asked_for_again(pickup: Harness, a: Any) -> None:
    order = a.order(quantity=2)
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick(quantity=1))
    out = await pickup.deliver(short(order))
    assert only(out, PickShorted).allocation_id == "a1"
    assert only(out, Task).state is TaskState.DONE
    assert not all_of(out, PickupReady)


async def test_reallocated__after_a_short_pick__the_rest_is_asked_of_another_location(
    pickup: Harness, a: Any
) -> None:
    order = a.order(quantity=2)
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick(quantity=1), short(order))
    here, there = order.allocations()[0], order.allocations(a.other, "b")[0]
    out = await pickup.deliver(
        order.reallocated(here.model_copy(update={"quantity": 1}), there.model_copy(update={"quantity": 1}))
    )
    asked = only(out, PickRequested)
    assert [(each.allocation_id, each.quantity) for each in asked.allocations] == [("b1", 1)]
    assert asked.transfer_id == only(out, TransferPlanned).transfer_id


async def test_reallocated__with_the_short_promise_made_smaller__the_other_pieces_are_still_picked(
    pickup: Harness, a: Any
) -> None:
    order = a.order(quantity=2)
    await pickup.deliver(order.confirmed())
    await pickup.deliver(short(order))
    here, there = order.allocations()[0], order.allocations(a.other, "b")[0]
    await pickup.deliver(
        order.reallocated(here.model_copy(update={"quantity": 1}), there.model_copy(update={"quantity": 1}))
    )
    left = await pickup.connection.fetch("SELECT left_lines FROM task WHERE kind = 'pick' AND state = 'open'")
    assert sorted((row[0][0]["allocation_id"], row[0][0]["quantity"]) for row in left) == [
        ("a1", 1),
        ("b1", 1),
    ]


async def test_pick__for_a_promise_that_has_moved__the_goods_are_kept(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    out = await pickup.deliver(order.reallocated(*order.allocations(a.other, "b")))
    assert only(out, PickRequested).location_id == a.other
    late = await pickup.deliver(order.pick(allocation_id="a1"))
    assert only(late, PickCompleted).allocation_id == "a1"
    only(late, PickupReady)
    ended = [task for task in all_of(late, Task) if task.location_id == a.other]
    assert [task.state for task in ended] == [TaskState.CANCELLED]


async def test_pick__of_more_than_was_asked__the_rest_is_put_away_after_a_look(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    out = await pickup.deliver(order.pick(quantity=3))
    assert only(out, PickCompleted).quantity == 3
    assert [line.quantity for line in only(out, PickupReady).lines] == [1]
    task = next(task for task in all_of(out, Task) if task.kind == "discrepancy")
    assert [line.quantity for line in task.lines] == [2]
    done = await pickup.deliver(order.put_away(2))
    only(done, PutAwayCompleted)
    assert only(done, Task).state is TaskState.DONE


async def test_pick__of_another_sku__does_not_count_for_the_line(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    out = await pickup.deliver(order.pick(sku="SHOE"))
    assert not all_of(out, PickupReady)
    task = next(task for task in all_of(out, Task) if task.kind == "discrepancy")
    assert [(line.sku, line.quantity) for line in task.lines] == [("SHOE", 1)]


async def test_choice__for_pieces_that_cant_be_had__the_rest_goes_on(pickup: Harness, a: Any) -> None:
    order = a.order(skus=("SHIRT", "SHOE"))
    await pickup.deliver(order.confirmed())
    await pickup.deliver(short(order))
    assert not all_of(await pickup.deliver(order.pick(1)), PickupReady)
    choice = ChoiceRequested(
        **order.head(), lines=order.lines()[:1], options=(), answer_by=order.confirmed().ready_by
    )
    ready = only(await pickup.deliver(choice), PickupReady)
    assert [line.line_id for line in ready.lines] == ["l2"]


async def test_changed__to_a_parcel__what_was_staged_is_put_away(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    group = FulfilmentGroup(group_id="g2", method=FulfilmentMethod.SHIP, prefecture="JP-13")
    line = order.lines()[0].model_copy(update={"group_id": "g2"})
    out = await pickup.deliver(
        OrderChanged(
            **order.head(),
            change_id=uuid7(),
            groups=(group,),
            lines=(line,),
            changed_line_ids=("l1",),
            ended_allocations=order.allocations(),
        )
    )
    assert {(task.kind, task.state, task.location_id) for task in all_of(out, Task)} == {
        ("put_away", TaskState.OPEN, a.shop),
        ("hand_over", TaskState.CANCELLED, a.shop),
    }


async def test_changed__from_a_parcel_to_pickup__nobody_packs_it_any_more(pickup: Harness, a: Any) -> None:
    order = a.order(method=FulfilmentMethod.SHIP, source=a.warehouse)
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    group = FulfilmentGroup(group_id="g1", method=FulfilmentMethod.PICKUP, location_id=a.shop)
    out = await pickup.deliver(
        OrderChanged(
            **order.head(),
            change_id=uuid7(),
            groups=(group,),
            lines=order.lines(),
            changed_line_ids=("l1",),
            ended_allocations=order.allocations(),
        )
    )
    tasks = {task.kind: task.state for task in all_of(out, Task)}
    assert tasks == {"ship_parcel": TaskState.CANCELLED, "put_away": TaskState.OPEN}


async def test_changed__for_part_of_a_line__the_rest_is_still_picked_up(pickup: Harness, a: Any) -> None:
    order = a.order(quantity=3)
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    parcel = FulfilmentGroup(group_id="g2", method=FulfilmentMethod.SHIP, prefecture="JP-13")
    kept = order.lines(1)[0]
    part = order.lines(2)[0].model_copy(update={"line_id": "l1b", "group_id": "g2"})
    out = await pickup.deliver(
        OrderChanged(
            **order.head(),
            change_id=uuid7(),
            groups=(*order.groups, parcel),
            lines=(kept, part),
            changed_line_ids=("l1b",),
            ended_allocations=(order.allocations()[0].model_copy(update={"quantity": 2}),),
        )
    )
    assert {(task.kind, task.lines[0].quantity) for task in all_of(out, Task)} == {
        ("put_away", 2),
        ("hand_over", 1),
    }
    rows = await pickup.connection.fetch("SELECT line_id, quantity FROM work_line ORDER BY line_id")
    assert [tuple(row) for row in rows] == [("l1", 1), ("l1b", 2)]


async def test_pick__without_an_order_or_transfer__is_booked_all_the_same(pickup: Harness, a: Any) -> None:
    out = await pickup.deliver(a.order().pick(order_id=None))
    event = only(out, PickCompleted)
    assert (event.order_id, event.transfer_id, event.location_id) == (None, None, a.shop)
