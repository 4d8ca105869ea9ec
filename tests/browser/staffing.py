"""Staff of the small retailer: accounts, and what their tablet does."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Locator, Page, ViewportSize, expect
from tests.browser.retailer import Shop
from tests.browser.wording import Wording

from edge.signing_in.passwords import hash_of, new_password

TABLET: ViewportSize = {"width": 820, "height": 1180}

SignIn = Callable[..., Awaitable["Tablet"]]


def add_account(file: Path, holder: str, *rights: str) -> tuple[str, str]:
    """Let somebody sign in for a store or a department, with these rights; returns user and password.

    The process reads the file when it has changed.
    """
    user, password = "-".join(("staff", *rights, holder.lower().replace(":", "-"))), new_password()
    accounts = json.loads(file.read_text()) if file.exists() else {}
    account = {"password_hash": hash_of(password), "holder": holder, "rights": rights, "language": "ja"}
    accounts[user] = account
    written = file.with_suffix(".new")
    written.write_text(json.dumps(accounts))
    written.replace(file)
    return user, password


@dataclass(frozen=True)
class Tablet:
    """The staff's app, open and signed in for the first store of a shop."""

    page: Page
    say: Wording
    shop: Shop

    async def go(self, tab: str) -> None:
        """Tap a way between pages: today, hand-over, returns, more."""
        tabs = self.page.get_by_role("navigation", name=self.say("tabs"))
        await tabs.get_by_role("link", name=self.say(f"tab.{tab}")).click()

    def cards(self, kind: str) -> Locator:
        """The tasks of a kind in the day's list."""
        return self.page.get_by_role("link").filter(has_text=self.say(f"kind.{kind}"))

    def card(self, kind: str) -> Locator:
        """The first of them."""
        return self.cards(kind).first

    async def open(self, kind: str) -> None:
        """Open the first task of a kind, once it is there."""
        await self.card(kind).click()
        await expect(self.page.get_by_role("heading", name=self.say(f"kind.{kind}"))).to_be_visible()

    async def enter(self, label: str, text: str) -> None:
        """Type into the field of scans and send it."""
        await self.page.get_by_label(self.say(label)).fill(text)
        await self.page.keyboard.press("Enter")

    async def scan(self, text: str) -> None:
        """What a scanner does: keys without a pause, then Enter, wherever the focus is."""
        # One call from outside per key would be slower than any scanner.
        await self.page.evaluate(
            "text => [...text, 'Enter'].forEach(key =>"
            " document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })))",
            text,
        )

    async def press(self, key: str, **values: object) -> None:
        """Press the button with this text."""
        await self.page.get_by_role("button", name=self.say(key, **values), exact=True).click()

    async def sees(self, key: str, **values: object) -> None:
        """Wait for a text."""
        await expect(self.page.get_by_text(self.say(key, **values)).first).to_be_visible()
