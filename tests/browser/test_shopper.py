"""A shopper's way in a real browser: from a word or a barcode to the bag in the hand, in both languages."""

import re

import pytest
from playwright.async_api import Page, Route, expect
from tests.browser.conftest import NewPage, NewShop
from tests.browser.looking import Looking
from tests.browser.retailer import PRICE_JPY, Shop
from tests.browser.wording import Wording
from tests.journeys.stories.acts import with_code, work
from tests.journeys.stories.outside import Outside

from tsunagu.contracts.messages import OrderPlaced

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CONFIRMED_MS_MAX = 30_000  # a second or two on a machine that has nothing else to do


def full_width(digits: str) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in digits)


def yen(amount: int) -> str:
    return f"¥{amount:,}"


async def find(page: Page, say: Wording, entered: str) -> None:
    await page.get_by_label(say("find.field")).fill(entered)
    await page.get_by_role("button", name=say("find.submit"), exact=True).click()


def name_of(store: str, one: Shop, say: Wording) -> str:
    ja, en = (("渋谷店", "Shibuya "), ("原宿店", "Harajuku "))[one.stores.index(store)]
    return (ja if say.language == "ja" else en) + one.sku[5:]


async def to_cart(page: Page, say: Wording, one: Shop, store: str) -> None:
    """From the page of a product into the cart, to be collected in a store."""
    await page.get_by_label(say("near.field")).fill(one.city)
    await page.get_by_role("button", name=say("near.submit")).click()
    await page.get_by_role(
        "button", name=say("stock.collect_in", store=name_of(store, one, say)), exact=True
    ).click()
    await expect(page.get_by_role("heading", name=say("cart.title"))).to_be_visible()


async def order(page: Page, say: Wording) -> str:
    """Confirm the cart; returns the order's id when it is confirmed."""
    await page.get_by_role("button", name=say("cart.order", total=yen(PRICE_JPY))).click()
    await expect(page.locator("[data-status=confirmed]")).to_be_visible(timeout=CONFIRMED_MS_MAX)
    return page.url.rsplit("/", 1)[1]


