"""The camera: a browser without a reader of its own fetches ours, and finds the product whose barcode it is shown."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect
from tests.browser.barcode import write_video
from tests.browser.conftest import NewShop
from tests.browser.wording import Wording
from tests.journeys.stories.outside import Outside

from tsunagu.stack import chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_camera__sees_a_barcode__opens_its_product(
    outside: Outside, new_shop: NewShop, tmp_path: Path
) -> None:
    one, say = await new_shop(1, 0), Wording("shopper", "ja")
    film = tmp_path / "barcode.y4m"
    write_video(one.gtin, film)
    program = await asyncio.to_thread(chromium.find)
    camera = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*chromium.flags(), *camera])
        page = await browser.new_page(locale="ja-JP")
        await page.goto(outside.addresses.http["edge-shopper"])
        await page.get_by_role("button", name=say("find.scan")).click()
        await expect(page.get_by_role("heading", name=one.words)).to_be_visible()
        await browser.close()
