"""Webhooks of a site: whose they are, that nothing wrong is kept, and what they become."""

import json
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pydantic import SecretBytes
from structlog.testing import capture_logs

from edge.channels.signatures import body_signature
from tsunagu.contracts import messages as m
from tsunagu.testing.harness import all_of, only

pytestmark = pytest.mark.component


def counted(channel: str, outcome: str) -> float:
    labels = {"channel": channel, "outcome": outcome}
    return REGISTRY.get_sample_value("tsunagu_edge_channel_webhooks_total", labels) or 0.0


async def test_create__a_paid_order_for_pickup__is_placed_as_the_site_has_it(
    open_site: Any, shopify_order: Any
) -> None:
    async with open_site() as (door, site):
        answer = await site.say("orders/create", shopify_order())
        command = only(await door.service.sent(), m.PlaceOrder)
    assert answer.status_code == 200
    assert answer.json() == {"order_id": "ec:1001", "outcome": "taken"}
    assert (command.order_id, command.channel, command.payment) == ("ec:1001", "ec", "prepaid")
    assert command.customer_ref == "ec:77"
    assert command.occurred_at.isoformat() == "2026-11-01T01:00:00+00:00"
    assert command.valid_until is None
    assert [(group.method, group.location_id) for group in command.groups] == [("pickup", "S001")]
    (line,) = command.lines
    assert (line.line_id, line.sku, line.quantity) == ("501", "SKU-1", 2)
    assert (line.unit_price_jpy, line.tax_percent) == (1980, 10)
    assert "example.com" not in command.model_dump_json()
    assert "花子" not in command.model_dump_json()


async def test_create__to_an_address__is_shipped_to_its_prefecture(
    open_site: Any, shopify_order: Any
) -> None:
    address = {"province_code": "JP-27", "address1": "1-1", "phone": "+81312345678"}
    body = shopify_order(shipping_lines=[{"code": "standard"}], shipping_address=address)
    async with open_site() as (door, site):
        await site.say("orders/create", body)
        command = only(await door.service.sent(), m.PlaceOrder)
    assert [(group.method, group.prefecture) for group in command.groups] == [("ship", "JP-27")]


async def test_create__one_line_names_its_store__the_others_are_shipped(
    open_site: Any, shopify_order: Any
) -> None:
    (line,) = shopify_order()["line_items"]
    named = {**line, "id": 502, "properties": [{"name": "_pickup_location", "value": "S002"}]}
    body = shopify_order(
        line_items=[line, named], shipping_lines=[], shipping_address={"province_code": "JP-13"}
    )
    async with open_site() as (door, site):
        await site.say("orders/create", body)
        command = only(await door.service.sent(), m.PlaceOrder)
    groups = {group.group_id: group for group in command.groups}
    assert [(one.line_id, groups[one.group_id].method) for one in command.lines] == [
        ("501", "ship"),
        ("502", "pickup"),
    ]
    assert groups[command.lines[1].group_id].location_id == "S002"


async def test_create__a_gift_card_among_goods__is_left_out(open_site: Any, shopify_order: Any) -> None:
    (line,) = shopify_order()["line_items"]
    card = {**line, "id": 502, "sku": None, "requires_shipping": False}
    async with open_site() as (door, site):
        await site.say("orders/create", shopify_order(line_items=[line, card]))
        only_cards = await site.say("orders/create", shopify_order(1002, line_items=[card]))
        command = only(await door.service.sent(), m.PlaceOrder)
    assert [one.line_id for one in command.lines] == ["501"]
    assert only_cards.json() == {
        "order_id": "ec:1002",
        "outcome": "passed_over",
        "reason": "nothing_to_hand_over",
    }


