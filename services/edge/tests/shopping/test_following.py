"""A guest's orders: seen, followed, cancelled and moved by the guest alone; the code at the desk."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import anyio
import pytest

from edge.orders.streaming import SHOWN, events_of
from edge.shopper.commands import FOLLOWED_ORDERS
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import delete_of, only
from tsunagu.testing.traces import everything_stored, found_in

from .conftest import CART, a_shop, another_guest, ordered, post

pytestmark = pytest.mark.component


async def an_order(door: Any) -> m.PlaceOrder:
    await ordered(door)
    return only(await door.service.sent(), m.PlaceOrder)


def names_in(stream: str) -> list[str]:
    return [line[7:] for line in stream.replace("\r\n", "\n").splitlines() if line.startswith("event: ")]


def a_code(order: m.PlaceOrder, a: Any) -> m.PickupCode:
    return m.PickupCode(
        order_id=order.order_id,
        version=1,
        token="t" * 22,
        digits="123456",
        valid_until=a.now() + timedelta(days=7),
    )


async def test_order__decided_while_somebody_waits__is_the_answer(open_door: Any, a: Any) -> None:
    async with a_shop(open_door, a) as door:
        key = uuid7()
        on_its_way = await ordered(door, Idempotency_Key=key)
        order = only(await door.service.sent(), m.PlaceOrder)
        await door.service.deliver(a.placed(order), a.confirmed(order), a.state(order))
        decided = await ordered(door, "/v1/orders?wait=5", Idempotency_Key=key)
    assert (on_its_way.status_code, decided.status_code) == (202, 200)
    assert decided.json()["status"] == "confirmed"
    assert decided.json()["links"]["events"] == on_its_way.json()["links"]["events"]


async def test_orders__of_a_guest__are_listed_newest_first_and_nobody_elses(open_door: Any, a: Any) -> None:
    async with a_shop(open_door, a) as door:
        nothing = await door.client.get("/v1/orders")
        first = (await ordered(door)).json()["order_id"]
        second = (await ordered(door)).json()["order_id"]
        mine = await door.client.get("/v1/orders")
        newest = await door.client.get("/v1/orders", params={"limit": 1})
        async with another_guest(door) as other:
            theirs = await other.get("/v1/orders")
    assert nothing.json() == theirs.json() == {"orders": []}
    assert [order["order_id"] for order in mine.json()["orders"]] == [second, first]
    assert [order["order_id"] for order in newest.json()["orders"]] == [second]


async def test_every_route_of_an_order__for_another_guest_or_nobody__is_the_404_of_one_that_never_was(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a) as door:
        order = await an_order(door)
        await door.service.deliver(a.placed(order), a.confirmed(order), a.state(order), a_code(order, a))
        routes = [
            (method, path)
            for path, methods in (await door.client.get("/openapi.json")).json()["paths"].items()
            if "{order_id}" in path
            for method in methods
        ]
        assert len(routes) >= 7
        async with another_guest(door) as other, another_guest(door) as nobody:
            await other.post("/v1/quotes", json=CART, headers={"X-Tsunagu-Request": "1"})
            assert other.cookies
            for method, path in routes:
                body = {"location_id": "S002"} if path.endswith("changes") else {}
                answers = [
                    await client.request(
                        method,
                        path.format(order_id=order_id),
                        headers={"X-Tsunagu-Request": "1", "Idempotency-Key": uuid7()},
                        json=body if method == "post" else None,
                    )
                    for client, order_id in ((other, order.order_id), (other, "never"), (nobody, "never"))
                ]
                assert answers[0].status_code == 404, (method, path)
                assert answers[0].content == answers[1].content
                assert answers[2].status_code in (403, 404)
        command = (await door.client.get("/v1/orders")).json()["orders"][0]
        assert await door.service.sent() == []
    assert command["status"] == "confirmed"


async def test_command__of_another_guest__is_not_found(open_door: Any, a: Any) -> None:
    async with a_shop(open_door, a) as door:
        link = (await ordered(door)).json()["links"]["command"]
        mine = await door.client.get(link)
        async with another_guest(door) as other:
            await other.post("/v1/quotes", json=CART, headers={"X-Tsunagu-Request": "1"})
            theirs = await other.get(link)
    assert mine.json()["state"] == "waiting"
    assert theirs.status_code == 404


async def test_events__of_a_guests_order__all_of_it_and_from_any_place_on(open_door: Any, a: Any) -> None:
    async with a_shop(open_door, a) as door:
        order = await an_order(door)
        await door.service.deliver(a.placed(order), a.confirmed(order), a.cancelled(order))
        await door.service.deliver(a.state(order, status="cancelled"))
        path = f"/v1/orders/{order.order_id}/events"
        everything = await door.client.get(path)
        first_id = next(line[4:] for line in everything.text.splitlines() if line.startswith("id: "))
        rest = await door.client.get(path, headers={"Last-Event-ID": first_id})
    assert everything.headers["content-type"].startswith("text/event-stream")
    assert names_in(everything.text) == ["order.placed", "order.confirmed", "order.cancelled", SHOWN]
    assert names_in(rest.text) == ["order.confirmed", "order.cancelled", SHOWN]


async def test_events__a_wish_is_refused__the_guest_whose_it_was_is_told(open_door: Any, a: Any) -> None:
    async with a_shop(open_door, a, stream_seconds_max=1.0) as door:
        order = await an_order(door)
        await door.service.deliver(a.placed(order))
        given = (await post(door, f"/v1/orders/{order.order_id}/cancellations", {})).json()
        asked = only(await door.service.sent(), m.CancelOrder)
        record = a.caused_by(a.refusal(asked, reason="already_ready"), given["command_id"])
        await door.service.deliver_records(topics.ORDER_EVENTS, [record])
        stream = await door.client.get(f"/v1/orders/{order.order_id}/events")
        state = (await door.client.get(given["links"]["self"])).json()
    assert names_in(stream.text) == ["order.placed", "command.refused", SHOWN]
    assert (state["state"], state["reason"]) == ("refused", "already_ready")
    assert (asked.channel, asked.cancelled_by) == ("app", "customer")


async def test_change__to_another_store__goes_out_for_the_order_or_some_of_its_lines(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a) as door:
        order = await an_order(door)
        path = f"/v1/orders/{order.order_id}/changes"
        await post(door, path, {"location_id": "S002"})
        whole = only(await door.service.sent(), m.ChangeFulfilment)
        lines = [{"line_id": "1", "quantity": 1}]
        await post(door, path, {"location_id": "S002", "group_id": "g9", "lines": lines})
        part = only(await door.service.sent(), m.ChangeFulfilment)
    assert (whole.group_id, whole.method, whole.location_id, whole.lines) == (
        order.groups[0].group_id,
        "pickup",
        "S002",
        (),
    )
    assert (part.group_id, part.lines[0].quantity) == ("g9", 1)


async def test_code__is_shown_to_the_guest_as_text_and_picture__until_it_is_void(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a) as door:
        order = await an_order(door)
        path = f"/v1/orders/{order.order_id}"
        before = await door.client.get(f"{path}/pickup-code")
        await door.service.deliver(a_code(order, a))
        code = await door.client.get(f"{path}/pickup-code")
        picture = await door.client.get(f"{path}/pickup-code.svg")
        of_the_order = await door.client.get(f"{path}/order-code.svg")
    assert before.status_code == 404
    assert code.json()["digits"] == "123456"
    assert picture.headers["content-type"] == of_the_order.headers["content-type"] == "image/svg+xml"
    assert picture.content != of_the_order.content


async def test_events__a_code_comes__here_or_at_another_process__and_is_void_again__each_is_told(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a) as door:
        order = await an_order(door)
        await door.service.deliver(a.placed(order), a.confirmed(order), a.state(order))
        owner = await door.service.connection.fetchval("SELECT holder FROM followed_order")
        watch = FOLLOWED_ORDERS.watch
        closing = anyio.Event()
        said = events_of(watch, door.door, owner, order.order_id, 0, closing)

        async def next_code() -> int | None:
            async with asyncio.timeout(10):
                async for event in said:
                    if event.event == SHOWN:
                        version: int | None = json.loads(event.data or "").get("pickup_code_version")
                        return version
            raise AssertionError("the stream has ended")

        codes = [await next_code()]
        await door.service.deliver(a_code(order, a))
        codes.append(await next_code())
        await watch.poll(door.runtime)
        await watch.poll(door.runtime)
        following = asyncio.ensure_future(next_code())
        await door.service.connection.execute("UPDATE pickup_code SET version = 2")
        await watch.poll(door.runtime)
        codes.append(await following)
        await door.service.deliver_records(topics.PICKUP_CODES, [delete_of(a_code(order, a))])
        codes.append(await next_code())
        closing.set()
        assert await anext(said, None) is None
    assert codes == [None, 1, 2, None]


async def test_guest__of_an_order_that_is_answered__leaves_nothing_here_that_topics_know(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a) as door:
        order = await an_order(door)
        ref = str(order.customer_ref)
        visitor, cookie = ref.removeprefix("guest:"), next(iter(door.client.cookies.values()))
        refs = {"customer_ref": ref}
        await door.service.deliver(
            a.placed(order, **refs), a.confirmed(order, **refs), a.state(order, **refs)
        )
        stored = await everything_stored(door.service.connection)
    kept = b"\n".join(stored.values())
    assert found_in(kept, (visitor, cookie)) == set()
