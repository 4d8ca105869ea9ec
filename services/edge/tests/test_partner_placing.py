"""Placing an order through the partner door: once, whatever is sent again, and for the key's own channel."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import all_of, only

pytestmark = pytest.mark.component


async def place(door: Any, a: Any, channel: str = "app", **changes: Any) -> m.PlaceOrder:
    answer = await door.post("/v1/orders", channel, a.order_body(**changes))
    assert answer.status_code == 202, answer.text
    return only(await door.service.sent(), m.PlaceOrder)


async def test_place__the_command_goes_out_with_the_keys_channel(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        answer = await door.post("/v1/orders", "ec", a.order_body(order_id="EC-1001"))
        command = only(await door.service.sent(), m.PlaceOrder)
    assert answer.status_code == 202
    assert answer.json()["order_id"] == command.order_id == "EC-1001"
    assert answer.json()["links"]["self"] == "/v1/orders/EC-1001"
    assert command.channel == "ec"
    assert command.lines[0].quantity == 2


async def test_place__without_an_order_id__one_is_made(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        first, second = await place(door, a), await place(door, a)
    assert first.order_id != second.order_id


async def test_place__an_order_that_is_not_paid_yet__is_valid_for_a_quarter_of_an_hour(
    open_door: Any, a: Any
) -> None:
    async with open_door("partner") as door:
        unpaid, paid = await place(door, a), await place(door, a, payment="prepaid")
    assert unpaid.valid_until is not None
    assert unpaid.valid_until - unpaid.occurred_at == timedelta(minutes=15)
    assert paid.valid_until is None


async def test_place__a_channel_in_the_body__is_refused(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        answer = await door.post("/v1/orders", "app", a.order_body(channel="ec"))
        assert await door.service.sent() == []
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/channel"


FORBIDDEN: list[tuple[dict[str, Any], str]] = [
    ({"payment": "later"}, "/payment"),
    ({"lines": []}, "/lines"),
    ({"customer_ref": "somebody@example.com"}, "/customer_ref"),
    ({"order_id": "a/b"}, "/order_id"),
    ({"order_id": "a\r\nSet-Cookie: x=1"}, "/order_id"),
    ({"allow_partial": "yes"}, "/allow_partial"),
    ({"valid_until": "2026-04-01T09:00:00"}, "/valid_until"),
    ({"customer_ref": "a\u0000b"}, "/customer_ref"),
]


async def test_place__a_forbidden_value__the_problem_names_the_field(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        for change, pointer in FORBIDDEN:
            answer = await door.post("/v1/orders", "app", a.order_body(**change))
            assert answer.status_code == 422, change
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"] == "urn:tsunagu:problem:invalid"
            assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
            assert "somebody@" not in answer.text
        assert await door.service.sent() == []


async def test_place__values_that_do_not_go_together__are_refused_with_the_reason(
    open_door: Any, a: Any
) -> None:
    async with open_door("partner") as door:
        body = a.order_body()
        body["lines"][0]["group_id"] = "another"
        answer = await door.post("/v1/orders", "app", body)
    assert answer.status_code == 422
    assert "every line names one of the groups" in answer.json()["errors"][0]["detail"]


async def test_place__the_same_key_and_body__the_same_answer_and_one_command(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        key = uuid7()
        first = await door.post("/v1/orders", "app", a.order_body(), Idempotency_Key=key)
        again = await door.post("/v1/orders", "app", a.order_body(), Idempotency_Key=key)
        sent = all_of(await door.service.sent(), m.PlaceOrder)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert len(sent) == 1


async def test_place__the_same_key_and_another_body__422_and_the_first_stands(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        key = uuid7()
        await door.post("/v1/orders", "app", a.order_body(), Idempotency_Key=key)
        other = await door.post("/v1/orders", "app", a.order_body(payment="prepaid"), Idempotency_Key=key)
        sent = all_of(await door.service.sent(), m.PlaceOrder)
    assert other.status_code == 422
    assert other.json()["type"] == "urn:tsunagu:problem:key-reused"
    assert [order.payment for order in sent] == ["at_pickup"]


async def test_place__the_same_key_of_two_channels__are_two_requests(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        key = uuid7()
        await door.post("/v1/orders", "app", a.order_body(), Idempotency_Key=key)
        await door.post("/v1/orders", "ec", a.order_body(), Idempotency_Key=key)
        sent = all_of(await door.service.sent(), m.PlaceOrder)
    assert {order.channel for order in sent} == {"app", "ec"}


async def test_place__while_the_first_request_is_under_way__409(
    open_door: Any, a: Any, database: str
) -> None:
    async with open_door("partner") as door:
        key = uuid7()
        # The first request as far as its transaction: it holds the key and has not committed.
        first = door.service.connection.transaction()
        await first.start()
        await door.service.connection.fetchval(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('idempotency key ' || $1 || ' ' || $2, 0))",
            "app",
            key,
        )
        meanwhile = await door.post("/v1/orders", "app", a.order_body(), Idempotency_Key=key)
        await first.rollback()
        afterwards = await door.post("/v1/orders", "app", a.order_body(), Idempotency_Key=key)
    assert meanwhile.status_code == 409
    assert meanwhile.headers["retry-after"] == "1"
    assert afterwards.status_code == 202


async def test_place__twenty_at_the_same_time_with_one_key__one_command(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        key = uuid7()
        answers = await asyncio.gather(
            *(door.post("/v1/orders", "app", a.order_body(), Idempotency_Key=key) for _ in range(20))
        )
        sent = all_of(await door.service.sent(), m.PlaceOrder)
    assert len(sent) == 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.content for answer in answers if answer.status_code == 202}) == 1


async def test_place__without_a_proper_idempotency_key__400(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        headers = door.headers("app")
        del headers["Idempotency-Key"]
        wrong: list[dict[str, bytes]] = [{}] + [
            {"Idempotency-Key": key.encode("latin-1")} for key in ("", "with space", "é", "x" * 129)
        ]
        answers = [
            await door.client.post("/v1/orders", json=a.order_body(), headers={**headers, **one})
            for one in wrong
        ]
    assert [answer.status_code for answer in answers] == [400] * 5
    assert all("Idempotency-Key" in answer.json()["detail"] for answer in answers)


async def test_place__an_order_id_that_another_order_has__422_and_its_owner_keeps_it(
    open_door: Any, a: Any
) -> None:
    async with open_door("partner") as door:
        await place(door, a, "ec", order_id="O-1")
        answer = await door.post("/v1/orders", "app", a.order_body(order_id="O-1"))
        seen = await door.get("/v1/orders/O-1", "app")
        assert await door.service.sent() == []
    assert answer.status_code == 422
    assert seen.status_code == 404


async def test_place__the_same_order_again_under_a_new_key__is_not_sent_again(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        first = await door.post("/v1/orders", "app", a.order_body(order_id="O-1"))
        again = await door.post("/v1/orders", "app", a.order_body(order_id="O-1"))
        sent = all_of(await door.service.sent(), m.PlaceOrder)
    assert first.json() == again.json()
    assert len(sent) == 1


STEPS = st.lists(
    st.tuples(st.sampled_from(["app", "ec"]), st.sampled_from("xyz"), st.integers(1, 3)),
    min_size=1,
    max_size=8,
)


async def test_place__whatever_keys_and_bodies_come__the_first_of_a_key_stands(
    open_door: Any, a: Any
) -> None:
    async def scenario(door: Any, steps: list[tuple[str, str, int]]) -> None:
        run = uuid7()
        first: dict[tuple[str, str], tuple[int, bytes]] = {}
        for channel, key, quantity in steps:
            body = a.order_body()
            body["lines"][0]["quantity"] = quantity
            answer = await door.post("/v1/orders", channel, body, Idempotency_Key=f"{run}-{key}")
            stands = first.setdefault((channel, key), (quantity, answer.content))
            expected = (202, stands[1]) if stands[0] == quantity else (422, answer.content)
            assert (answer.status_code, answer.content) == expected
        sent = all_of(await door.service.sent(), m.PlaceOrder)
        by_key = [(channel, quantity) for (channel, _), (quantity, _) in first.items()]
        assert [(order.channel, order.lines[0].quantity) for order in sent] == by_key

    loop = asyncio.get_running_loop()
    async with open_door("partner") as door:

        @settings(max_examples=25, deadline=None)
        @given(steps=STEPS)
        def check(steps: list[tuple[str, str, int]]) -> None:
            asyncio.run_coroutine_threadsafe(scenario(door, steps), loop).result()

        # In a thread: Hypothesis is synchronous, and the door lives in this loop.
        await asyncio.to_thread(check)
