"""A guest buys: what is quoted, what is ordered for it, once, and at no other price."""

from datetime import timedelta
from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import TaxAmount
from tsunagu.tax import tax_of
from tsunagu.testing.harness import all_of, only

from .conftest import CART, a_shop, ordered, post

pytestmark = pytest.mark.component


async def test_quote__says_what_it_costs_with_tax_by_rate_and_where_it_is_received(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a) as door:
        lines = [{"sku": "SKU-1", "quantity": 2}, {"sku": "TEA", "quantity": 3}]
        answer = await post(door, "/v1/quotes", {"lines": lines, "location_id": "S001"})
        assert await door.service.sent() == []
    quote = answer.json()
    assert [(line["sku"], line["unit_price_jpy"], line["amount_jpy"]) for line in quote["lines"]] == [
        ("SKU-1", 1980, 3960),
        ("TEA", 129, 387),
    ]
    assert [(line["tax_class"], line["tax_percent"]) for line in quote["lines"]] == [
        ("standard", 10),
        ("reduced", 8),
    ]
    assert quote["total_jpy"] == 4347
    assert [TaxAmount(**one) for one in quote["tax_by_rate"]] == [
        TaxAmount(tax_percent=8, taxable_jpy=387 - tax_of(387, 8), tax_jpy=tax_of(387, 8)),
        TaxAmount(tax_percent=10, taxable_jpy=3600, tax_jpy=360),
    ]
    assert (quote["payment"], quote["method"]) == ("at_pickup", "pickup")
    assert quote["pickup"]["name_ja"] == "S001店"
    assert quote["terms"]["cancel_until"] == "collected"


CANT: list[tuple[dict[str, Any], str]] = [
    ({"lines": [{"sku": "NONE", "quantity": 1}]}, "/lines/0/sku"),
    ({"lines": [{"sku": "OLD", "quantity": 1}]}, "/lines/0/sku"),
    ({"lines": [{"sku": "SKU-1", "quantity": 11}]}, "/lines/0/quantity"),
    ({"lines": [{"sku": "SKU-1", "quantity": 0}]}, "/lines/0/quantity"),
    ({"lines": []}, "/lines"),
    ({"lines": [{"sku": "TEA", "quantity": 1}] * 2}, ""),
    ({"location_id": "S002"}, "/location_id"),
    ({"location_id": "W1"}, "/location_id"),
    ({"location_id": "S999"}, "/location_id"),
    ({"prefecture": "JP-13"}, ""),
    ({"location_id": None}, ""),
    ({"unit_price_jpy": 1}, "/unit_price_jpy"),
    ({"customer_ref": "card:1"}, "/customer_ref"),
]


async def test_quote_and_order__of_what_cant_be__422_names_it_and_nothing_goes_out(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a) as door:
        await post(door, "/v1/quotes", CART)
        for change, pointer in CANT:
            quoted = await post(door, "/v1/quotes", {**CART, **change})
            placed = await post(door, "/v1/orders", {**CART, **change, "total_jpy": 3960})
            for answer in (quoted, placed):
                assert answer.status_code == 422, change
                assert answer.json()["errors"][0]["pointer"] == pointer, change
        assert await door.service.sent() == []


async def test_quote__of_too_many__is_refused_alike_whatever_there_is(open_door: Any, a: Any) -> None:
    async with a_shop(open_door, a) as door:
        body = {"lines": [{"sku": "SKU-1", "quantity": 11}], "location_id": "S001"}
        nothing_known = await post(door, "/v1/quotes", body)
        await door.service.deliver(a.stock("S001", 3))
        few = await post(door, "/v1/quotes", body)
        await door.service.deliver(a.stock("S001", 500, version=2))
        plenty = await post(door, "/v1/quotes", body)
    assert nothing_known.content == few.content == plenty.content


async def test_order__of_a_guest__goes_out_at_the_catalogues_price_under_the_ref_of_their_scans(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a) as door:
        await door.client.get("/v1/products/4512345678906", params={"location_id": "S001"})
        given = await ordered(door)
        sent = await door.service.sent()
    order, scan = only(sent, m.PlaceOrder), only(sent, m.ProductScanned)
    assert given.status_code == 202
    assert given.json()["order_id"] == order.order_id
    assert order.customer_ref == scan.customer_ref == f"guest:{scan.visitor_id}"
    assert (order.channel, order.payment) == ("app", "at_pickup")
    assert [(group.method, group.location_id) for group in order.groups] == [("pickup", "S001")]
    assert [(line.sku, line.quantity, line.unit_price_jpy, line.tax_percent) for line in order.lines] == [
        ("SKU-1", 2, 1980, 10)
    ]
    assert order.valid_until is not None
    assert order.valid_until - order.occurred_at == timedelta(minutes=15)


async def test_order__that_costs_something_else_by_now__409_and_nothing_goes_out(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a) as door:
        await post(door, "/v1/quotes", CART)
        await door.service.deliver(a.product(version=2, price_jpy=2200))
        key = uuid7()
        refused = await post(door, "/v1/orders", {**CART, "total_jpy": 3960}, Idempotency_Key=key)
        assert await door.service.sent() == []
        taken = await post(door, "/v1/orders", {**CART, "total_jpy": 4400}, Idempotency_Key=key)
        order = only(await door.service.sent(), m.PlaceOrder)
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:tsunagu:problem:price-changed"
    assert "¥4,400" in refused.json()["detail"]
    assert taken.status_code == 202
    assert order.lines[0].unit_price_jpy == 2200


async def test_order__sent_again__is_one_order_even_if_the_first_answer_was_lost(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a) as door:
        key = uuid7()
        first = await ordered(door, Idempotency_Key=key)
        orders = all_of(await door.service.sent(), m.PlaceOrder)
        await door.service.deliver(a.product(version=2, price_jpy=2200))
        again = await post(door, "/v1/orders", {**CART, "total_jpy": 3960}, Idempotency_Key=key)
        orders += all_of(await door.service.sent(), m.PlaceOrder)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert len(orders) == 1


async def test_order__of_nobody_who_has_asked_for_a_quote__403_since_a_lost_answer_would_order_twice(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a) as door:
        answer = await post(door, "/v1/orders", {**CART, "total_jpy": 3960})
        assert await door.service.sent() == []
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:tsunagu:problem:guest-needed"
    assert "set-cookie" not in answer.headers


async def test_change__that_may_come_from_another_sites_page__403(open_door: Any, a: Any) -> None:
    async with a_shop(open_door, a) as door:
        order_id = (await ordered(door)).json()["order_id"]
        await door.service.sent()
        for path, body in (
            ("/v1/quotes", CART),
            ("/v1/orders", {**CART, "total_jpy": 3960}),
            (f"/v1/orders/{order_id}/cancellations", {}),
            (f"/v1/orders/{order_id}/changes", {"location_id": "S001"}),
        ):
            answer = await post(door, path, body, X_Tsunagu_Request="")
            assert answer.status_code == 403, path
            assert answer.json()["type"] == "urn:tsunagu:problem:other-page"
        assert len(all_of(await door.service.sent(), m.CancelOrder)) == 0


async def test_orders__too_many_from_an_address__are_refused_whatever_the_cookie(
    open_door: Any, a: Any
) -> None:
    async with a_shop(open_door, a, orders_per_hour=1.0, orders_burst=2) as door:
        statuses = []
        for _ in range(3):
            statuses.append((await ordered(door)).status_code)
            door.client.cookies.clear()
        door.client._transport.client = ("192.0.2.2", 1)
        elsewhere = (await ordered(door)).status_code
    assert (statuses, elsewhere) == ([202, 202, 429], 202)
