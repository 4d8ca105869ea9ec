"""A task that is left alone becomes overdue, and goes from owner to owner until somebody does it."""

from functools import partial

import asyncpg
import pytest
from tests.journeys.stories.acts import handover, place, work
from tests.journeys.stories.network import AREA
from tests.journeys.stories.outside import Outside, until_answered

from tsunagu.contracts import messages as m
from tsunagu.contracts.values import TaskState

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


async def test_pick__that_nobody_does__goes_to_the_store_then_to_its_area_until_somebody_picks(
    outside: Outside,
) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 1})
    order_id = await place(outside, store, shirt)
    task = await outside.task("pick", order_id=order_id)
    assert (task.owner, task.department) == (store, "store-operations")
    shown = partial(outside.is_shown_overdue, store, task.task_id)
    to_the_area = partial(outside.is_shown_overdue, f"area:{AREA}", task.task_id)
    await until_answered(shown, False, "the store has a task that is not overdue")
    assert await to_the_area() is None

    # By its rule a pick goes to whoever runs the store after half an hour, and to the area after two hours.
    await _was_due(outside, task, "31 minutes")
    await outside.task("pick", order_id=order_id, owner=f"store:{store}")
    of_the_manager = partial(shown, owner=f"store:{store}")
    await until_answered(of_the_manager, True, "whoever runs the store has an overdue task")
    assert await to_the_area() is None

    await _was_due(outside, task, "121 minutes")
    await outside.task("pick", order_id=order_id, owner=f"area:{AREA}")
    await until_answered(to_the_area, True, "the area has an overdue task")
    assert await of_the_manager() is None

    await work(outside, "pick", order_id=order_id)
    await outside.heard(m.OrderReady, order_id=order_id)
    done = await outside.task("pick", open_only=False, order_id=order_id, state=TaskState.DONE)
    assert [step.what for step in done.history] == ["opened", "escalated", "escalated", "done"]
    assert [step.owner for step in done.history[:3]] == [store, f"store:{store}", f"area:{AREA}"]
    await until_answered(to_the_area, None, "nobody has a task that is done")
    await outside.send(handover(order_id, store))

    await outside.told(
        order_id,
        {
            "order": ["OrderPlaced", "OrderConfirmed", "OrderReady", "OrderCompleted"],
            "pickup": ["PickRequested", "PickCompleted", "PickupReady", "PickupCollected"],
            "inventory": ["StockReserved", "StockIssued"],
        },
    )


async def _was_due(outside: Outside, task: m.Task, ago: str) -> None:
    """Let time pass for one task: rules count in hours, and no story lasts so long."""
    connection = await asyncpg.connect(outside.addresses.databases["pickup"])
    try:
        moved = await connection.execute(
            "UPDATE task SET due_at = now() - $2::text::interval WHERE task_id = $1", task.task_id, ago
        )
    finally:
        await connection.close()
    assert moved == "UPDATE 1"
