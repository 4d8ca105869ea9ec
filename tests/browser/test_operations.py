"""The operators' page in a real browser: what an unreadable record holds up, and how far services are behind."""

import re
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from playwright.async_api import expect
from tests.browser.boarding import Board, let_in
from tests.browser.conftest import NewPage, NewShop
from tests.browser.looking import Looking
from tests.browser.wording import Wording
from tests.journeys.stories.acts import ready
from tests.journeys.stories.outside import Outside

from tsunagu.contracts.topics import ORDER_COMMANDS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def break_a_command(outside: Outside, order_id: str) -> None:
    """Somebody writes a record about the order that no one can read."""
    producer = AIOKafkaProducer(bootstrap_servers=outside.addresses.kafka_bootstrap_servers)
    await producer.start()
    try:
        await producer.send_and_wait(ORDER_COMMANDS.name, b"{cut off", order_id.encode())
    finally:
        await producer.stop()


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_operations__a_record_that_nobody_can_read__shows_its_order_its_yen_and_every_lag(
    outside: Outside,
    new_shop: NewShop,
    new_page: NewPage,
    board_accounts: Path,
    looking: Looking,
    language: str,
) -> None:
    one = await new_shop(3, 0)
    order_id = await ready(outside, one.stores[0], one.sku)
    await break_a_command(outside, order_id)
    say = Wording("board", language)
    board = Board(await new_page(outside.addresses.http["edge-board"], language=language), say)
    page = board.page
    await board.sign_in(let_in(board_accounts, "operate"))
    await board.go("operations")
    await board.headed("operations.title")
    name = say("dead.name", reason=say("reason.unreadable"), service="order", topic="order.commands")
    await page.get_by_text(name).first.click()
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name=order_id, exact=True))
    await expect(row).to_contain_text(re.compile(r"¥\d"))
    await expect(page.get_by_text(say("reason_advice.unreadable"))).to_be_visible()
    await page.get_by_role("button", name=say("redrive.dry_run"), exact=True).click()
    counted = re.compile(re.escape(say("redrive.counted", matched="#")).replace(r"\#", r"\d+"))
    await expect(page.get_by_text(counted)).to_be_visible()
    await page.get_by_role("button", name=say("redrive.submit"), exact=True).click()
    redrives = page.get_by_role("region", name=say("redrives.caption"))
    done = redrives.get_by_role("row").filter(has_text=say("redrive_state.done")).first
    await expect(done).to_contain_text("staff:executive")
    lags = page.get_by_role("region", name=say("lag.caption"))
    await expect(lags.get_by_role("row").filter(has_text="order.commands").first).to_contain_text(
        say("lag.none")
    )
    await board.drawn()
    await looking.at(page, f"board-10-operations-{language}")
    file = (await board.saved(say("dead.caption"))).decode("utf-8-sig")
    assert re.search(r"order,order\.commands,\d+,0,\d+,\d", file), file


async def test_operations__an_executive__has_no_link_to_them(
    outside: Outside, new_page: NewPage, board_accounts: Path
) -> None:
    say = Wording("board", "ja")
    url = outside.addresses.http["edge-board"]
    board = Board(await new_page(url), say)
    await board.sign_in(let_in(board_accounts))
    await expect(board.page.get_by_role("link", name=say("nav.credit"), exact=True)).to_be_visible()
    await expect(board.page.get_by_role("link", name=say("nav.operations"), exact=True)).to_have_count(0)
    assert (await board.page.request.get(f"{url}/v1/operations")).status == 403
