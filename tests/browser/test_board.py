"""The board in a real browser: figures of the running retailer, their definitions, credit as a file, a policy tried."""

from pathlib import Path

import pytest
from playwright.async_api import expect
from tests.browser.boarding import Board, let_in
from tests.browser.conftest import NewPage, NewShop
from tests.browser.looking import Looking
from tests.browser.wording import Wording
from tests.journeys.stories.acts import ready, with_code
from tests.journeys.stories.outside import Outside, until_answered

from tsunagu.contracts.messages import OrderCompleted

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_board__a_pickup__is_credited_and_every_number_opens_what_makes_it(
    outside: Outside,
    new_shop: NewShop,
    new_page: NewPage,
    board_accounts: Path,
    looking: Looking,
    language: str,
) -> None:
    one = await new_shop(3, 0)
    store = one.stores[0]
    order_id = await ready(outside, store, one.sku)
    await outside.send(await with_code(outside, order_id, store))
    await outside.heard(OrderCompleted, order_id=order_id)
    say = Wording("board", language)
    board = Board(await new_page(outside.addresses.http["edge-board"], language=language), say)
    page = board.page
    await looking.at(page, f"board-1-sign-in-{language}")
    await board.sign_in(let_in(board_accounts))
    await expect(page.get_by_role("link", name=say("kpi_title.pickup_share"))).to_be_visible()
    await looking.at(page, f"board-2-kpis-{language}")

    await page.get_by_role("link", name=say("kpi_title.pickup_share")).click()
    await board.headed("kpi_title.pickup_share")
    await expect(page.get_by_text("orders_collected / (orders_collected + orders_delivered)")).to_be_visible()
    await board.drawn()
    await looking.at(page, f"board-3-kpi-{language}")

    await board.go("credit")
    await board.headed("credit.title")
    await board.drawn()
    names = {"ja": f"渋谷店{one.sku[5:]}", "en": f"Shibuya {one.sku[5:]}"}
    await expect(page.get_by_role("link", name=names[language], exact=True)).to_be_visible()
    await looking.at(page, f"board-4-credit-{language}")
    file = await board.saved(say("credit.parties_caption"))
    assert file.startswith(b"\xef\xbb\xbf")
    assert names[language] in file.decode("utf-8-sig")

    await page.get_by_role("link", name=names[language], exact=True).click()
    await board.headed("kpi_title.credit")
    await page.get_by_role("button", name=say("behind.show"), exact=True).click()
    await expect(page.get_by_role("cell", name=f"order:{order_id}").first).to_be_visible()
    await looking.at(page, f"board-5-behind-{language}")

    await board.go("policies")
    await board.headed("policies.title")
    await page.get_by_role("button", name=say("trial.submit"), exact=True).click()
    await expect(page.get_by_role("region", name=say("trial.caption"))).to_be_visible()
    await board.drawn()
    await looking.at(page, f"board-6-what-if-{language}")

    for number, (name, heading) in enumerate(
        (
            ("journeys", "journey.title"),
            ("work", "kpi_title.minutes_per_order"),
            ("measures", "measures.title"),
        ),
        start=7,
    ):
        await board.go(name)
        await board.headed(heading)
        await looking.at(page, f"board-{number}-{name}-{language}")


async def test_board__a_target_in_full_width_digits__is_set_and_shown_with_its_owner(
    outside: Outside, new_page: NewPage, board_accounts: Path
) -> None:
    url = outside.addresses.http["edge-board"]
    board = Board(await new_page(url), say := Wording("board", "ja"))
    await board.sign_in(let_in(board_accounts))
    page = board.page
    await page.get_by_role("link", name=say("kpi_title.fill_rate")).click()
    await page.get_by_text(say("target.title")).click()
    form = page.locator("form").filter(has_text=say("target.due"))
    await form.get_by_label(say("target.value", unit=say("unit.percent"))).fill("９５")
    await form.get_by_label(say("target.owner")).fill("staff:0421")
    await form.get_by_label(say("target.due")).fill("2027-06-30")
    await form.get_by_role("button", name=say("setting.submit")).dblclick()
    await expect(page.get_by_text(say("setting.done"))).to_be_visible()

    async def told() -> object:
        answer = await page.request.get(f"{url}/v1/kpis?name=fill_rate&scope=all&period=total")
        return [(kpi["target"], kpi["owner"]) for kpi in (await answer.json())["kpis"]]

    await until_answered(told, [(95.0, "staff:0421")], "the KPI has the target")
    await page.reload()
    await expect(page.get_by_text("staff:0421")).to_be_visible()
