"""Webhooks late, doubled and in any order: the commands are those of the order in which the site meant them."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message

pytestmark = pytest.mark.component

NUMBERS = (1, 2, 3)
# Whether each order is cancelled, and whether it is paid when it is created.
LIVES = st.fixed_dictionaries({number: st.tuples(st.booleans(), st.booleans()) for number in NUMBERS})


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[int, tuple[bool, bool]], list[tuple[str, int, bool]]]:
    """What happens to some orders, and a list of deliveries: topic, order, and whether under a new webhook id."""
    lives = draw(LIVES)
    said = [("orders/create", number) for number in lives]
    said += [("orders/paid", number) for number in lives]
    said += [("orders/cancelled", number) for number, (cancelled, _) in lives.items() if cancelled]
    doubled = draw(st.lists(st.sampled_from(said), max_size=6))
    order = draw(st.permutations(said + doubled))
    return lives, [(topic, number, draw(st.booleans())) for topic, number in order]


async def test_webhooks__in_any_order_doubled_and_late__the_same_commands(
    open_site: Any, shopify_order: Any, shopify_cancellation: Any
) -> None:
    shipped = {"shipping_lines": [], "shipping_address": {"province_code": "JP-13"}}

    async def scenario(
        door: Any, site: Any, lives: dict[int, tuple[bool, bool]], said: list[tuple[str, int, bool]]
    ) -> None:
        run = int(uuid7().replace("-", "")[:12], 16)  # so that examples share the database
        answers: dict[str, bytes] = {}
        for topic, number, anew in said:
            _, paid = lives[number]
            # Of each kind of order one: picked up, shipped.
            where = shipped if number == 2 else {}
            payment = "paid" if paid or topic != "orders/create" else "pending"
            made = shopify_cancellation if topic == "orders/cancelled" else shopify_order
            body = made(run * 10 + number, financial_status=payment, **where)
            webhook_id = uuid7() if anew else f"{run}-{topic}-{number}"
            answer = await site.say(topic, body, webhook_id=webhook_id)
            assert answer.status_code == 200
            assert answers.setdefault(webhook_id, answer.content) == answer.content
        sent: dict[str, list[Message]] = {}
        for message in await door.service.sent():
            sent.setdefault(message.record_key(), []).append(message)
        for number, (cancelled, _) in lives.items():
            order_id = f"ec:{run * 10 + number}"
            kinds = [type(message).__name__ for message in sent.pop(order_id)]
            assert kinds == ["PlaceOrder", "CancelOrder"][: 1 + cancelled]
        assert sent == {}
        rows = await door.service.connection.fetch(
            "SELECT command_id, body ->> 'payment' AS payment FROM pending_command"
            " WHERE command_type LIKE '%place%' AND command_id LIKE $1 ORDER BY 1",
            f"ec:{run}%",
        )
        expected = {1: "prepaid" if lives[1][1] else "at_pickup", 2: "prepaid"}
        expected[3] = "prepaid" if lives[3][1] else "at_pickup"
        assert [row["payment"] for row in rows] == [expected[number] for number in NUMBERS]

    loop = asyncio.get_running_loop()
    async with open_site() as (door, site):

        @settings(max_examples=60, deadline=None)
        @given(drawn=deliveries())
        def check(drawn: Any) -> None:
            asyncio.run_coroutine_threadsafe(scenario(door, site, *drawn), loop).result()

        # In a thread: Hypothesis is synchronous, and the door lives in this loop.
        await asyncio.to_thread(check)


async def test_webhooks__of_one_order_at_the_same_moment__one_order_and_one_cancellation(
    open_site: Any, shopify_order: Any, shopify_cancellation: Any
) -> None:
    async with open_site() as (door, site):
        for number in range(1, 11):
            await asyncio.gather(
                *(site.say("orders/create", shopify_order(number)) for _ in range(3)),
                *(site.say("orders/cancelled", shopify_cancellation(number)) for _ in range(3)),
            )
        sent: dict[str, list[str]] = {}
        for message in await door.service.sent():
            sent.setdefault(message.record_key(), []).append(type(message).__name__)
    assert sent == {f"ec:{number}": ["PlaceOrder", "CancelOrder"] for number in range(1, 11)}


@given(
    price=st.integers(0, 100_000),
    quantity=st.integers(1, 50),
    percent_off=st.integers(0, 100),
)
def test_lines__whatever_was_taken_off__add_up_to_what_was_paid(
    price: int, quantity: int, percent_off: int
) -> None:
    from edge.channels.webhooks_in.shopify import _Discount, _LineItem, _lines

    off = price * quantity * percent_off // 100
    item = _LineItem(
        id="1", sku="S", quantity=quantity, price=price, discount_allocations=(_Discount(amount=off),)
    )
    lines = list(_lines(item, 0, "g1", True))
    assert sum(line["quantity"] * line["unit_price_jpy"] for line in lines) == price * quantity - off
    assert sum(line["quantity"] for line in lines) == quantity
    assert all(line["quantity"] > 0 for line in lines)
