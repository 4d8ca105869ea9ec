"""Cancellations of a site: once, and after their order, whenever they come."""

from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def test_cancel__of_an_order_that_is_here__is_asked_for_once(
    open_site: Any, shopify_order: Any, shopify_cancellation: Any
) -> None:
    async with open_site() as (door, site):
        await site.say("orders/create", shopify_order())
        await site.say("orders/cancelled", shopify_cancellation())
        again = await site.say("orders/cancelled", shopify_cancellation())
        command = only(await door.service.sent(), m.CancelOrder)
    assert (command.cancel_id, command.order_id, command.channel) == ("ec:1001:cancel", "ec:1001", "ec")
    assert (command.reason, command.lines) == ("customer_request", ())
    assert again.json()["outcome"] == "known"


async def test_cancel__before_its_order__waits_for_it_and_both_go_out_in_order(
    open_site: Any, shopify_order: Any, shopify_cancellation: Any
) -> None:
    async with open_site() as (door, site):
        early = await site.say("orders/cancelled", shopify_cancellation())
        assert await door.service.sent() == []
        await site.say("orders/create", shopify_order())
        sent = await door.service.sent()
    assert early.json() == {"order_id": "ec:1001", "outcome": "held"}
    assert [type(message) for message in sent] == [m.PlaceOrder, m.CancelOrder]


async def test_cancel__whose_order_comes_over_the_topic__goes_out_then(
    open_site: Any, shopify_cancellation: Any, shopify_order: Any, a: Any
) -> None:
    async with open_site() as (door, site):
        await site.say("orders/create", shopify_order(5))
        example = only(await door.service.sent(), m.PlaceOrder)
        await site.say("orders/cancelled", shopify_cancellation())
        await door.service.deliver(a.placed(example.model_copy(update={"order_id": "ec:1001"})))
        await door.service.work_due()
        held = await door.service.connection.fetchval("SELECT count(*) FROM held_cancellation")
        command_id = await door.service.connection.fetchval(
            "SELECT command_id FROM pending_command WHERE command_type = $1", m.CancelOrder.WIRE_TYPE
        )
    assert held == 0
    assert command_id == "ec:1001:cancel"


async def test_cancel__whose_order_never_comes__is_given_up_after_the_time_that_is_set(
    open_site: Any, shopify_order: Any, shopify_cancellation: Any
) -> None:
    async with open_site(held_cancellation_hours=1) as (door, site):
        await site.say("orders/cancelled", shopify_cancellation(1))
        await door.service.connection.execute(
            "UPDATE held_cancellation SET held_at = now() - interval '61 minutes'"
        )
        await site.say("orders/cancelled", shopify_cancellation(2))
        (upkeep,) = [one for one in door.service.service.periodic if one.name == "held cancellations"]
        await upkeep.run(door.runtime)
        held = await door.service.connection.fetch("SELECT order_id FROM held_cancellation")
        await site.say("orders/create", shopify_order(1))
        sent = await door.service.sent()
    assert [row["order_id"] for row in held] == ["ec:2"]
    assert [type(message) for message in sent] == [m.PlaceOrder]


async def test_cancel__of_an_order_that_is_not_cancelled__422(open_site: Any, shopify_order: Any) -> None:
    async with open_site() as (_, site):
        answer = await site.say("orders/cancelled", shopify_order())
        assert await site.left_nothing()
    assert answer.status_code == 422
