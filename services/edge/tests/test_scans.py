"""A scan confirms a pick: the goods' barcode stands for their SKU, and devices can ask beforehand."""

from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.testing.harness import only

pytestmark = pytest.mark.component

PICK = {"order_id": "O-1", "line_id": "l1", "quantity": 2}
JAN = "4901234567894"


async def test_pick__a_barcode_is_scanned__its_sku_is_reported(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        await door.service.deliver(a.product("SHIRT", gtins=[JAN]), a.product("SHOE"))
        given = await door.post("/v1/picks", "S001", {**PICK, "gtin": JAN})
        pick = only(await door.service.sent(), m.ConfirmPick)
    assert given.status_code == 202
    assert (pick.sku, pick.quantity, pick.location_id) == ("SHIRT", 2, "S001")


async def test_pick__a_barcode_that_nothing_has__422_and_nothing_goes_out(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        await door.service.deliver(a.product("SHIRT", gtins=[JAN]))
        answer = await door.post("/v1/picks", "S001", {**PICK, "gtin": "4909999999993"})
        assert await door.service.sent() == []
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/gtin"]


@pytest.mark.parametrize("named", [{}, {"sku": "SHIRT", "gtin": JAN}])
async def test_pick__neither_or_both_of_sku_and_barcode__422(
    open_door: Any, a: Any, named: dict[str, str]
) -> None:
    async with open_door("staff") as door:
        await door.service.deliver(a.product("SHIRT", gtins=[JAN]))
        answer = await door.post("/v1/picks", "S001", {**PICK, **named})
        assert await door.service.sent() == []
    assert answer.status_code == 422


async def test_product__by_sku_or_barcode__is_what_a_device_compares_scans_with(
    open_door: Any, a: Any
) -> None:
    async with open_door("staff") as door:
        await door.service.deliver(a.product("SHIRT", gtins=[JAN]))
        answers = [await door.get(f"/v1/products/{name}", "S001") for name in ("SHIRT", JAN, "HAT")]
    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["gtins"] == [JAN]
