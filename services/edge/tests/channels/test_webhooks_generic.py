"""Webhooks in the generic format: signed with their time and id, in the words of the contracts."""

from typing import Any

import pytest

from tsunagu.contracts import messages as m

pytestmark = [pytest.mark.component, pytest.mark.wide]


def generic_order(number: str = "A-1", **changes: Any) -> dict[str, Any]:
    data = {
        "order_id": number,
        "groups": [{"group_id": "g1", "method": "pickup", "location_id": "S001"}],
        "lines": [
            {
                "line_id": "l1",
                "group_id": "g1",
                "sku": "SKU-1",
                "quantity": 1,
                "unit_price_jpy": 1980,
                "tax_percent": 10,
            }
        ],
        "payment": "at_pickup",
    }
    return {"type": "order.place", "timestamp": "2026-11-01T01:00:00Z", "data": {**data, **changes}}


def generic_cancellation(number: str = "A-1", **changes: Any) -> dict[str, Any]:
    return {
        "type": "order.cancel",
        "timestamp": "2026-11-01T02:00:00Z",
        "data": {"order_id": number, **changes},
    }


async def test_generic__an_order_and_its_cancellations__become_commands(open_site: Any) -> None:
    part: dict[str, Any] = {"lines": [{"line_id": "l1", "quantity": 1}], "cancel_id": "c-1"}
    async with open_site() as (door, site):
        placed = await site.say_generic(generic_order())
        await site.say_generic(generic_cancellation(**part))
        await site.say_generic(generic_cancellation())
        order, first, whole = await door.service.sent()
    assert placed.json() == {"order_id": "mall:A-1", "outcome": "taken"}
    assert isinstance(order, m.PlaceOrder)
    assert (order.order_id, order.channel) == ("mall:A-1", "mall")
    assert (first.cancel_id, first.lines[0].quantity) == ("mall:c-1", 1)
    assert (whole.cancel_id, whole.lines) == ("mall:A-1:cancel", ())


async def test_generic__lines_cancelled_without_an_id__422(open_site: Any) -> None:
    async with open_site() as (_, site):
        answer = await site.say_generic(generic_cancellation(lines=[{"line_id": "l1", "quantity": 1}]))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/data/cancel_id"


@pytest.mark.parametrize("change", [{"channel": "ec"}, {"colour": "red"}])
async def test_generic__a_field_that_is_not_theirs__422(open_site: Any, change: dict[str, str]) -> None:
    async with open_site() as (_, site):
        answer = await site.say_generic(generic_order(**change))
        assert await site.left_nothing()
    assert answer.status_code == 422


async def test_generic__a_type_that_nobody_takes__is_passed_over(open_site: Any) -> None:
    async with open_site() as (_, site):
        answer = await site.say_generic({**generic_order(), "type": "order.admired"})
    assert answer.json()["reason"] == "type_not_taken"


@pytest.mark.parametrize("wrong", ["old", "ahead", "another id", "another time", "no time"])
async def test_generic__a_signature_of_another_time_or_id__401_and_nothing_is_kept(
    open_site: Any, a: Any, wrong: str
) -> None:
    now = int(a.now().timestamp())
    async with open_site() as (_, site):
        match wrong:
            case "old":
                answer = await site.say_generic(generic_order(), sent_at=now - 400)
            case "ahead":
                answer = await site.say_generic(generic_order(), sent_at=now + 400)
            case "another id":
                answer = await site.say_generic(generic_order(), webhook_id="w-1", **{"webhook-id": "w-2"})
            case "another time":
                answer = await site.say_generic(
                    generic_order(), sent_at=now - 400, **{"webhook-timestamp": str(now)}
                )
            case "no time":
                answer = await site.say_generic(generic_order(), **{"webhook-timestamp": "now"})
        assert await site.left_nothing()
    assert answer.status_code == 401
