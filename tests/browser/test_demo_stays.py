"""`make demo ARGS=--stay`: somebody who has never seen the retailer shops, works in a store and sees the credit."""

import re
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from tests.browser.boarding import DESK, Board
from tests.browser.conftest import NewPage
from tests.browser.looking import Looking
from tests.browser.staffing import TABLET
from tests.browser.stranger import Told, demo_that_stays
from tests.browser.wording import Wording

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CREDIT_SECONDS_MAX = 60.0  # five or so on a machine that has nothing else to do
SIX_DIGITS = re.compile(r"^\d{6}$")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    """What a demo that stays has printed."""
    async with demo_that_stays(tmp_path_factory.mktemp("stays") / "home") as printed:
        yield printed


async def latest_pickup_by(shop: Page) -> datetime:
    """Until when the newest order of this browser waits, as the server has it."""
    said: str = await shop.evaluate(
        "fetch('/v1/orders').then(answer => answer.json()).then(all => all.orders[0].groups[0].pickup_by)"
    )
    return datetime.fromisoformat(said)


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_stranger__buys__hands_over__and_sees_the_credit__by_what_is_printed_alone(
    told: Told,
    new_page: NewPage,
    looking: Looking,
    record_property: Callable[[str, object], None],
    language: str,
) -> None:
    record_property("seconds_until_the_addresses_are_printed", round(told.seconds))
    say = {app: Wording(app, language) for app in ("shopper", "staff", "board")}
    product, store = told.product[language], told.store[language]

    board = Board(await new_page(told.board.url, language=language), say["board"])
    await board.page.set_viewport_size(DESK)
    await told.board.sign_in(board.page, say["board"])
    await board.headed("credit.title")
    await board.drawn()
    await looking.at(board.page, f"stay-1-board-before-{language}")

    shop = await new_page(told.shop_url, language=language)
    await expect(shop.get_by_role("heading", name=product, level=1)).to_be_visible()
    collect = shop.get_by_role("button", name=say["shopper"]("stock.collect_in", store=store), exact=True)
    await expect(collect).to_be_visible()
    await looking.at(shop, f"stay-2-product-{language}")
    await collect.click()
    pay = say["shopper"]("cart.order", total="¥[0-9,]+")
    await expect(shop.get_by_role("button", name=re.compile(pay))).to_be_visible()
    await looking.at(shop, f"stay-3-cart-{language}")
    await shop.get_by_role("button", name=re.compile(pay)).click()
    await expect(shop.locator("[data-status=confirmed]")).to_be_visible()

    tablet = await new_page(told.staff.url, language=language)
    await tablet.set_viewport_size(TABLET)
    await looking.at(tablet, f"stay-4-staff-sign-in-{language}")
    await told.staff.sign_in(tablet, say["staff"])
    pick = tablet.get_by_role("link").filter(has_text=say["staff"]("kind.pick"))
    await expect(pick).to_have_count(1)
    await looking.at(tablet, f"stay-5-today-{language}")
    await pick.click()
    await expect(tablet.get_by_text(product)).to_be_visible()
    await looking.at(tablet, f"stay-6-pick-{language}")
    await tablet.get_by_role("button", name=say["staff"]("lines.without_scan_of", name=product)).click()
    await tablet.get_by_role("button", name=say["staff"]("lines.picked"), exact=True).click()
    await expect(tablet.get_by_text(say["staff"]("task.done_detail"))).to_be_visible()

    await expect(shop.locator("[data-status=ready]")).to_be_visible()
    digits = await shop.get_by_text(SIX_DIGITS).inner_text()
    await looking.at(shop, f"stay-7-ready-{language}")
    assert await latest_pickup_by(shop) > datetime.now(UTC) + timedelta(days=1), "the script's window is over"

    tabs = tablet.get_by_role("navigation", name=say["staff"]("tabs"))
    await tabs.get_by_role("link", name=say["staff"]("tab.hand-over")).click()
    await tablet.get_by_role("button").filter(has_text=product).click()
    await tablet.get_by_label(say["staff"]("hand_over.digits")).fill(digits)
    await looking.at(tablet, f"stay-8-hand-over-{language}")
    await tablet.get_by_role("button", name=say["staff"]("hand_over.submit"), exact=True).click()
    await expect(tablet.get_by_text(say["staff"]("hand_over.ok"))).to_be_visible()
    handed_over = time.monotonic()

    gained = board.page.get_by_role("status").filter(has_text=say["board"]("credit.gained"))
    await expect(gained).to_contain_text(f"{store} +¥", timeout=CREDIT_SECONDS_MAX * 1000)
    record_property("seconds_until_the_credit_is_seen", round(time.monotonic() - handed_over, 1))
    await looking.at(board.page, f"stay-9-board-after-{language}")
    await expect(shop.locator("[data-status=completed]")).to_be_visible()
    await looking.at(shop, f"stay-10-collected-{language}")
