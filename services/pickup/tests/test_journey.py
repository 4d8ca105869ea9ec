"""The main journey as pickup sees it: pick, move, announce, hand over, or not."""

from datetime import timedelta
from typing import Any

import pytest

from pickup.domain.codes import code_hash
from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    PickCompleted,
    PickRequested,
    PickupCode,
    PickupCollected,
    PickupExpired,
    PickupReady,
    PutAwayCompleted,
    Task,
    TransferPlanned,
    TransferReceived,
    TransferShipped,
)
from tsunagu.contracts.values import JAPAN, HandoverProof, TaskState
from tsunagu.planning import midnight
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = pytest.mark.component


async def ready(pickup: Harness, order: Any) -> list[Any]:
    """The order is picked and waits for its shopper; what was said last."""
    await pickup.deliver(order.confirmed())
    return await pickup.deliver(*(order.pick(place) for place in range(len(order.skus))))


async def test_confirmed__goods_on_the_stores_own_shelf__one_pick_list_in_walking_order(
    pickup: Harness, a: Any
) -> None:
    order = a.order(skus=("HAT", "SHIRT", "SHOE"))
    out = await pickup.deliver(order.confirmed())
    asked = only(out, PickRequested)
    assert [allocation.sku for allocation in asked.allocations] == ["SHOE", "SHIRT", "HAT"]
    assert asked.location_id == asked.destination_id == a.shop
    assert asked.transfer_id is None
    task = only(out, Task)
    assert (task.kind, task.state, task.order_id) == ("pick", TaskState.OPEN, order.order_id)
    assert [line.sku for line in task.lines] == ["SHOE", "SHIRT", "HAT"]
    assert (task.owner, task.due_at) == (a.shop, asked.due_at)
    assert task.planned_minutes == pytest.approx(1.0 + 3 * 0.75)


async def test_pick__the_last_line_of_a_group__it_is_ready_with_a_code(pickup: Harness, a: Any) -> None:
    order = a.order(skus=("SHIRT", "SHOE"))
    await pickup.deliver(order.confirmed())
    first = await pickup.deliver(order.pick(0))
    assert only(first, PickCompleted).allocation_id == "a1"
    assert not all_of(first, PickupReady)
    second = await pickup.deliver(order.pick(1))
    announced, code = only(second, PickupReady), only(second, PickupCode)
    assert {line.line_id for line in announced.lines} == {"l1", "l2"}
    assert announced.code_hash == code_hash(code.token)
    assert announced.pickup_by == code.valid_until
    assert a.task(second, "pick").state is TaskState.DONE


async def test_pick__started_before__the_task_says_how_many_minutes_it_took(pickup: Harness, a: Any) -> None:
    order = a.order()
    task = only(await pickup.deliver(order.confirmed()), Task)
    pick = order.pick()
    started = await pickup.deliver(
        a.start(task, order, occurred_at=pick.occurred_at - timedelta(minutes=3)),
    )
    only(started, CommandAccepted)
    assert only(started, Task).owner == "staff:7"
    done = a.task(await pickup.deliver(pick), "pick")
    assert done.minutes == pytest.approx(3.0)


async def test_hand_over__with_the_code__the_shopper_has_the_goods(pickup: Harness, a: Any) -> None:
    order = a.order(skus=("SHIRT", "SHOE"))
    announced = only(await ready(pickup, order), PickupReady)
    out = await pickup.deliver(order.hand_over(code_hash=announced.code_hash))
    collected = only(out, PickupCollected)
    assert collected.proof is HandoverProof.CODE
    assert {(line.line_id, line.quantity) for line in collected.lines} == {("l1", 1), ("l2", 1)}
    assert not collected.after_close


async def test_hand_over__with_another_code__is_refused(pickup: Harness, a: Any) -> None:
    order = a.order()
    await ready(pickup, order)
    out = await pickup.deliver(order.hand_over(code_hash=code_hash("A" * 22)))
    assert only(out, CommandRefused).reason == "wrong_code"
    assert not all_of(out, PickupCollected)


async def test_till_line__of_a_ready_order__is_its_handover(pickup: Harness, a: Any) -> None:
    order = a.order()
    await ready(pickup, order)
    receipt = order.receipt()
    collected = only(await pickup.deliver(receipt), PickupCollected)
    assert (collected.proof, collected.receipt_id) == (HandoverProof.RECEIPT, receipt.receipt_id)
    assert [(line.quantity, line.amount_jpy) for line in collected.lines] == [(1, 1100)]


async def test_transfer__goods_from_another_store__are_sent_received_and_ready(
    pickup: Harness, a: Any
) -> None:
    order = a.order(source=a.other, quantity=2)
    out = await pickup.deliver(order.confirmed())
    planned, asked = only(out, TransferPlanned), only(out, PickRequested)
    assert (asked.transfer_id, asked.due_at) == (planned.transfer_id, planned.ship_by)
    assert (planned.carrier, planned.owner, planned.cost_jpy) == ("Yamabiko", "logistics-east", 800)
    day_after = planned.ship_by.astimezone(JAPAN).date() + timedelta(days=1)
    assert planned.arrive_by == midnight(day_after)
    picked = await pickup.deliver(order.pick())
    assert {task.kind for task in all_of(picked, Task)} == {"pick", "ship_transfer"}
    assert not all_of(picked, PickupReady)
    shipped = await pickup.deliver(order.ship(planned.transfer_id))
    assert [line.quantity for line in only(shipped, TransferShipped).lines] == [2]
    received = await pickup.deliver(order.receive(planned.transfer_id))
    only(received, TransferReceived)
    assert only(received, PickupReady).location_id == a.shop


async def test_no_show__goods_wait_too_long__they_expire_and_go_back_once_the_order_is_cancelled(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await ready(pickup, order)
    out = await pickup.make_due("expire")
    assert [line.line_id for line in only(out, PickupExpired).lines] == ["l1"]
    assert [(task.kind, task.state) for task in all_of(out, Task)] == [("hand_over", TaskState.CANCELLED)]
    assert only(await pickup.deliver(order.hand_over()), CommandRefused).reason == "closed"
    task = only(await pickup.deliver(order.cancelled()), Task)
    assert (task.kind, task.state, task.location_id) == ("put_away", TaskState.OPEN, a.shop)
    done = await pickup.deliver(order.put_away())
    assert only(done, PutAwayCompleted).lines[0].quantity == 1
    assert only(done, Task).state is TaskState.DONE
