"""What waits for a shopper is somebody's task, until it is fetched or nobody will come any more."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tsunagu.contracts.messages import PickCapacity, PickupReady, Task
from tsunagu.contracts.values import TaskState
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def ready(pickup: Harness, a: Any, order: Any) -> tuple[Task, PickupReady]:
    """The order waits for its shopper; returns what is to be done about that, and the notice."""
    await pickup.deliver(order.confirmed())
    out = await pickup.deliver(*(order.pick(place) for place in range(len(order.skus))))
    return a.task(out, "hand_over"), only(out, PickupReady)


async def test_ready__is_a_task_of_its_store__due_when_the_window_ends(pickup: Harness, a: Any) -> None:
    order = a.order(skus=("SHIRT", "SHOE"))
    task, notice = await ready(pickup, a, order)
    assert (task.state, task.order_id, task.location_id) == (TaskState.OPEN, order.order_id, a.shop)
    assert (task.owner, task.due_at) == (a.shop, notice.pickup_by)
    assert {(line.line_id, line.quantity) for line in task.lines} == {("l1", 1), ("l2", 1)}


async def test_ready__where_the_shopper_comes__not_where_the_goods_come_from(pickup: Harness, a: Any) -> None:
    order = a.order(source=a.other)
    out = await pickup.deliver(order.confirmed())
    assert not [task for task in all_of(out, Task) if task.kind == "hand_over"]
    picked = await pickup.deliver(order.pick())
    transfer_id = a.task(picked, "ship_transfer").transfer_id
    await pickup.deliver(order.ship(transfer_id))
    arrived = await pickup.deliver(order.receive(transfer_id))
    assert a.task(arrived, "hand_over").location_id == a.shop


@pytest.mark.parametrize("proof", ["handover", "receipt"])
async def test_collected__the_task_is_done(pickup: Harness, a: Any, proof: str) -> None:
    order = a.order()
    task, _ = await ready(pickup, a, order)
    out = await pickup.deliver(order.hand_over() if proof == "handover" else order.receipt())
    done = a.task(out, "hand_over")
    assert (done.task_id, done.state) == (task.task_id, TaskState.DONE)
    assert done.version > task.version


async def test_collected_in_part__the_rest_is_still_to_be_handed_over(pickup: Harness, a: Any) -> None:
    order = a.order(skus=("SHIRT", "SHOE"))
    await ready(pickup, a, order)
    out = await pickup.deliver(order.hand_over(lines=({"line_id": "l1", "quantity": 1},)))
    left = a.task(out, "hand_over")
    assert (left.state, [line.line_id for line in left.lines]) == (TaskState.OPEN, ["l2"])


async def test_expired__the_task_ends_in_vain(pickup: Harness, a: Any) -> None:
    task, _ = await ready(pickup, a, a.order())
    ended = a.task(await pickup.make_due("expire"), "hand_over")
    assert (ended.task_id, ended.state) == (task.task_id, TaskState.CANCELLED)


async def test_cancelled__the_task_ends_in_vain(pickup: Harness, a: Any) -> None:
    order = a.order()
    await ready(pickup, a, order)
    assert a.task(await pickup.deliver(order.cancel_requested()), "hand_over").state is TaskState.CANCELLED


async def test_started_before__its_minutes_are_measured(pickup: Harness, a: Any) -> None:
    order = a.order()
    task, _ = await ready(pickup, a, order)
    await pickup.deliver(a.start(task, order))
    assert a.task(await pickup.deliver(order.hand_over()), "hand_over").minutes is not None


async def test_capacity__goods_that_wait_for_shoppers__are_no_picking_work(pickup: Harness, a: Any) -> None:
    await pickup.make_due("capacity")
    order = a.order()
    # Due now: the work is today's at any hour of the day.
    await pickup.deliver(order.confirmed().model_copy(update={"ready_by": datetime.now(UTC)}))
    before = only(await pickup.make_due("capacity"), PickCapacity)
    a.task(await pickup.deliver(order.pick()), "hand_over")
    # Nothing has changed, so nothing is said.
    assert not [said for said in await pickup.make_due("capacity") if isinstance(said, PickCapacity)]
    assert before.minutes_left_today < 120
