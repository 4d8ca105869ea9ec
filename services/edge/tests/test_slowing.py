"""How often shoppers may look at one product, whatever cookies they have."""

from typing import Any

import pytest

pytestmark = pytest.mark.component


async def test_lookups__of_one_product_from_one_address__are_slowed_down_and_others_are_not(
    open_door: Any, a: Any
) -> None:
    limits = {"lookups_per_product_per_minute": 1.0, "lookups_per_product_burst": 2}
    async with open_door("shopper", **limits) as door:
        await door.service.deliver(a.location("S001"), a.product(), a.product("SKU-2", gtins=[]))

        async def look(sku: str, address: str) -> int:
            door.client._transport.client = (address, 1)
            return int((await door.client.get("/v1/stock", params={"sku": sku, "near": "東京"})).status_code)

        mine = [await look("SKU-1", "192.0.2.1") for _ in range(3)]
        other_product, other_address = await look("SKU-2", "192.0.2.1"), await look("SKU-1", "192.0.2.2")
    assert mine == [200, 200, 429]
    assert (other_product, other_address) == (200, 200)
