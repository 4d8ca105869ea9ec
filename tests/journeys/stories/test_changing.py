"""A shopper who wasn't asked anything has the goods brought to another store, while they wait to be picked."""

import pytest
from tests.journeys.stories.acts import place, with_code, work
from tests.journeys.stories.outside import Outside, now

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import FulfilmentMethod

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


async def test_change__unprompted_to_another_store__is_picked_and_collected_there(outside: Outside) -> None:
    first, other = outside.a_store(), outside.a_store()
    shirt = await outside.a_sku({first: 1, other: 1})
    order_id = await place(outside, first, shirt)
    await outside.heard(m.PickRequested, order_id=order_id, location_id=first)
    await outside.send(
        m.ChangeFulfilment(
            change_id=uuid7(),
            order_id=order_id,
            channel="ec",
            group_id="g",
            method=FulfilmentMethod.PICKUP,
            location_id=other,
            occurred_at=now(),
        )
    )
    await work(outside, "pick", order_id=order_id, location_id=other)
    await outside.send(await with_code(outside, order_id, other))

    await outside.told(
        order_id,
        {
            "order": [
                "OrderPlaced",
                "OrderConfirmed",
                "OrderChanged",
                "OrderReallocated",
                "OrderReady",
                "OrderCompleted",
            ],
            "pickup": [
                "PickRequested",
                "PickRequested",
                "PickCompleted",
                "PickupReady",
                "PickupCollected",
            ],
            "inventory": ["StockReserved", "StockReleased", "StockReserved", "StockIssued"],
        },
    )
    await outside.available(first, shirt, 1)
    await outside.available(other, shirt, 0)
