"""Shoppers find products by words and barcodes, with the other sizes and colours, and stores by place."""

from typing import Any

import pytest

from tsunagu.contracts import topics
from tsunagu.testing.harness import delete_of

pytestmark = [pytest.mark.component, pytest.mark.wide]


def shirt(a: Any, sku: str, **changes: Any) -> Any:
    values = {
        "style_id": "OXFORD",
        "name_ja": "オックスフォード シャツ",
        "name_en": "Oxford shirt",
        "gtins": [],
        "color": "白",
        "size": "M",
        **changes,
    }
    return a.product(sku, **values)


async def fill(door: Any, a: Any) -> None:
    await door.service.deliver(
        shirt(a, "OX-M"),
        shirt(a, "OX-L", size="L"),
        shirt(a, "OX-NAVY", color="紺"),
        shirt(a, "OX-OLD", color="赤", active=False),
        a.product("KASA", style_id="KASA", name_ja="折りたたみ傘", name_en="Folding umbrella", brand="雨音"),
        a.product("PCT", style_id="PCT", name_ja="綿100%_ｼｬﾂ", name_en="Cotton", gtins=[]),
    )


async def found(door: Any, q: str, **more: Any) -> Any:
    answer = await door.client.get("/v1/products", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def skus(door: Any, q: str) -> list[str]:
    return [product["sku"] for product in (await found(door, q))["products"]]


FOUND = {
    "傘": ["KASA"],
    "雨音 傘": ["KASA"],
    "ｼｬﾂ": ["PCT", "OX-L"],
    "しゃつ": ["PCT", "OX-L"],
    "シャツ 紺": ["OX-NAVY"],
    "OXFORD": ["OX-L"],
    "ｏｘ－ｍ": ["OX-M"],
    "赤 シャツ": [],
    "100%": ["PCT"],
    "1%0": [],
    "_シ": ["PCT"],
    "傘シ": [],
    "　": [],
}


async def test_search__by_words__as_people_type_them(open_door: Any, a: Any) -> None:
    async with open_door("shopper") as door:
        await fill(door, a)
        answers = {q: await skus(door, q) for q in FOUND}
    assert {q: sorted(got) for q, got in answers.items()} == {q: sorted(want) for q, want in FOUND.items()}


async def test_search__of_a_style_one_is_shown__and_the_first_word_at_the_front_comes_first(
    open_door: Any, a: Any
) -> None:
    async with open_door("shopper") as door:
        await fill(door, a)
        await door.service.deliver(a.product("AA", style_id="AA", name_ja="新作 オックスフォード", gtins=[]))
        assert await skus(door, "オックス") == ["OX-L", "AA"]


async def test_search__more_than_are_shown__says_so(open_door: Any, a: Any) -> None:
    async with open_door("shopper") as door:
        await fill(door, a)
        few, all_of_them = await found(door, "シャツ", limit=1), await found(door, "シャツ", limit=2)
    assert (len(few["products"]), few["more"]) == (1, True)
    assert (len(all_of_them["products"]), all_of_them["more"]) == (2, False)


async def test_search__a_product_that_changed_or_is_gone__is_found_as_it_is_now(
    open_door: Any, a: Any
) -> None:
    async with open_door("shopper") as door:
        await fill(door, a)
        await door.service.deliver(a.product("KASA", version=2, style_id="KASA", name_ja="日傘"))
        await door.service.deliver_records(topics.CATALOG_PRODUCTS, [delete_of(shirt(a, "PCT"))])
        await door.service.deliver(a.product("KASA", version=1, style_id="KASA", name_ja="折りたたみ傘"))
        assert await skus(door, "折りたたみ") == []
        assert await skus(door, "日傘") == ["KASA"]
        assert await skus(door, "100%") == []


async def test_search__without_words_or_with_too_many__422(open_door: Any) -> None:
    async with open_door("shopper") as door:
        for q in ("", "あ" * 101, "a\u0000b"):
            answer = await door.client.get("/v1/products", params={"q": q})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["parameter"] == "q"


async def test_product__with_the_other_sizes_and_colours_on_sale(open_door: Any, a: Any) -> None:
    async with open_door("shopper") as door:
        await fill(door, a)
        answer = (await door.client.get("/v1/products/OX-M")).json()
    assert answer["sku"] == "OX-M"
    assert [(one["sku"], one["color"], one["size"]) for one in answer["variants"]] == [
        ("OX-L", "白", "L"),
        ("OX-NAVY", "紺", "M"),
    ]


async def test_stores__nearest_first_without_warehouses(open_door: Any, a: Any) -> None:
    async with open_door("shopper") as door:
        await door.service.deliver(
            a.location("S-OSAKA", prefecture="JP-27", city="大阪市", latitude=34.70, longitude=135.50),
            a.location("S-TOKYO", city="千代田区", latitude=35.68, longitude=139.77),
            a.location("W1", kind="warehouse"),
        )
        near = (await door.client.get("/v1/stores", params={"near": "東京"})).json()
        one = (await door.client.get("/v1/stores", params={"near": "大阪市", "limit": 1})).json()
        nowhere = await door.client.get("/v1/stores", params={"near": "どこか"})
    assert [store["location_id"] for store in near["stores"]] == ["S-TOKYO", "S-OSAKA"]
    assert [store["location_id"] for store in one["stores"]] == ["S-OSAKA"]
    assert one["stores"][0]["distance_km"] == 0
    assert nowhere.status_code == 422
