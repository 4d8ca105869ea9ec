"""What was collected in one store comes back in another one, which says what is still good."""

import pytest
from tests.journeys.stories.acts import ready, with_code
from tests.journeys.stories.network import PRICE_JPY
from tests.journeys.stories.outside import Outside

from tsunagu.contracts import messages as m

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


async def test_return__in_another_store__is_refunded_and_only_what_is_good_is_on_sale_there(
    outside: Outside,
) -> None:
    bought_at, returned_to = outside.a_store(), outside.a_store()
    good, damaged, doubtful = [await outside.a_sku({bought_at: 1}) for _ in range(3)]
    order_id = await ready(outside, bought_at, good, damaged, doubtful)
    await outside.send(await with_code(outside, order_id, bought_at))
    await outside.heard(m.OrderCompleted, order_id=order_id)
    dispositions = {good: "resellable", damaged: "damaged", doubtful: "inspect"}
    await outside.staff_post(
        returned_to,
        "/v1/order-returns",
        {
            "order_id": order_id,
            "lines": [
                {"line_id": str(number), "sku": sku, "quantity": 1, "disposition": disposition}
                for number, (sku, disposition) in enumerate(dispositions.items(), start=1)
            ],
        },
    )

    refund = await outside.heard(m.RefundDue, order_id=order_id)
    assert refund.amount_jpy == 3 * PRICE_JPY
    await outside.told(
        order_id,
        {
            "order": [
                "OrderPlaced",
                "OrderConfirmed",
                "OrderReady",
                "OrderCompleted",
                "ItemsReturned",
                "RefundDue",
            ],
            "pickup": [
                "PickRequested",
                "PickCompleted",
                "PickCompleted",
                "PickCompleted",
                "PickupReady",
                "PickupCollected",
            ],
            "inventory": ["StockReserved", "StockIssued", "StockReceived"],
        },
    )
    await outside.available(returned_to, good, 1)
    task = await outside.task("discrepancy", location_id=returned_to)
    assert {line.sku for line in task.lines} == {doubtful}
