"""A picker does not find what the list asks for, and says why: other goods take its place, or the shopper is asked."""

import pytest
from tests.journeys.stories.acts import place, work
from tests.journeys.stories.network import DEPOT
from tests.journeys.stories.outside import Outside, each

from tsunagu.contracts import messages as m
from tsunagu.contracts.values import ReservationCause, ShortPickKind

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


async def test_short_pick__of_goods_that_are_missing__all_of_them_are_in_doubt_and_others_come_from_the_depot(
    outside: Outside,
) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 2, DEPOT: 1})
    order_id = await place(outside, store, shirt)
    await work(outside, "pick", ShortPickKind.MISSING, order_id=order_id, location_id=store)

    again = await outside.heard(m.StockReserved, order_id=order_id, cause=ReservationCause.SHORT_PICK)
    assert [one.location_id for one in again.allocations] == [DEPOT]
    await outside.told(
        order_id,
        {
            "order": ["OrderPlaced", "OrderConfirmed", "OrderReallocated"],
            "pickup": ["PickRequested", "PickShorted", "TransferPlanned", "PickRequested"],
            "inventory": ["StockReserved", "PromiseBroken", "StockReserved"],
        },
    )
    await outside.available(store, shirt, 0)
    await outside.task("count", location_id=store)


async def test_short_pick__of_any_other_kind__the_next_piece_of_the_shelf_takes_its_place(
    outside: Outside,
) -> None:
    await each(*(_next_piece(outside, kind) for kind in ShortPickKind if kind is not ShortPickKind.MISSING))


async def _next_piece(outside: Outside, kind: ShortPickKind) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 2, DEPOT: 1})
    order_id = await place(outside, store, shirt)
    await work(outside, "pick", kind, order_id=order_id, location_id=store)
    again = await outside.heard(m.StockReserved, order_id=order_id, cause=ReservationCause.SHORT_PICK)
    assert [one.location_id for one in again.allocations] == [store]
    allocation_id = again.allocations[0].allocation_id
    await outside.heard(
        m.PickRequested,
        order_id=order_id,
        where=lambda asked: asked.allocations[0].allocation_id == allocation_id,
    )
    await work(outside, "pick", order_id=order_id, location_id=store)

    await outside.told(
        order_id,
        {
            "order": ["OrderPlaced", "OrderConfirmed", "OrderReallocated", "OrderReady"],
            "pickup": ["PickRequested", "PickShorted", "PickRequested", "PickCompleted", "PickupReady"],
            "inventory": ["StockReserved", "PromiseBroken", "StockReserved"],
        },
    )
    await outside.available(store, shirt, 0)


async def test_short_pick__nothing_elsewhere_and_no_answer__cancels_and_refunds_by_default(
    outside: Outside,
) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 1})
    order_id = await place(outside, store, shirt)
    await work(outside, "pick", ShortPickKind.MISSING, order_id=order_id)

    await outside.told(
        order_id,
        {
            "order": ["OrderPlaced", "OrderConfirmed", "ChoiceRequested", "OrderCancelled", "RefundDue"],
            "pickup": ["PickRequested", "PickShorted"],
            "inventory": ["StockReserved", "PromiseBroken", "StockRejected"],
        },
    )