async def orders_of(page: Page) -> list[str]:
    """The ids of all orders of this browser, as the server has them."""
    found: list[str] = await page.evaluate(
        "fetch('/v1/orders').then(answer => answer.json()).then(all => all.orders.map(one => one.order_id))"
    )
    return found


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_shopper__finds_orders_and_collects__and_sees_each_step_without_reloading(
    outside: Outside, new_shop: NewShop, new_page: NewPage, looking: Looking, language: str
) -> None:
    one, say = await new_shop(2, 0), Wording("shopper", language)
    store = one.stores[0]
    page = await new_page(outside.addresses.http["edge-shopper"], language=language)
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await looking.at(page, f"shopper-1-find-{language}")

    await find(page, say, one.words if language == "ja" else f"tote {one.sku[5:]}")
    link = page.get_by_role("link", name=re.compile(one.words if language == "ja" else "Tote bag"))
    await expect(link.first).to_be_visible()
    await looking.at(page, f"shopper-2-found-{language}")
    await link.first.click()

    await expect(page.get_by_text(say("product.variants"))).to_be_visible()
    await page.get_by_label(say("near.field")).fill(one.city)
    await page.get_by_role("button", name=say("near.submit")).click()
    await expect(page.get_by_text(say("band.few")).first).to_be_visible()
    await looking.at(page, f"shopper-3-product-{language}")

    await to_cart(page, say, one, store)
    for said in ("terms.payment", "terms.where", "terms.when", "terms.cancel", "terms.return"):
        await expect(page.get_by_text(say(said), exact=True)).to_be_visible()
    await expect(
        page.get_by_text(say("terms.tax", percent=10, tax=yen(PRICE_JPY * 10 // 110)))
    ).to_be_visible()
    await looking.at(page, f"shopper-4-confirm-{language}")

    order_id = await order(page, say)
    await looking.at(page, f"shopper-5-confirmed-{language}")

    await work(outside, "pick", order_id=order_id)
    await expect(page.locator("[data-status=ready]")).to_be_visible()
    code = page.get_by_alt_text(say("code.alt"))
    await expect(code).to_be_visible()
    await expect(code).to_have_js_property("complete", True)
    assert await code.evaluate("image => image.naturalWidth") > 0
    await looking.at(page, f"shopper-6-ready-{language}")

    await outside.send(await with_code(outside, order_id, store))
    await expect(page.locator("[data-status=completed]")).to_be_visible()
    await page.get_by_role("button", name=say("return.show")).click()
    await expect(page.get_by_alt_text(say("return.alt"))).to_be_visible()
    await looking.at(page, f"shopper-7-collected-{language}")

    await page.get_by_role("link", name=say("nav.orders")).click()
    await expect(page.get_by_text(say("status.completed"))).to_be_visible()
    await looking.at(page, f"shopper-8-orders-{language}")


async def test_barcode__typed_in_full_width__opens_its_product(
    outside: Outside, new_shop: NewShop, new_page: NewPage
) -> None:
    one, say = await new_shop(1, 0), Wording("shopper", "ja")
    page = await new_page(outside.addresses.http["edge-shopper"])
    await find(page, say, full_width(one.gtin))
    await expect(page.get_by_role("heading", name=one.words)).to_be_visible()


async def test_language__is_switched_and_stays(outside: Outside, new_page: NewPage) -> None:
    page = await new_page(outside.addresses.http["edge-shopper"], language="ja")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name=Wording("shopper", "en")("find.title"))).to_be_visible()
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_order__clicked_twice__is_one(outside: Outside, new_shop: NewShop, new_page: NewPage) -> None:
    one, say = await new_shop(5, 0), Wording("shopper", "ja")
    page = await new_page(f"{outside.addresses.http['edge-shopper']}/app/products/{one.sku}")
    await to_cart(page, say, one, one.stores[0])
    await page.get_by_role("button", name=say("cart.order", total=yen(PRICE_JPY))).dblclick()
    await expect(page.locator("[data-status=confirmed]")).to_be_visible()
    assert len(await orders_of(page)) == 1


async def test_order__whose_answer_is_lost__is_asked_for_again_after_a_reload_and_is_one(
    outside: Outside, new_shop: NewShop, new_page: NewPage, looking: Looking
) -> None:
    one, say = await new_shop(5, 0), Wording("shopper", "ja")
    page = await new_page(f"{outside.addresses.http['edge-shopper']}/app/products/{one.sku}")
    await to_cart(page, say, one, one.stores[0])
    keys: list[str | None] = []

    async def lose(route: Route) -> None:
        keys.append(await route.request.header_value("idempotency-key"))
        await route.fetch()
        await route.abort("connectionreset")

    await page.route(re.compile(r"/v1/orders\?wait="), lose)
    await page.get_by_role("button", name=say("cart.order", total=yen(PRICE_JPY))).click()
    await expect(page.get_by_text(say("cart.waiting"))).to_be_visible()
    await looking.at(page, "shopper-9-no-answer-ja")
    await page.reload()
    await expect(page.get_by_text(say("cart.waiting"))).to_be_visible()
    await page.unroute_all(behavior="wait")
    await expect(page.locator("[data-status=confirmed]")).to_be_visible()
    assert len(set(keys)) == 1
    order_ids = await orders_of(page)
    assert len(order_ids) == 1
    await outside.heard(OrderPlaced, order_id=order_ids[0])


async def test_offline__says_so_and_keeps_what_was_entered(
    outside: Outside, new_shop: NewShop, new_page: NewPage
) -> None:
    one, say = await new_shop(1, 0), Wording("shopper", "ja")
    page = await new_page(outside.addresses.http["edge-shopper"])
    await expect(page.get_by_role("heading", name=say("find.title"))).to_be_visible()
    await page.context.set_offline(True)
    await find(page, say, one.words)
    await expect(page.get_by_text(say("offline.banner"))).to_be_visible()
    await expect(page.get_by_label(say("find.field"))).to_have_value(one.words)
    await page.context.set_offline(False)
    await expect(page.get_by_text(say("offline.banner"))).to_be_hidden()
    await page.get_by_role("button", name=say("error.again")).click()
    await expect(page.get_by_role("link", name=re.compile(one.words)).first).to_be_visible()


async def test_app__without_a_network__opens_all_the_same(outside: Outside, new_page: NewPage) -> None:
    say = Wording("shopper", "ja")
    page = await new_page(f"{outside.addresses.http['edge-shopper']}/app/", keep_shell=True)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.context.set_offline(True)
    await page.reload()
    await expect(page.get_by_role("heading", name=say("find.title"))).to_be_visible()
    await page.context.set_offline(False)


async def test_order__is_moved_to_another_store__then_cancelled(
    outside: Outside, new_shop: NewShop, new_page: NewPage, looking: Looking
) -> None:
    one, say = await new_shop(3, 3), Wording("shopper", "ja")
    first, second = one.stores
    page = await new_page(f"{outside.addresses.http['edge-shopper']}/app/products/{one.sku}")
    await to_cart(page, say, one, first)
    await order(page, say)
    await expect(page.get_by_text(say("order.where", store=name_of(first, one, say)))).to_be_visible()

    await page.get_by_role("button", name=say("change.store")).click()
    await looking.at(page, "shopper-10-change-store-ja")
    await page.get_by_role("button", name=say("change.to", store=name_of(second, one, say))).click()
    await expect(page.get_by_text(say("order.where", store=name_of(second, one, say)))).to_be_visible()

    await page.get_by_role("button", name=say("change.cancel")).click()
    await page.get_by_role("button", name=say("change.cancel_all")).click()
    await expect(page.locator("[data-status=cancelled]")).to_be_visible()
    await looking.at(page, "shopper-11-cancelled-ja")
