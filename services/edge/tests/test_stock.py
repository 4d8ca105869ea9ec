"""Stock near a place and products, from the copy that partner and shopper each keep: bands, never quantities."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from edge import surroundings
from edge.domain.bands import Band
from tsunagu.contracts import messages as m
from tsunagu.contracts.topics import topic_of
from tsunagu.contracts.values import JAPAN
from tsunagu.testing.harness import all_of, delete_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]

TOKYO, YOKOHAMA, OSAKA = (35.68, 139.77), (35.45, 139.64), (34.70, 135.50)


def at(place: tuple[float, float]) -> dict[str, float]:
    return {"latitude": place[0], "longitude": place[1]}


async def fill(door: Any, a: Any) -> None:
    await door.service.deliver(
        a.stock("S-OSAKA", 50),
        a.stock("S-TOKYO", 3),
        a.stock("S-YOKOHAMA", 0),
        a.stock("W1", 500),
        a.feed("S-OSAKA"),
        a.feed("S-TOKYO", last_seen_at=a.now() - timedelta(hours=2)),
        a.product(),
        a.location("S-OSAKA", prefecture="JP-27", city="大阪市", **at(OSAKA)),
        a.location("S-TOKYO", city="千代田区", **at(TOKYO)),
        a.location("S-YOKOHAMA", prefecture="JP-14", city="横浜市", **at(YOKOHAMA)),
        a.location("W1", kind="warehouse"),
    )


async def stock(door: Any, process: str, **query: Any) -> Any:
    query = {"sku": "SKU-1", "near": "東京", **query}
    headers = door.headers("app") if process == "partner" else {}
    return await door.client.get(
        "/v1/stock", params={k: v for k, v in query.items() if v is not None}, headers=headers
    )


@pytest.mark.parametrize("process", ["partner", "shopper"])
async def test_stock__nearest_first_in_bands_with_its_age(open_door: Any, a: Any, process: str) -> None:
    async with open_door(process) as door:
        await fill(door, a)
        answer = await stock(door, process)
    found = answer.json()["locations"]
    assert [(one["location_id"], one["band"], one["stale"]) for one in found] == [
        ("S-TOKYO", "few", True),
        ("S-YOKOHAMA", "none", True),
        ("S-OSAKA", "plenty", False),
    ]
    # Tokyo's prefectural office to Osaka: about 400 km in a straight line.
    assert 390 < found[2]["distance_km"] < 405
    assert all(datetime.fromisoformat(one["as_of"]).second == 0 for one in found)


@pytest.mark.parametrize("process", ["partner", "shopper"])
async def test_stock__a_location_has_closed_dates__those_to_come_are_shown(
    open_door: Any, a: Any, process: str
) -> None:
    today = datetime.now(JAPAN).date()
    days = [today + timedelta(days=offset) for offset in (9, -1, 1, 0)]
    async with open_door(process) as door:
        await fill(door, a)
        await door.service.deliver(a.location("S-TOKYO", version=2, closed_dates=days, **at(TOKYO)))
        answer = await stock(door, process, limit=2)
    closed = {one["location_id"]: one["closed_dates"] for one in answer.json()["locations"]}
    assert closed == {
        "S-TOKYO": [(today + timedelta(days=offset)).isoformat() for offset in (0, 1, 9)],
        "S-YOKOHAMA": [],
    }


@pytest.mark.parametrize("process", ["partner", "shopper"])
async def test_stock__a_location_closes_on_public_holidays__those_to_come_are_shown_among_its_closed_dates(
    open_door: Any, a: Any, process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = datetime.now(JAPAN).date()
    holidays = {today + timedelta(days=offset) for offset in (-1, 0, 2)}
    monkeypatch.setattr(surroundings, "public_holidays", lambda _: holidays)
    async with open_door(process) as door:
        await fill(door, a)
        days = [today + timedelta(days=1)]
        location = a.location("S-TOKYO", version=2, closed_dates=days, opens_on_holidays=False, **at(TOKYO))
        await door.service.deliver(location)
        answer = await stock(door, process, limit=2)
    closed = {one["location_id"]: one["closed_dates"] for one in answer.json()["locations"]}
    assert closed == {
        "S-TOKYO": [(today + timedelta(days=offset)).isoformat() for offset in (0, 1, 2)],
        "S-YOKOHAMA": [],
    }


@pytest.mark.parametrize("process", ["partner", "shopper"])
async def test_stock__something_is_sold__its_age_tells_no_more_than_that_of_other_products(
    open_door: Any, a: Any, process: str
) -> None:
    heard = a.now() - timedelta(minutes=5)
    async with open_door(process) as door:
        await fill(door, a)
        await door.service.deliver(a.product("SKU-2", gtins=[]), a.stock("S-TOKYO", 9, sku="SKU-2"))
        await door.service.deliver(a.feed("S-TOKYO", version=2, last_seen_at=heard))
        # An order's promise, of which the store's own feed says nothing.
        await door.service.deliver(a.stock("S-TOKYO", 8, sku="SKU-2", version=2))
        answers = [await stock(door, process, sku=sku, limit=1) for sku in ("SKU-1", "SKU-2")]
    ages = [answer.json()["locations"][0]["as_of"] for answer in answers]
    assert ages == [heard.replace(second=0, microsecond=0).isoformat().replace("+00:00", "Z")] * 2


async def test_stock__of_shoppers__the_same_number_is_another_band_in_some_stores_for_good(
    open_door: Any, a: Any
) -> None:
    stores = [f"S{number:02}" for number in range(60)]
    edges = {5: {"few", "available"}, 24: {"available", "plenty"}}
    async with open_door("shopper", locations_shown_max=60) as door:
        await door.service.deliver(a.product(), *(a.location(store) for store in stores))
        seen = []
        for version, pieces in enumerate((5, 24, 5, 24), start=1):
            await door.service.deliver(*(a.stock(store, pieces, version=version) for store in stores))
            found = (await stock(door, "shopper", limit=60)).json()["locations"]
            seen.append({one["location_id"]: one["band"] for one in found})
            assert set(seen[-1].values()) == edges[pieces]
    assert seen[:2] == seen[2:]


@pytest.mark.parametrize("process", ["partner", "shopper"])
async def test_stock__no_quantity_is_stored_anywhere(open_door: Any, a: Any, process: str) -> None:
    async with open_door(process) as door:
        await fill(door, a)
        await door.service.deliver(a.stock("S-OSAKA", 987_654, version=2))
        tables = await door.service.connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        for row in tables:
            rows = await door.service.connection.fetch(
                f'SELECT t::text AS line FROM "{row["table_name"]}" AS t'
            )
            assert not [line for line in rows if "987654" in line["line"]], row["table_name"]


NEAR = {
    "大阪府": "S-OSAKA",
    "osaka": "S-OSAKA",
    "JP-27": "S-OSAKA",
    "大阪市": "S-OSAKA",
    "神奈川県横浜市": "S-YOKOHAMA",
    "横浜": "S-YOKOHAMA",
    "３４．７，１３５．５": "S-OSAKA",
    "35.45, 139.64": "S-YOKOHAMA",
    "鳥取県": "S-OSAKA",
}


async def test_stock__near_a_place_as_people_write_it(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        await fill(door, a)
        answers = {near: await stock(door, "partner", near=near) for near in NEAR}
    assert {near: answer.json()["locations"][0]["location_id"] for near, answer in answers.items()} == NEAR


SENSELESS: list[tuple[dict[str, Any], str]] = [
    ({"near": "どこでもない市"}, "near"),
    ({"near": "95.0,10.0"}, "near"),
    ({"near": "府中市"}, "near"),
    ({"near": "a\u0000b"}, "near"),
    ({"near": "x" * 200}, "near"),
    ({"gtin": "4512345678906"}, "sku"),
    ({"sku": None}, "sku"),
    ({"sku": None, "gtin": "123"}, "gtin"),
    ({"limit": 0}, "limit"),
]


async def test_stock__a_question_that_makes_no_sense__says_which_part(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        await fill(door, a)
        await door.service.deliver(
            a.location("F1", city="府中市"), a.location("F2", city="府中市", prefecture="JP-34")
        )
        for query, parameter in SENSELESS:
            answer = await stock(door, "partner", **query)
            assert answer.status_code == 422, query
            assert [error["parameter"] for error in answer.json()["errors"]] == [parameter], query


async def test_stock__of_an_unknown_product__404(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        await fill(door, a)
        answer = await stock(door, "partner", sku="unknown")
    assert answer.status_code == 404


async def test_stock__in_stock_only_and_limit(open_door: Any, a: Any) -> None:
    async with open_door("partner", locations_shown_max=2) as door:
        await fill(door, a)
        having = await stock(door, "partner", in_stock_only=True)
        one = await stock(door, "partner", limit=1)
        many = await stock(door, "partner", limit=1000)
    assert [found["location_id"] for found in having.json()["locations"]] == ["S-TOKYO", "S-OSAKA"]
    assert (len(one.json()["locations"]), len(many.json()["locations"])) == (1, 2)


async def test_stock__an_older_version_comes_late__the_newest_stays(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        await fill(door, a)
        newer, older = a.stock("S-TOKYO", 50, version=3), a.stock("S-TOKYO", 0, version=2)
        await door.service.deliver(newer, older)
        await door.service.deliver(older)
        answer = await stock(door, "partner")
    assert answer.json()["locations"][0]["band"] == "plenty"


async def test_stock__replayed_doubled_and_in_another_order__the_same_copy(open_door: Any, a: Any) -> None:
    messages = [a.stock("S1", n, version=n + 1) for n in (2, 0, 30, 7)] + [
        a.feed("S1", version=v) for v in (2, 1)
    ]
    async with open_door("shopper") as door:
        await door.service.deliver(*messages)
        columns = "SELECT sku, location_id, version, band FROM stock_band"
        once = await door.service.connection.fetch(columns)
        await door.service.deliver(*reversed(messages), *messages)
        again = await door.service.connection.fetch(columns)
    assert once == again
    assert once[0]["band"] == Band.PLENTY


async def test_delete__of_each_state__is_forgotten(open_door: Any, a: Any) -> None:
    location, product, stock, feed = (
        a.location("S1"), a.product("A:B"), a.stock("S1", 5, sku="A:B"), a.feed("S1"),
    )  # fmt: skip
    async with open_door("partner") as door:
        await door.service.deliver(location, product, stock, a.stock("S1", 5, sku="C"), feed)
        for state in (stock, location, product, feed):
            await door.service.deliver_records(topic_of(type(state)), [delete_of(state)])
        counts = [
            await door.service.connection.fetchval(f"SELECT count(*) FROM {table}")
            for table in ("location", "product", "feed", "stock_band")
        ]
    assert counts == [0, 0, 0, 1]


async def test_product__by_sku_or_barcode(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        await door.service.deliver(a.product(), a.product("SKU-0", active=False))
        for code in ("SKU-1", "4512345678906", "04512345678906"):
            answer = await door.get(f"/v1/products/{code}", "app")
            assert (answer.json()["sku"], answer.json()["price_jpy"]) == ("SKU-1", 1980), code


async def test_shopper__needs_no_key_and_reaches_no_order(open_door: Any, a: Any) -> None:
    async with open_door("shopper") as door:
        await fill(door, a)
        product = await door.client.get("/v1/products/4512345678906")
        by_sku = await door.client.get("/v1/products/SKU-1")
        order = await door.client.get("/v1/orders/o1")
    assert product.status_code == by_sku.status_code == 200
    assert product.json() == by_sku.json()
    assert order.status_code == 404


async def test_shopper__who_scans_is_a_guest_from_then_on__and_recorded_as_the_same_one(
    open_door: Any, a: Any
) -> None:
    async with open_door("shopper") as door:
        await fill(door, a)
        await stock(door, "shopper")
        scanned = await door.client.get("/v1/products/4512345678906", params={"location_id": "S-TOKYO"})
        await door.client.get("/v1/products/SKU-1")
        sent = await door.service.sent()
    before, scan, view = (
        only(sent, m.StockLookedUp),
        only(sent, m.ProductScanned),
        only(sent, m.ProductViewed),
    )
    assert (before.sku, before.locations_found, before.channel) == ("SKU-1", 2, "app")
    assert (scan.location_id, scan.sku) == ("S-TOKYO", "SKU-1")
    assert scan.customer_ref == f"guest:{scan.visitor_id}" == view.customer_ref
    assert before.customer_ref is None
    assert before.visitor_id != scan.visitor_id
    cookie = scanned.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie
    assert scan.visitor_id not in cookie


async def test_shopper__over_https__the_cookie_goes_over_https_only(open_door: Any, a: Any) -> None:
    async with open_door("shopper", public_url="https://shop.example.jp") as door:
        await fill(door, a)
        scanned = await door.client.get("/v1/products/4512345678906", params={"location_id": "S-TOKYO"})
    assert "Secure" in scanned.headers["set-cookie"]


async def test_shopper__a_cookie_that_this_door_never_made__is_replaced(open_door: Any, a: Any) -> None:
    async with open_door("shopper") as door:
        await fill(door, a)
        for forged in ("somebody@example.com", "x" * 500, "' OR 1=1"):
            door.client.cookies.clear()
            answer = await door.client.get(
                "/v1/products/4512345678906",
                params={"location_id": "S-TOKYO"},
                headers={"Cookie": f"tsunagu-guest={forged}"},
            )
            assert answer.status_code == 200
            assert forged not in answer.headers["set-cookie"]
        assert len({scan.visitor_id for scan in all_of(await door.service.sent(), m.ProductScanned)}) == 3


async def test_shopper__a_scan_in_an_unknown_store__422_and_nothing_is_recorded(
    open_door: Any, a: Any
) -> None:
    async with open_door("shopper") as door:
        await fill(door, a)
        answer = await door.client.get("/v1/products/4512345678906", params={"location_id": "nowhere"})
        assert await door.service.sent() == []
    assert answer.status_code == 422


async def test_shopper__a_flood__is_slowed_down_per_address(open_door: Any, a: Any) -> None:
    async with open_door("shopper", requests_per_second=0.1, requests_burst=2) as door:
        await fill(door, a)
        answers = [(await stock(door, "shopper")).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


async def test_shopper__more_lookups_than_are_recorded__are_answered_all_the_same(
    open_door: Any, a: Any
) -> None:
    async with open_door("shopper", activity_per_second_max=0.01, activity_burst_max=2) as door:
        await fill(door, a)
        answers = [(await stock(door, "shopper")).status_code for _ in range(5)]
        recorded = all_of(await door.service.sent(), m.StockLookedUp)
    assert answers == [200] * 5
    assert len(recorded) == 2
