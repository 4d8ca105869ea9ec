"""A shop with a few products, and a guest's browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tsunagu.contracts.ids import uuid7

CART = {"lines": [{"sku": "SKU-1", "quantity": 2}], "location_id": "S001"}


@asynccontextmanager
async def a_shop(open_door: Any, a: Any, **limits: Any) -> AsyncIterator[Any]:
    """A shopper's door with three products and two stores."""
    async with open_door("shopper", **limits) as door:
        await door.service.deliver(
            a.product(color="白", size="M"),
            a.product("TEA", gtins=[], style_id="TEA", name_ja="お茶", price_jpy=129, tax_class="reduced"),
            a.product("OLD", gtins=[], style_id="OLD", active=False),
            a.location("S001"),
            a.location("S002", pickup_enabled=False),
            a.location("W1", kind="warehouse"),
        )
        yield door


def another_guest(door: Any) -> httpx.AsyncClient:
    """Another browser before the same door."""
    return httpx.AsyncClient(transport=door.client._transport, base_url=door.client.base_url)


async def post(door: Any, path: str, body: Any, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await door.client.post(
        path, json=body, headers={"X-Tsunagu-Request": "1", "Idempotency-Key": uuid7(), **named}
    )


async def ordered(door: Any, path: str = "/v1/orders", **headers: str) -> Any:
    await post(door, "/v1/quotes", CART)
    return await post(door, path, {**CART, "total_jpy": 3960}, **headers)
