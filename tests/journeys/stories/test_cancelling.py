"""Cancellations race with the pick, with the shopper at the desk, and with a desk that was offline."""

import asyncio

import pytest
from tests.journeys.stories.acts import cancel, handover, place, ready, work
from tests.journeys.stories.network import PRICE_JPY
from tests.journeys.stories.outside import Outside

from tsunagu.contracts import messages as m
from tsunagu.contracts.values import Debtor

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


async def test_cancellation__before_the_pick__refunds_and_frees_the_goods(outside: Outside) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 1})
    order_id = await place(outside, store, shirt)
    await outside.heard(m.PickRequested, order_id=order_id)
    await cancel(outside, order_id)

    refund = await outside.heard(m.RefundDue, order_id=order_id)
    assert refund.amount_jpy == PRICE_JPY
    await outside.told(
        order_id,
        {
            "order": ["OrderPlaced", "OrderConfirmed", "CancelRequested", "OrderCancelled", "RefundDue"],
            "pickup": ["PickRequested", "PickCancelled"],
            "inventory": ["StockReserved", "StockReleased"],
        },
    )
    await outside.available(store, shirt, 1)


async def test_cancellation__of_ready_goods__refunds_and_frees_them_once_they_are_put_away(
    outside: Outside,
) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 1})
    order_id = await ready(outside, store, shirt)
    await cancel(outside, order_id)
    await work(outside, "put_away", order_id=order_id)

    await outside.told(
        order_id,
        {
            "order": [
                "OrderPlaced",
                "OrderConfirmed",
                "OrderReady",
                "CancelRequested",
                "OrderCancelled",
                "RefundDue",
            ],
            "pickup": ["PickRequested", "PickCompleted", "PickupReady", "PickCancelled", "PutAwayCompleted"],
            "inventory": ["StockReserved", "StockReleased"],
        },
    )
    await outside.available(store, shirt, 1)


async def test_cancellation__at_the_moment_of_the_handover__one_of_them_wins(outside: Outside) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 1})
    order_id = await ready(outside, store, shirt)
    await asyncio.gather(cancel(outside, order_id), outside.send(handover(order_id, store)))

    before = ["OrderPlaced", "OrderConfirmed", "OrderReady"]
    picked = ["PickRequested", "PickCompleted", "PickupReady"]
    refused_by_pickup = {
        "order": [*before, "CancelRequested", "OrderCompleted"],
        "pickup": [*picked, "PickupCollected", "CancelRefused"],
        "inventory": ["StockReserved", "StockIssued"],
    }
    refused_by_order = {
        "order": [*before, "OrderCompleted", "CommandRefused: too_late"],
        "pickup": [*picked, "PickupCollected"],
        "inventory": ["StockReserved", "StockIssued"],
    }
    handover_refused = {
        "order": [*before, "CancelRequested", "OrderCancelled", "RefundDue"],
        "pickup": [*picked, "PickCancelled", "CommandRefused: closed"],
        "inventory": ["StockReserved", "StockReleased"],
    }
    await outside.told(order_id, refused_by_pickup, refused_by_order, handover_refused)


async def test_cancellation__granted_before_an_offline_handover_is_heard_of__the_shopper_owes_the_goods(
    outside: Outside,
) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 1})
    order_id = await ready(outside, store, shirt)
    await cancel(outside, order_id)
    await outside.heard(m.RefundDue, order_id=order_id)
    await outside.send(handover(order_id, store).model_copy(update={"done_offline": True}))

    settlement = await outside.heard(m.SettlementDue, order_id=order_id)
    assert (settlement.owed_by, settlement.amount_jpy) == (Debtor.SHOPPER, PRICE_JPY)
    await outside.told(
        order_id,
        {
            "order": [
                "OrderPlaced",
                "OrderConfirmed",
                "OrderReady",
                "CancelRequested",
                "OrderCancelled",
                "RefundDue",
                "SettlementDue",
            ],
            "pickup": ["PickRequested", "PickCompleted", "PickupReady", "PickCancelled", "PickupCollected"],
            "inventory": ["StockReserved", "StockReleased", "StockIssued"],
        },
    )
    await outside.available(store, shirt, 0)
