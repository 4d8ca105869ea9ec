"""An EC site that stays as it is joins by webhooks, by files or by topics, and hears what becomes of its orders."""

import pytest
from tests.journeys.stories.acts import cancel, place, with_code, work
from tests.journeys.stories.ec_site import FILES, WEB, EcSite, told_in_the_end
from tests.journeys.stories.network import PRICE_JPY
from tests.journeys.stories.outside import Outside, now, until

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.topics import ORDER_STATE
from tsunagu.contracts.values import OrderStatus

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

BEGUN = ["order.placed", "order.confirmed", "order.ready"]


def _shopify_order(number: int, store: str, sku: str) -> dict[str, object]:
    """A paid order as the site's webhook has it, with something that is not read."""
    return {
        "id": number,
        "name": f"#{number}",
        "created_at": now().isoformat(),
        "currency": "JPY",
        "financial_status": "paid",
        "taxes_included": True,
        "email": "shopper@example.com",
        "customer": {"id": 77, "first_name": "花子"},
        "line_items": [
            {
                "id": 501,
                "sku": sku,
                "quantity": 1,
                "price": str(PRICE_JPY),
                "requires_shipping": True,
                "discount_allocations": [],
                "tax_lines": [{"title": "消費税", "price": "180", "rate": 0.1}],
                "properties": [{"name": "_pickup_location", "value": store}],
            }
        ],
    }


async def test_webhooks__an_order_signed_forged_and_sent_again__comes_once_and_its_life_goes_back(
    outside: Outside, ec_site: EcSite
) -> None:
    store, number = outside.a_store(), 1001
    shirt = await outside.a_sku({store: 1})
    order, webhook_id = _shopify_order(number, store, shirt), uuid7()
    forged = await ec_site.say("orders/create", order, secret="somebody else's secret")
    assert forged.status_code == 401
    answers = [await ec_site.say("orders/create", order, webhook_id=webhook_id) for _ in range(2)]
    assert answers[0].json() == {"order_id": f"{WEB}:{number}", "outcome": "taken"}
    assert answers[1].content == answers[0].content
    order_id = f"{WEB}:{number}"
    await work(outside, "pick", order_id=order_id)
    await outside.send(await with_code(outside, order_id, store))

    await told_in_the_end(lambda: ec_site.told_by_webhook(str(number)), *BEGUN, "order.completed")
    await outside.told(order_id, _collected())
    assert ec_site.badly_signed == 0


async def test_webhooks__a_cancellation_before_its_order__cancels_it_once_it_comes(
    outside: Outside, ec_site: EcSite
) -> None:
    store, number = outside.a_store(), 1002
    shirt = await outside.a_sku({store: 1})
    order = _shopify_order(number, store, shirt)
    cancelled = {**order, "cancelled_at": now().isoformat(), "cancel_reason": "customer"}
    early = await ec_site.say("orders/cancelled", cancelled)
    assert early.json()["outcome"] == "held"
    await ec_site.say("orders/create", order)

    order_id = f"{WEB}:{number}"
    await outside.state(
        ORDER_STATE,
        lambda state: state.order_id == order_id and state.status is OrderStatus.CANCELLED,
        "the order is cancelled",
    )
    await outside.available(store, shirt, 1)
    await until(
        lambda: ec_site.told_by_webhook(str(number))[-2:] == ["order.cancelled", "order.refund_due"],
        lambda: f"the refund is told; told was {ec_site.told_by_webhook(str(number))}",
    )


async def test_files__a_broken_line_in_the_middle__goes_back_and_the_life_of_the_others_comes_in_files(
    outside: Outside, ec_site: EcSite
) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 2})
    header = (
        "order_id,ordered_at,line_id,sku,quantity,unit_price_jpy,tax_percent,payment,method,location_id,備考"
    )
    at = now().strftime("%Y-%m-%d %H:%M")
    good, broken, also_good = [
        f"{order},{at},1,{shirt},{quantity},{PRICE_JPY},10,prepaid,pickup,{store},髙島屋"
        for order, quantity in (("2001", "1"), ("2002", "二つ"), ("2003", "1"))
    ]
    ec_site.drop("night", header, good, broken, also_good)
    await until(lambda: bool(ec_site.report("night")), lambda: "the file is acknowledged")
    assert [(row["order_id"], row["outcome"]) for row in ec_site.report("night")] == [
        ("2001", "taken"),
        ("2002", "rejected"),
        ("2003", "taken"),
    ]
    assert ec_site.sent_back("night") == [header, broken]
    collected, cancelled = f"{FILES}:2001", f"{FILES}:2003"
    await work(outside, "pick", order_id=collected)
    await outside.send(await with_code(outside, collected, store))
    await cancel(outside, cancelled)

    await told_in_the_end(lambda: ec_site.told_by_file("2001"), *BEGUN, "order.completed")
    await told_in_the_end(
        lambda: ec_site.told_by_file("2003"),
        "order.placed",
        "order.confirmed",
        "order.cancel_requested",
        "order.cancelled",
        "order.refund_due",
    )
    await outside.told(collected, _collected())
    assert ec_site.told_by_file("2002") == []


async def test_topics__an_order_of_a_site_that_speaks_kafka__is_told_on_its_state_and_events(
    outside: Outside,
) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 1})
    order_id = await place(outside, store, shirt)
    await outside.available(store, shirt, 0)
    await work(outside, "pick", order_id=order_id)
    await outside.send(await with_code(outside, order_id, store))
    await outside.heard(m.OrderCompleted, order_id=order_id)

    await outside.state(
        ORDER_STATE,
        lambda state: state.order_id == order_id and state.status is OrderStatus.COMPLETED,
        "the order's state says that it is completed",
    )
    await outside.told(order_id, _collected())


def _collected() -> dict[str, list[str]]:
    return {
        "order": ["OrderPlaced", "OrderConfirmed", "OrderReady", "OrderCompleted"],
        "pickup": ["PickRequested", "PickCompleted", "PickupReady", "PickupCollected"],
        "inventory": ["StockReserved", "StockIssued"],
    }
