"""Orders at a store's counter: placed, cancelled and brought back, of whichever store or channel they are."""

from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.values import CancelledBy, Disposition
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]

BACK = [{"line_id": "l1", "sku": "SKU-1", "quantity": 1, "disposition": "inspect"}]


async def test_order__placed_at_a_counter__is_of_the_stores_channel_and_its_outcome_comes_back(
    open_door: Any, a: Any
) -> None:
    async with open_door("staff") as door:
        body = a.order_body(payment="at_pickup", staff_ref="staff:7")
        given = await door.post("/v1/orders", "S001", body)
        order = only(await door.service.sent(), m.PlaceOrder)
        await door.service.deliver(a.placed(order.model_copy(update={"channel": "ec"})))
        other = (await door.get(given.json()["links"]["self"], "S001")).json()
        await door.service.deliver(a.placed(order))
        state = (await door.get(given.json()["links"]["self"], "S001")).json()
    assert (given.status_code, order.channel, order.staff_ref) == (202, "store", "staff:7")
    assert other["state"] == "waiting", "another channel has placed an order with this id"
    assert (state["state"], state["answered_by"]) == ("done", "OrderPlaced")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/orders", {"channel": "ec"}, "/channel"),
        ("/v1/order-cancellations", {"order_id": "O-1", "channel": "ec"}, "/channel"),
        ("/v1/order-cancellations", {"order_id": "O-1", "cancelled_by": "customer"}, "/cancelled_by"),
        ("/v1/order-returns", {"order_id": "O-1", "lines": BACK, "location_id": "S002"}, "/location_id"),
    ],
)
async def test_order__what_the_door_says_stands_in_the_body__422(
    open_door: Any, a: Any, path: str, body: dict[str, Any], field: str
) -> None:
    async with open_door("staff") as door:
        whole = a.order_body(**body) if path == "/v1/orders" else body
        answer = await door.post(path, "S001", whole)
        assert await door.service.sent() == []
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, field)


async def test_cancellation__of_another_channels_order__is_the_stores_and_settles_when_pickup_lets_go(
    open_door: Any, a: Any
) -> None:
    async with open_door("staff") as door:
        given = await door.post("/v1/order-cancellations", "S002", {"order_id": "O-1"})
        cancel = only(await door.service.sent(), m.CancelOrder)
        place = m.PlaceOrder.model_validate(
            {**a.order_body(order_id="O-1"), "channel": "ec", "occurred_at": a.now()}
        )
        await door.service.deliver(a.cancelled(place, cancel_id=cancel.cancel_id))
        state = (await door.get(given.json()["links"]["self"], "S002")).json()
    assert (cancel.channel, cancel.cancelled_by) == ("store", CancelledBy.STORE)
    assert (state["state"], state["answered_by"]) == ("done", "OrderCancelled")


async def test_cancellation__pickup_does_not_let_go__says_why(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        given = await door.post("/v1/order-cancellations", "S001", {"order_id": "O-1"})
        cancel = only(await door.service.sent(), m.CancelOrder)
        await door.service.deliver(
            m.CancelRefused(
                order_id="O-1",
                version=4,
                cancel_id=cancel.cancel_id,
                lines=({"line_id": "l1", "quantity": 1},),
                reason="handed_over",
                occurred_at=a.now(),
            )
        )
        state = (await door.get(given.json()["links"]["self"], "S001")).json()
    assert (state["state"], state["reason"]) == ("refused", "handed_over")


async def test_cancellation__of_an_order_that_is_not_there__is_refused(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        given = (await door.post("/v1/order-cancellations", "S001", {"order_id": "O-9"})).json()
        cancel = only(await door.service.sent(), m.CancelOrder)
        refusal = a.refusal(cancel, reason="unknown_order", detail="there is no order O-9; place it first")
        await door.service.deliver_records(topics.ORDER_EVENTS, [a.caused_by(refusal, given["command_id"])])
        state = (await door.get(given["links"]["self"], "S001")).json()
    assert (state["state"], state["reason"]) == ("refused", "unknown_order")


async def test_return__of_another_stores_order__is_at_the_keys_store_with_its_disposition(
    open_door: Any, a: Any
) -> None:
    async with open_door("staff") as door:
        body = {"order_id": "O-1", "lines": BACK}
        given = await door.post("/v1/order-returns", "S002", body)
        back = only(await door.service.sent(), m.ReturnItems)
        await door.service.deliver(
            m.ReturnUnmatched(
                order_id="O-1",
                return_id=back.return_id,
                location_id="S002",
                lines=BACK,
                occurred_at=a.now(),
            )
        )
        state = (await door.get(given.json()["links"]["self"], "S002")).json()
    assert (back.location_id, back.channel, back.lines[0].disposition) == (
        "S002",
        "store",
        Disposition.INSPECT,
    )
    assert (state["state"], state["answered_by"]) == ("done", "ReturnUnmatched")