async def test_create__not_paid__is_paid_at_pickup_or_waits_for_the_payment(
    open_site: Any, shopify_order: Any
) -> None:
    shipped = {"shipping_lines": [], "shipping_address": {"province_code": "JP-13"}}
    async with open_site() as (door, site):
        await site.say("orders/create", shopify_order(1, financial_status="pending"))
        early = await site.say("orders/create", shopify_order(2, financial_status="pending", **shipped))
        await site.say("orders/paid", shopify_order(1))
        await site.say("orders/paid", shopify_order(2, **shipped))
        placed = all_of(await door.service.sent(), m.PlaceOrder)
    assert early.json()["reason"] == "not_paid"
    assert [(order.order_id, order.payment) for order in placed] == [
        ("ec:1", "at_pickup"),
        ("ec:2", "prepaid"),
    ]


async def test_webhook__of_another_topic__is_passed_over(open_site: Any) -> None:
    async with open_site() as (door, site):
        answer = await site.say("products/update", {"id": 5})
        assert await door.service.sent() == []
    assert (answer.status_code, answer.json()) == (
        200,
        {"outcome": "passed_over", "reason": "topic_not_taken"},
    )


WRONG: dict[str, dict[str, Any]] = {
    "none": {"X_Shopify_Hmac_Sha256": ""},
    "not ascii": {"X_Shopify_Hmac_Sha256": "\xe9"},
    "another body's": {"X_Shopify_Hmac_Sha256": body_signature(SecretBytes(b"the site's own secret"), b"{}")},
    "another secret's": {"secret": "somebody else's secret"},
    "the other way's": {"secret": "what we sign with for ec"},
    "another channel's": {"channel": "mall"},
    "of no channel": {"channel": "nobody"},
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_webhook__whose_signature_does_not_fit__401_and_nothing_is_kept_or_logged(
    open_site: Any, shopify_order: Any, wrong: str
) -> None:
    channel = {"of no channel": "unknown", "another channel's": "mall"}.get(wrong, "ec")
    async with open_site() as (_, site):
        before = counted(channel, "unsigned")
        with capture_logs() as logs:
            answer = await site.say("orders/create", shopify_order(), **WRONG[wrong])
            # Before it is read: what is no JSON is no other answer.
            unread = await site.say("orders/create", b"{", **WRONG[wrong])
        assert await site.left_nothing()
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:tsunagu:problem:unsigned"
    assert unread.content == answer.content
    assert counted(channel, "unsigned") == before + 2
    assert logs == []


async def test_webhook__of_which_one_byte_was_changed__401(open_site: Any, shopify_order: Any) -> None:
    raw = json.dumps(shopify_order()).encode()
    signature = body_signature(SecretBytes(b"the site's own secret"), raw)
    async with open_site() as (_, site):
        changed = raw.replace(b"1980", b"1981")
        other = await site.say("orders/create", changed, X_Shopify_Hmac_Sha256=signature)
        nothing = await site.left_nothing()
        own = await site.say("orders/create", raw, X_Shopify_Hmac_Sha256=signature)
    assert (other.status_code, own.status_code) == (401, 200)
    assert nothing


async def test_webhook__signed_with_the_next_secret__is_good_during_the_rotation(
    open_site: Any, shopify_order: Any
) -> None:
    async with open_site() as (door, site):
        answer = await site.say("orders/create", shopify_order(), secret="its secret of tomorrow")
        only(await door.service.sent(), m.PlaceOrder)
    assert answer.status_code == 200


async def test_webhook__sent_again__the_same_answer_to_the_byte_and_one_command(
    open_site: Any, shopify_order: Any
) -> None:
    async with open_site() as (door, site):
        first = await site.say("orders/create", shopify_order(), webhook_id="w-1")
        again = await site.say("orders/create", shopify_order(), webhook_id="w-1")
        under_another_id = await site.say("orders/create", shopify_order(), webhook_id="w-2")
        sent = all_of(await door.service.sent(), m.PlaceOrder)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert under_another_id.json() == {"order_id": "ec:1001", "outcome": "known"}
    assert len(sent) == 1


async def test_webhook__the_same_id_with_another_body__422_and_the_first_stands(
    open_site: Any, shopify_order: Any
) -> None:
    async with open_site() as (door, site):
        await site.say("orders/create", shopify_order(1), webhook_id="w-1")
        other = await site.say("orders/create", shopify_order(2), webhook_id="w-1")
        sent = all_of(await door.service.sent(), m.PlaceOrder)
    assert other.status_code == 422
    assert [order.order_id for order in sent] == ["ec:1"]


UNREADABLE = [
    b"",
    b"{",
    b'{"id": NaN}',
    b'{"id": "\xff"}',
    b"[" * 200_000,
    b'{"id": 1, "line_items": [{"price": 1e99999999999999999999}]}',
    b'{"id": ' + b"9" * 5_000 + b"}",
]


@pytest.mark.parametrize("raw", UNREADABLE, ids=range(len(UNREADABLE)))
async def test_webhook__that_is_no_json__422_and_nothing_is_kept(open_site: Any, raw: bytes) -> None:
    async with open_site() as (_, site):
        answer = await site.say("orders/create", raw)
        assert await site.left_nothing()
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:tsunagu:problem:malformed-json"


LINE = {"id": 1, "sku": "SKU-1", "quantity": 1, "price": "100"}
FORBIDDEN: list[tuple[dict[str, Any], str]] = [
    ({"currency": "USD"}, "/currency"),
    ({"created_at": "yesterday"}, "/created_at"),
    ({"id": True}, "/id"),
    ({"line_items": [{**LINE, "price": "19.80"}]}, "/line_items/0/price"),
    ({"line_items": [{**LINE, "price": "1e300"}]}, "/line_items/0/price"),
    ({"line_items": [{**LINE, "quantity": 0}]}, "/line_items/0/quantity"),
    ({"line_items": [{**LINE, "sku": None}]}, "/line_items/0/sku"),
    ({"line_items": [{**LINE, "discount_allocations": [{"amount": "101"}]}]}, "/line_items/0/price"),
    ({"line_items": [{**LINE, "tax_lines": [{"rate": 0.105}]}]}, "/line_items/0/tax_lines"),
    ({"line_items": [{**LINE, "tax_lines": [{"rate": 1e300}]}]}, "/line_items/0/tax_lines/0/rate"),
    ({"line_items": [LINE, LINE]}, ""),
    ({"shipping_lines": []}, "/shipping_address/province_code"),
]


@pytest.mark.parametrize(("change", "pointer"), FORBIDDEN)
async def test_create__of_which_no_order_can_be_made__422_names_the_place_and_nothing_is_kept(
    open_site: Any, shopify_order: Any, change: dict[str, Any], pointer: str
) -> None:
    async with open_site() as (_, site):
        answer = await site.say("orders/create", shopify_order(**change))
        assert await site.left_nothing()
    assert answer.status_code == 422, answer.text
    assert [error.get("pointer", "") for error in answer.json()["errors"]] == [pointer]


async def test_webhook__too_large__413(open_site: Any, shopify_order: Any) -> None:
    async with open_site(body_bytes_max=1_024) as (_, site):
        answer = await site.say("orders/create", shopify_order(note="x" * 1_024))
        assert await site.left_nothing()
    assert answer.status_code == 413


async def test_webhook__without_its_id__400(open_site: Any, shopify_order: Any) -> None:
    async with open_site() as (_, site):
        answer = await site.say("orders/create", shopify_order(), X_Shopify_Webhook_Id=" ")
        assert await site.left_nothing()
    assert answer.status_code == 400


async def test_webhook__headers_of_other_names__as_the_file_says(open_site: Any, shopify_order: Any) -> None:
    more = """
[channels.shop.webhooks_in]
format = "shopify"
secret_variables = ["EC_SECRET"]
signature_header = "X-Shop-Signature"
id_header = "X-Shop-Id"
topic_header = "X-Shop-Event"
pickup_locations = { "shibuya" = "S001" }
"""
    async with open_site(more) as (_, site):
        made = await site.say("orders/create", shopify_order())
        signature = made.request.headers["x-shopify-hmac-sha256"]
        answer = await site.say(
            "nothing", shopify_order(), channel="shop", X_Shopify_Hmac_Sha256="",
            X_Shop_Signature=signature, X_Shop_Id="s-1", X_Shop_Event="orders/create",
        )  # fmt: skip
    assert answer.json() == {"order_id": "shop:1001", "outcome": "taken"}
