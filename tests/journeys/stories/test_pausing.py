"""A store takes no pickups for a while, and says why."""

import pytest
from tests.journeys.stories.acts import place
from tests.journeys.stories.outside import Outside, now

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.topics import PICKUP_CAPACITY

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


async def test_pause__of_a_store__orders_are_refused_until_it_resumes(outside: Outside) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 2})
    pause = m.PausePickup(pause_id=uuid7(), location_id=store, reason="water_damage", occurred_at=now())
    await outside.send(pause)
    paused = await outside.state(
        PICKUP_CAPACITY, lambda one: one.location_id == store and not one.open, "the store is paused"
    )
    assert paused.reason == "water_damage"
    refused = await place(outside, store, shirt)
    rejected = await outside.heard(m.OrderRejected, order_id=refused)
    assert rejected.reason == "pickup_paused"
    await outside.send(m.ResumePickup(resume_id=uuid7(), location_id=store, occurred_at=now()))
    await outside.state(
        PICKUP_CAPACITY, lambda one: one.location_id == store and one.open, "the store has resumed"
    )
    accepted = await place(outside, store, shirt)

    await outside.told(
        refused,
        {
            "order": ["OrderPlaced", "OrderRejected", "RefundDue"],
            "pickup": [],
            "inventory": ["StockRejected"],
        },
    )
    await outside.told(
        accepted,
        {
            "order": ["OrderPlaced", "OrderConfirmed"],
            "pickup": ["PickRequested"],
            "inventory": ["StockReserved"],
        },
    )
