"""A demo that stays, and what it tells somebody who has never seen the retailer: all that a stranger goes by."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page
from tests.browser.wording import Wording

DEMO_SECONDS_MAX = 420  # a minute and a half on a machine that has nothing else to do
ARGUMENTS = ("--orders", "20", "--stores", "4", "--skus", "40", "--seconds", "10")
_TSUNAGU = (sys.executable, "-m", "tsunagu.cli.main")

_ADDRESS = r"^  {app} +(http://\S+)$"
_WHO = _ADDRESS + r"\n +user (\S+), password (\S+)$"
_PURCHASE = re.compile(
    r"^ +Buy “(.+)” \((.+)\): collect it at (.+) \((.+)\), and place the order\.", re.MULTILINE
)

_PAYMENT = re.compile(r"pay at (http://\S+), a page that stands in", re.MULTILINE)


@dataclass(frozen=True)
class Door:
    """A page that one signs in to."""

    url: str
    user: str
    password: str

    async def sign_in(self, page: Page, say: Wording) -> None:
        """Sign in on the page."""
        await page.get_by_label(say("sign_in.user")).fill(self.user)
        await page.get_by_label(say("sign_in.password")).fill(self.password)
        await page.get_by_role("button", name=say("sign_in.submit"), exact=True).click()


@dataclass(frozen=True)
class Told:
    """What is printed; names by language."""

    shop_url: str
    payment_url: str
    staff: Door
    board: Door
    product: dict[str, str]
    store: dict[str, str]


@asynccontextmanager
async def demo_that_stays(home: Path) -> AsyncIterator[Told]:
    """A small demo with `--stay`, run to its end; its system goes on until the context ends."""
    environment = {**os.environ, "TSUNAGU_HOME": str(home)}
    try:
        said = await _run("demo", *ARGUMENTS, "--stay", environment=environment)
        yield _read(said)
    finally:
        await _run("down", environment=environment)


async def _run(*arguments: str, environment: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *_TSUNAGU,
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(DEMO_SECONDS_MAX):
            out, _ = await process.communicate()
    except BaseException:
        process.terminate()
        await process.wait()
        raise
    said = out.decode()
    assert process.returncode == 0, said
    return said


def _read(said: str) -> Told:
    purchase = _PURCHASE.search(said)
    shop = re.search(_ADDRESS.format(app="Shopper"), said, re.MULTILINE)
    payment = _PAYMENT.search(said)
    assert purchase is not None and shop is not None and payment is not None, said
    product_en, product_ja, store_en, store_ja = purchase.groups()
    return Told(
        shop[1],
        payment[1],
        _door("Staff", said),
        _door("Board", said),
        {"en": product_en, "ja": product_ja},
        {"en": store_en, "ja": store_ja},
    )


def _door(app: str, said: str) -> Door:
    found = re.search(_WHO.format(app=app), said, re.MULTILINE)
    assert found is not None, said
    return Door(*found.groups())
