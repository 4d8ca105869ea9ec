"""One retailer and one browser for all tests of pages; a shop and pages of its own for each."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Geolocation,
    Page,
    Request,
    ViewportSize,
    async_playwright,
    expect,
)
from tests.browser.looking import AXE, Looking
from tests.browser.retailer import Shop, goods, shop, started
from tests.browser.staffing import TABLET, SignIn, Tablet, add_account
from tests.browser.wording import Wording
from tests.journeys.stories.outside import Outside, now

from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import AdjustStock, StockAdjusted
from tsunagu.contracts.values import AdjustLine, AdjustReason
from tsunagu.stack import chromium

STEP_MS_MAX = 60_000  # far above what any step takes; reached only when something is broken
PHONE: ViewportSize = {"width": 390, "height": 844}

NewPage = Callable[..., Awaitable[Page]]
NewShop = Callable[..., Awaitable[Shop]]
_numbers = itertools.count()


@pytest.fixture(scope="session")
def staff_accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with everybody who may sign in at the staff's app."""
    file = tmp_path_factory.mktemp("accounts") / "staff.json"
    file.write_text("{}")
    return file


@pytest.fixture(scope="session")
def board_accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with everybody who may sign in at the board."""
    file = tmp_path_factory.mktemp("accounts") / "board.json"
    file.write_text("{}")
    return file


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def outside(
    tmp_path_factory: pytest.TempPathFactory,
    staff_accounts: Path,
    board_accounts: Path,
) -> AsyncIterator[Outside]:
    """Everybody outside a system that runs."""
    home = tmp_path_factory.mktemp("browser") / "home"
    async with started(home, staff_accounts, board_accounts) as everybody:
        yield everybody


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The machine's Chromium."""
    expect.set_options(timeout=STEP_MS_MAX)
    program = await asyncio.to_thread(chromium.find)
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=program, args=list(chromium.flags()))
        yield running
        await running.close()


def complain_of(page: Page, url: str, complaints: list[str], leads_to: str | None = None) -> None:
    """Note what a page must not do: ask another address than its own, fail, or what its own policy refuses.

    `leads_to`: a foreign page that its reader may go to.
    """
    own = (f"{urlsplit(url).scheme}://{urlsplit(url).netloc}/", "data:", "blob:")

    def asked(request: Request) -> None:
        left = leads_to is not None and request.is_navigation_request() and request.url.startswith(leads_to)
        if not left and not request.url.startswith(own):
            complaints.append(f"it asks {request.url}")

    def said(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    page.on("request", asked)
    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(f"it fails: {error}"))


@pytest_asyncio.fixture(loop_scope="session")
async def new_page(browser: Browser) -> AsyncIterator[NewPage]:
    """`page = await new_page(url)`: a phone's page. At the end, nothing foreign was asked for and nothing refused."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    async def opened(
        url: str,
        *,
        language: str = "ja",
        keep_shell: bool = False,
        leads_to: str | None = None,
        position: Geolocation | None = None,
    ) -> Page:
        context = await browser.new_context(
            viewport=PHONE,
            locale={"ja": "ja-JP", "en": "en-GB"}[language],
            timezone_id="Asia/Tokyo",
            geolocation=position,
            permissions=["geolocation"] if position else [],
            # What a service worker answers is not seen by the tests' routes.
            service_workers="allow" if keep_shell else "block",
        )
        contexts.append(context)
        context.set_default_timeout(STEP_MS_MAX)
        await context.add_init_script(path=AXE)
        page = await context.new_page()
        complain_of(page, url, complaints, leads_to)
        await page.goto(url)
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def new_shop(outside: Outside) -> NewShop:
    """`await new_shop(5, 0)`: a product, so many pieces of it in its two stores, known to all."""

    async def opened(*pieces: int) -> Shop:
        one = shop(next(_numbers))
        await outside.send(*goods(one))
        for store, count in zip(one.stores, pieces, strict=True):
            if not count:
                continue
            adjustment_id = uuid7()
            await outside.send(
                AdjustStock(
                    adjustment_id=adjustment_id,
                    location_id=store,
                    reason=AdjustReason.OPENING,
                    lines=(AdjustLine(sku=one.sku, change=count),),
                    occurred_at=now(),
                )
            )
            await outside.heard(StockAdjusted, document_id=adjustment_id)
            await outside.available(store, one.sku, count)
        return one

    return opened


@pytest_asyncio.fixture(loop_scope="session")
async def sign_in(outside: Outside, new_page: NewPage, staff_accounts: Path) -> SignIn:
    """`tablet = await sign_in(shop)`: the staff's app, for a store of the shop (its first, if none is named).

    `holder`: for a department instead. `rights`: what the account may do beside a store's work.
    """

    async def opened(
        one: Shop,
        *,
        store: str | None = None,
        holder: str | None = None,
        rights: tuple[str, ...] = (),
        language: str = "ja",
        looking: Looking | None = None,
        keep_shell: bool = False,
    ) -> Tablet:
        user, password = add_account(staff_accounts, holder or store or one.stores[0], *rights)
        url = outside.addresses.http["edge-staff"]
        page = await new_page(url, language=language, keep_shell=keep_shell)
        await page.set_viewport_size(TABLET)
        tablet = Tablet(page, Wording("staff", language), one)
        await page.get_by_label(tablet.say("sign_in.user")).fill(user)
        if looking is not None:
            await looking.at(page, f"staff-1-sign-in-{language}")
        await page.get_by_label(tablet.say("sign_in.password")).fill(password)
        await tablet.press("sign_in.submit")
        await expect(page.get_by_role("heading", name=tablet.say("today.title"))).to_be_visible()
        return tablet

    return opened


@pytest.fixture
def looking(request: pytest.FixtureRequest) -> Looking:
    """Checks what is shown, and keeps a picture of it."""
    return Looking(Path(request.config.rootpath) / ".tsunagu" / "screenshots")
