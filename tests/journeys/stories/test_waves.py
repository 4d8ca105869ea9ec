"""Whoever is there takes one list for several orders, and each order goes its own way from there."""

import asyncio

import pytest
from tests.journeys.stories.acts import STAFF, cancel, place
from tests.journeys.stories.outside import Outside, now

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.topics import PICKUP_TASKS
from tsunagu.contracts.values import TaskState

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


async def test_wave__for_four_orders_one_of_which_is_cancelled__the_others_are_ready_after_one_walk(
    outside: Outside,
) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 4})
    orders = await asyncio.gather(*(place(outside, store, shirt) for _ in range(4)))
    for order_id in orders:
        await outside.task("pick", order_id=order_id)
    wave_id = uuid7()
    await outside.send(
        m.TakeWave(wave_id=wave_id, location_id=store, kind="pick", owner=STAFF, occurred_at=now())
    )
    wave = await outside.task("pick_wave", task_id=wave_id)
    assert {line.order_id for line in wave.lines} == set(orders)

    gone, *others = orders
    await cancel(outside, gone)
    left = await outside.state(
        PICKUP_TASKS,
        lambda task: task.task_id == wave_id and len(task.lines) == len(others),
        "the list has lost the cancelled order",
    )
    assert {line.order_id for line in left.lines} == set(others)
    for line in left.lines:
        await outside.send(
            m.ConfirmPick(
                pick_id=uuid7(),
                order_id=line.order_id,
                task_id=line.task_id,
                location_id=store,
                allocation_id=line.allocation_id,
                line_id=line.line_id or "",
                sku=line.sku,
                quantity=line.quantity,
                occurred_at=now(),
            )
        )

    for order_id in others:
        await outside.told(
            order_id,
            {
                "order": ["OrderPlaced", "OrderConfirmed", "OrderReady"],
                "pickup": ["PickRequested", "PickCompleted", "PickupReady"],
                "inventory": ["StockReserved"],
            },
        )
    await outside.told(
        gone,
        {
            "order": ["OrderPlaced", "OrderConfirmed", "CancelRequested", "OrderCancelled", "RefundDue"],
            "pickup": ["PickRequested", "PickCancelled"],
            "inventory": ["StockReserved", "StockReleased"],
        },
    )
    await outside.task("pick_wave", open_only=False, task_id=wave_id, state=TaskState.DONE)
