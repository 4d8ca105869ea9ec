"""An executive of the small retailer: an account, and what they do at the board."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page, ViewportSize, expect
from tests.browser.wording import Wording

from edge.signing_in.passwords import hash_of, new_password

DESK: ViewportSize = {"width": 1280, "height": 900}
USER = "executive"


def let_in(file: Path, *rights: str) -> str:
    """Let the executive sign in, with these rights; returns the password. A changed file is read at once."""
    password = new_password()
    account = {
        "password_hash": hash_of(password),
        "holder": "staff:executive",
        "rights": list(rights),
        "language": "ja",
    }
    written = file.with_suffix(".new")
    written.write_text(json.dumps({USER: account}))
    written.replace(file)
    return password


@dataclass(frozen=True)
class Board:
    """The board, open."""

    page: Page
    say: Wording

    async def sign_in(self, password: str) -> None:
        """Sign in, and wait for the first page."""
        await self.page.set_viewport_size(DESK)
        await self.page.get_by_label(self.say("sign_in.user")).fill(USER)
        await self.page.get_by_label(self.say("sign_in.password")).fill(password)
        await self.page.get_by_role("button", name=self.say("sign_in.submit"), exact=True).click()
        await self.headed("kpis.title")

    async def go(self, name: str) -> None:
        """Follow a link of the navigation."""
        pages = self.page.get_by_role("navigation", name=self.say("navigation.label"))
        await pages.get_by_role("link", name=self.say(f"nav.{name}"), exact=True).click()

    async def headed(self, key: str) -> None:
        """Wait for a page by its heading."""
        await expect(self.page.get_by_role("heading", name=self.say(key), level=1)).to_be_visible()

    async def drawn(self) -> None:
        """Wait for the page's charts."""
        await expect(self.page.locator("[data-drawn=false]")).to_have_count(0)
        await expect(self.page.locator("[data-drawn=true] canvas").first).to_be_visible()

    async def saved(self, caption: str) -> bytes:
        """The file of a table."""
        name = self.say("table.csv", caption=caption)
        async with self.page.expect_download() as download:
            await self.page.get_by_role("button", name=name, exact=True).click()
        found = await download.value
        return await asyncio.to_thread(Path(await found.path()).read_bytes)
