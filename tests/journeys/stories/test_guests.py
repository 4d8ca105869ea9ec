"""A guest of the shopper's page: scans in one store, orders for another, collects there with the code of the page."""

import asyncio
import hashlib
from typing import Any

import httpx
import pytest
from tests.journeys.stories.acts import handover, work
from tests.journeys.stories.guest import Guest, a_guest
from tests.journeys.stories.network import PRICE_JPY, barcode_of
from tests.journeys.stories.outside import Outside, until_answered

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import HandoverProof

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

TOLD = ["order.placed", "order.confirmed", "order.ready", "order.completed"]


async def _ordered(guest: Guest, store: str, sku: str, key: str) -> dict[str, Any]:
    """The order once it is decided."""
    cart = {"lines": [{"sku": sku, "quantity": 1}], "location_id": store}
    quote = (await guest.post("/v1/quotes", cart)).json()
    answer = await guest.post("/v1/orders?wait=10", {**cart, "total_jpy": quote["total_jpy"]}, key)
    assert answer.status_code == 200, answer.text
    order: dict[str, Any] = answer.json()
    assert order["status"] != "placed"
    return order


async def _seen_at(outside: Outside, order_id: str) -> list[str]:
    """The stores that have credit because the customer met the goods there."""
    async with httpx.AsyncClient(base_url=outside.addresses.operator["insight"], timeout=10) as insight:
        answer = await insight.get(f"/credit/sales/order:{order_id}")
    entries = answer.json().get("entries", [])
    return [entry["party_id"] for entry in entries if entry["role"] == "seen"]


async def test_order__of_a_guest_who_scanned_elsewhere__is_collected_with_the_code_of_the_page(
    outside: Outside,
) -> None:
    scanned_at, store = outside.a_store(), outside.a_store()
    shirt = await outside.a_sku({store: 1})
    async with a_guest(outside) as guest:
        await guest.finds(f"/v1/products/{barcode_of(shirt)}", location_id=scanned_at)
        key = uuid7()
        order = await _ordered(guest, store, shirt, key)
        assert order["lines"][0]["unit_price_jpy"] == PRICE_JPY
        order_id = order["order_id"]
        assert order["status"] == "confirmed"
        assert (await _ordered(guest, store, shirt, key))["order_id"] == order_id
        told = asyncio.create_task(guest.events_of(order_id))

        await work(outside, "pick", order_id=order_id)
        code = await guest.finds(f"/v1/orders/{order_id}/pickup-code")
        code_hash = hashlib.sha256(code["token"].encode("ascii")).hexdigest()
        await outside.send(handover(order_id, store, code_hash=code_hash))

        assert await told == TOLD
        await guest.sees(order_id, "completed")
        async with a_guest(outside) as another:
            assert (await another.get(f"/v1/orders/{order_id}")).status_code == 404
    collected = await outside.heard(m.PickupCollected, order_id=order_id)
    assert collected.proof is HandoverProof.CODE
    placed = await outside.heard(m.OrderPlaced, order_id=order_id)
    assert str(placed.customer_ref).startswith("guest:")
    await until_answered(
        lambda: _seen_at(outside, order_id), [scanned_at], "the store of the scan has its credit"
    )


async def test_order__that_a_guest_moves_and_cancels__goes_nowhere_else(outside: Outside) -> None:
    first, second = outside.a_store(), outside.a_store()
    shirt = await outside.a_sku({first: 1, second: 1})
    async with a_guest(outside) as guest:
        await guest.finds(f"/v1/products/{shirt}")
        order_id = (await _ordered(guest, first, shirt, uuid7()))["order_id"]
        path = f"/v1/orders/{order_id}"
        moved = await guest.post(f"{path}/changes", {"location_id": second})
        assert moved.status_code == 202, moved.text
        changed = await outside.heard(m.OrderChanged, order_id=order_id)
        assert [group.location_id for group in changed.groups] == [second]
        await outside.heard(m.OrderReallocated, order_id=order_id)
        await guest.post(f"{path}/cancellations", {})
        told = await guest.events_of(order_id)
        await guest.sees(order_id, "cancelled")
    assert told[:3] == ["order.placed", "order.confirmed", "order.changed"]
    assert told[-1] == "order.cancelled"
    await outside.available(second, shirt, 1)
