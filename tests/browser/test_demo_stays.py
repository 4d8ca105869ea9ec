"""`make demo ARGS=--stay`: somebody who has never seen the retailer shops, works in a store and sees the credit."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from tests.browser.boarding import DESK, Board
from tests.browser.conftest import NewPage
from tests.browser.looking import Looking
from tests.browser.staffing import TABLET
from tests.browser.stranger import Told, demo_that_stays
from tests.browser.test_shopper_sending import fill_address, to_address
from tests.browser.wording import Wording

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CREDIT_SECONDS_MAX = 60.0  # five or so on a machine that has nothing else to do


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    """What a demo that stays has printed."""
    async with demo_that_stays(tmp_path_factory.mktemp("stays") / "home") as printed:
        yield printed


@dataclass(frozen=True)
class Stranger:
    """Somebody who has what is printed and no more; each act ends with a picture."""

    told: Told
    looking: Looking
    language: str

    def say(self, app: str) -> Wording:
        """The texts of an app."""
        return Wording(app, self.language)

    async def look(self, page: Page, name: str) -> None:
        """Keep a picture."""
        await self.looking.at(page, f"stay-{name}-{self.language}")

    async def open_the_board(self, page: Page) -> Board:
        """Sign in where credit is shown."""
        board = Board(page, self.say("board"))
        await page.set_viewport_size(DESK)
        await self.told.board.sign_in(page, board.say)
        await board.headed("credit.title")
        await board.drawn()
        await self.look(page, "1-board-before")
        return board

    async def buy(self, page: Page) -> None:
        """Order the product, to be collected in the store."""
        say, store = self.say("shopper"), self.told.store[self.language]
        heading = page.get_by_role("heading", name=self.told.product[self.language], level=1)
        await expect(heading).to_be_visible()
        collect = page.get_by_role("button", name=say("stock.collect_in", store=store), exact=True)
        await expect(collect).to_be_visible()
        await self.look(page, "2-product")
        await collect.click()
        order = page.get_by_role("button", name=re.compile(say("cart.order", total="¥[0-9,]+")))
        await expect(order).to_be_visible()
        await self.look(page, "3-cart")
        await order.click()
        await expect(page.locator("[data-status=confirmed]")).to_be_visible()

    async def have_it_sent(self, page: Page) -> None:
        """Order the product for an address, and pay where no money is moved."""
        say = self.say("shopper")
        await to_address(page, say)
        await fill_address(page, say, "hanako@example.jp")
        await page.get_by_role("button", name=say("address.submit")).click()
        await page.get_by_role("button", name=re.compile(say("cart.pay", total="¥[0-9,]+"))).click()
        await self.look(page, "11-payment")
        await page.get_by_role("link", name={"ja": "支払う", "en": "Pay"}[self.language], exact=True).click()
        await expect(page.locator("[data-status=confirmed]")).to_be_visible()

    async def pick(self, page: Page) -> None:
        """Sign in for the store and pick what is to be picked, without a scanner."""
        say, product = self.say("staff"), self.told.product[self.language]
        await page.set_viewport_size(TABLET)
        await self.look(page, "4-staff-sign-in")
        await self.told.staff.sign_in(page, say)
        card = page.get_by_role("link").filter(has_text=say("kind.pick"))
        await expect(card).to_have_count(1)
        await self.look(page, "5-today")
        await card.click()
        await expect(page.get_by_text(product)).to_be_visible()
        await self.look(page, "6-pick")
        await page.get_by_role("button", name=say("lines.without_scan_of", name=product)).click()
        await page.get_by_role("button", name=say("lines.picked"), exact=True).click()
        await expect(page.get_by_text(say("task.done_detail"))).to_be_visible()

    async def read_digits(self, page: Page) -> str:
        """The six digits that the shopper's page shows, once the order is ready."""
        await expect(page.locator("[data-status=ready]")).to_be_visible()
        digits = await page.get_by_text(re.compile(r"^\d{6}$")).inner_text()
        await self.look(page, "7-ready")
        return digits

    async def hand_over(self, page: Page, digits: str) -> None:
        """Hand over what waits, to whoever has these digits."""
        say = self.say("staff")
        tabs = page.get_by_role("navigation", name=say("tabs"))
        await tabs.get_by_role("link", name=say("tab.hand-over")).click()
        await page.get_by_role("button").filter(has_text=self.told.product[self.language]).click()
        await page.get_by_label(say("hand_over.digits")).fill(digits)
        await self.look(page, "8-hand-over")
        await page.get_by_role("button", name=say("hand_over.submit"), exact=True).click()
        await expect(page.get_by_text(say("hand_over.ok"))).to_be_visible()


async def latest_pickup_by(shop: Page) -> datetime:
    """Until when the newest order of this browser waits, as the server has it."""
    said: str = await shop.evaluate(
        "fetch('/v1/orders').then(answer => answer.json()).then(all => all.orders[0].groups[0].pickup_by)"
    )
    return datetime.fromisoformat(said)


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_stranger__buys__hands_over__and_sees_the_credit__by_what_is_printed_alone(
    told: Told, new_page: NewPage, looking: Looking, language: str
) -> None:
    stranger = Stranger(told, looking, language)
    board = await stranger.open_the_board(await new_page(told.board.url, language=language))
    shop = await new_page(told.shop_url, language=language)
    await stranger.buy(shop)
    tablet = await new_page(told.staff.url, language=language)
    await stranger.pick(tablet)
    digits = await stranger.read_digits(shop)
    assert await latest_pickup_by(shop) > datetime.now(UTC) + timedelta(days=1), "the script's window is over"
    await stranger.hand_over(tablet, digits)

    gained = board.page.get_by_role("status").filter(has_text=board.say("credit.gained"))
    await expect(gained).to_contain_text(f"{told.store[language]} +¥", timeout=CREDIT_SECONDS_MAX * 1000)
    await stranger.look(board.page, "9-board-after")
    await expect(shop.locator("[data-status=completed]")).to_be_visible()
    await stranger.look(shop, "10-collected")


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_stranger__has_it_sent__and_pays__by_what_is_printed_alone(
    told: Told, new_page: NewPage, looking: Looking, language: str
) -> None:
    stranger = Stranger(told, looking, language)
    shop = await new_page(told.shop_url, language=language, leads_to=told.payment_url)
    await stranger.have_it_sent(shop)
    await stranger.look(shop, "12-to-be-sent")
