"""Where a shopper is: asked of the device on a tap only; a store that they say to be in keeps what it showed."""

from typing import Any

import pytest
from playwright.async_api import Geolocation, Page, expect
from tests.browser.conftest import NewPage, NewShop
from tests.browser.looking import Looking
from tests.browser.test_shopper import find, name_of
from tests.browser.wording import Wording
from tests.journeys.stories.outside import Outside

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WATCHED = """
const real = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation)
window.positionsAsked = 0
navigator.geolocation.getCurrentPosition = (...given) => { window.positionsAsked += 1; real(...given) }
"""


async def asked_for_positions(page: Page) -> Any:
    return await page.evaluate("window.positionsAsked")


async def open_watched(new_page: NewPage, url: str, position: Geolocation | None) -> Page:
    """A page that counts how often it asks where the device is."""
    page = await new_page(url, position=position)
    await page.context.add_init_script(WATCHED)
    await page.reload()
    return page


async def test_place__is_asked_of_the_device_on_a_tap_only__and_told_no_closer_than_needed(
    outside: Outside, new_shop: NewShop, new_page: NewPage
) -> None:
    one, say = await new_shop(1, 0), Wording("shopper", "ja")
    here = Geolocation(latitude=one.latitude + 0.0004321, longitude=139.7004321)
    url = f"{outside.addresses.http['edge-shopper']}/app/products/{one.sku}"
    page = await open_watched(new_page, url, here)
    await expect(
        page.get_by_text(say("band.few")).or_(page.get_by_text(say("band.none"))).first
    ).to_be_visible()
    assert await asked_for_positions(page) == 0

    async with page.expect_request(lambda asked: "/v1/stock" in asked.url) as looked:
        await page.get_by_role("button", name=say("near.here")).click()
    near = (await looked.value).url.split("near=")[1]
    assert near == f"{one.latitude:.3f}%2C139.700"
    first = page.get_by_role("heading", level=3).first
    await expect(first).to_have_text(name_of(one.stores[0], one, say))
    assert await asked_for_positions(page) == 1


async def test_place__that_the_shopper_does_not_tell__is_entered_instead(
    outside: Outside, new_shop: NewShop, new_page: NewPage, looking: Looking
) -> None:
    one, say = await new_shop(1, 0), Wording("shopper", "ja")
    url = f"{outside.addresses.http['edge-shopper']}/app/products/{one.sku}"
    page = await open_watched(new_page, url, None)
    await page.get_by_role("button", name=say("near.here")).click()
    await expect(page.get_by_text(say("near.not_allowed"))).to_be_visible()
    await looking.at(page, "shopper-17-no-position-ja")
    await page.get_by_label(say("near.field")).fill(one.city)
    await page.get_by_role("button", name=say("near.submit")).click()
    await expect(page.get_by_text(name_of(one.stores[0], one, say)).first).to_be_visible()


async def test_store__that_the_shopper_is_in__keeps_what_is_scanned_there_until_they_leave(
    outside: Outside, new_shop: NewShop, new_page: NewPage, looking: Looking
) -> None:
    one, say = await new_shop(1, 0), Wording("shopper", "ja")
    page = await new_page(outside.addresses.http["edge-shopper"])
    seen_in: list[str | None] = []

    async def scan() -> None:
        """Type the barcode, as the camera does, and note which store the server is told."""
        async with page.expect_response(lambda got: f"/v1/products/{one.gtin}" in got.url) as answered:
            await find(page, say, one.gtin)
        answer = await answered.value
        assert answer.ok
        seen_in.append(answer.url.partition("location_id=")[2] or None)
        await expect(page.get_by_role("heading", name=one.words)).to_be_visible()
        await page.get_by_role("link", name=say("nav.find")).click()

    await scan()
    await page.get_by_role("button", name=say("in_store.choose")).click()
    await page.get_by_label(say("near.field")).fill(one.city)
    await page.get_by_role("button", name=say("near.submit")).click()
    await looking.at(page, "shopper-18-in-store-ja")
    store = name_of(one.stores[1], one, say)
    await page.get_by_role("button", name=store, exact=True).click()
    await expect(page.get_by_text(say("in_store.here", store=store))).to_be_visible()
    await scan()
    await page.reload()
    await expect(page.get_by_text(say("in_store.here", store=store))).to_be_visible()
    await scan()
    await page.get_by_role("button", name=say("in_store.leave")).click()
    await scan()
    assert seen_in == [None, one.stores[1], one.stores[1], None]
    cookies = await page.context.cookies()
    assert any("guest" in cookie.get("name", "") and cookie.get("httpOnly") for cookie in cookies)
