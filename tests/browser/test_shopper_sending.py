"""Goods are sent home: an address as people write it, a payment page, and a parcel that is followed to the door."""

import re

import pytest
from playwright.async_api import Page, expect
from tests.browser.conftest import NewPage, NewShop
from tests.browser.looking import Looking
from tests.browser.retailer import PRICE_JPY, Shop
from tests.browser.test_shopper import CONFIRMED_MS_MAX, full_width, orders_of, yen
from tests.browser.wording import Wording
from tests.journeys.stories.acts import work
from tests.journeys.stories.outside import Outside, now

from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import ConfirmDelivery, OrderPlaced, OrderShipped

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def to_address(page: Page, say: Wording) -> None:
    """From the page of a product to the form of the address."""
    await page.get_by_role("button", name=say("product.send")).click()
    await expect(page.get_by_role("heading", name=say("address.title"))).to_be_visible()


async def fill_address(page: Page, say: Wording, email: str) -> None:
    """As a phone's keyboard gives it: full-width digits, hyphens, no prefecture."""
    for line, value in {
        "family_name": "山田",
        "given_name": "花子",
        "postal_code": full_width("150") + "－" + full_width("0001"),
        "city": "渋谷区",
        "street": f"神宮前{full_width('9')}−8−7",
        "phone": full_width("03") + "-1234-5678",
        "email": email,
    }.items():
        await page.get_by_label(say(f"address.{line}"), exact=True).fill(value)


async def to_confirmation(page: Page, say: Wording, email: str = "hanako@example.jp") -> None:
    """From the page of a product to the page that is confirmed."""
    await to_address(page, say)
    await fill_address(page, say, email)
    await page.get_by_role("button", name=say("address.submit")).click()
    await expect(page.get_by_role("button", name=say("cart.pay", total=yen(PRICE_JPY)))).to_be_visible()


def product_page(outside: Outside, one: Shop) -> str:
    return f"{outside.addresses.http['edge-shopper']}/app/products/{one.sku}"


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_shopper__has_it_sent__pays_and_follows_the_parcel_to_the_door(
    outside: Outside,
    new_shop: NewShop,
    new_page: NewPage,
    looking: Looking,
    language: str,
) -> None:
    one, say = await new_shop(2, 0), Wording("shopper", language)
    page = await new_page(
        product_page(outside, one), language=language, leads_to=outside.addresses.payment_page
    )
    await to_address(page, say)
    await page.get_by_role("button", name=say("address.submit")).click()
    await expect(page.get_by_text(say("address.wrong_street"))).to_be_visible()
    await expect(page.get_by_label(say("address.family_name"), exact=True)).to_be_focused()
    await looking.at(page, f"shopper-12-address-{language}")

    email = f"{uuid7()}@example.jp"
    await fill_address(page, say, email)
    await expect(page.get_by_label(say("address.prefecture"))).to_have_value("JP-13")
    await page.get_by_role("button", name=say("address.submit")).click()
    for said in ("terms.payment", "terms.where", "terms.when", "terms.cancel", "terms.return"):
        await expect(page.get_by_text(say(said), exact=True)).to_be_visible()
    for said in ("payment.prepaid", "terms.no_fee", "cancel_until.shipped"):
        await expect(page.get_by_text(say(said))).to_be_visible()
    await expect(page.get_by_text(say("terms.when_sent", days=7))).to_be_visible()
    await expect(page.get_by_text("〒150-0001")).to_be_visible()
    await looking.at(page, f"shopper-13-confirm-sending-{language}")

    await page.get_by_role("button", name=say("cart.pay", total=yen(PRICE_JPY))).click()
    await expect(page.get_by_text(yen(PRICE_JPY))).to_be_visible()
    await page.get_by_role("link", name={"ja": "支払う", "en": "Pay"}[language], exact=True).click()
    await expect(page.locator("[data-status=confirmed]")).to_be_visible(timeout=CONFIRMED_MS_MAX)
    await expect(page.get_by_text(say("order.sent_to", prefecture=say("prefecture.JP-13")))).to_be_visible()
    assert await page.evaluate("Object.entries(localStorage).flat().join().includes('神宮前')") is False
    await looking.at(page, f"shopper-14-confirmed-sending-{language}")

    order_id = page.url.rsplit("/", 1)[1]
    await work(outside, "pick", order_id=order_id)
    await work(outside, "ship_parcel", order_id=order_id)
    await expect(page.locator("[data-status=shipped]")).to_be_visible()
    # Only customer can read where to: that it writes to the recipient shows that it has.
    assert "山田" in await outside.mailed(email, {"ja": "発送しました", "en": "on its way"}[language])
    shipped = await outside.heard(OrderShipped, order_id=order_id)
    await outside.send(
        ConfirmDelivery(
            confirmation_id=uuid7(), parcel_id=shipped.parcel_id, order_id=order_id, occurred_at=now()
        )
    )
    await expect(page.locator("[data-status=completed]")).to_have_text(say("status.delivered"))
    await looking.at(page, f"shopper-15-delivered-{language}")


async def test_payment__left_unpaid__nothing_is_ordered_and_all_is_still_there(
    outside: Outside, new_shop: NewShop, new_page: NewPage
) -> None:
    one, say = await new_shop(2, 0), Wording("shopper", "ja")
    page = await new_page(product_page(outside, one), leads_to=outside.addresses.payment_page)
    await to_confirmation(page, say)
    pay = page.get_by_role("button", name=say("cart.pay", total=yen(PRICE_JPY)))
    await pay.click()
    await page.get_by_role("link", name="支払わずに戻る").click()
    await expect(page.get_by_text("〒150-0001")).to_be_visible()
    await expect(pay).to_be_visible()
    assert await orders_of(page) == []


async def test_payment__whose_word_is_made_up_or_shown_again__orders_nothing_more(
    outside: Outside, new_shop: NewShop, new_page: NewPage, looking: Looking
) -> None:
    one, say = await new_shop(2, 0), Wording("shopper", "ja")
    page = await new_page(product_page(outside, one), leads_to=outside.addresses.payment_page)
    await to_confirmation(page, say)
    await page.get_by_role("button", name=say("cart.pay", total=yen(PRICE_JPY))).click()
    link = page.get_by_role("link", name="支払う", exact=True)
    back = str(await link.get_attribute("href"))
    await page.goto(re.sub("signature=.*", f"signature={'0' * 64}", back))
    await expect(page.get_by_text(say("cart.not_charged"))).to_be_visible()
    await looking.at(page, "shopper-16-not-paid-ja")
    await page.goto("about:blank")
    await page.goto(back)
    await expect(page.locator("[data-status=confirmed]")).to_be_visible(timeout=CONFIRMED_MS_MAX)
    await page.goto("about:blank")
    await page.goto(back)
    await expect(page.get_by_text(say("cart.empty"))).to_be_visible()
    order_ids = await orders_of(page)
    assert len(order_ids) == 1
    await outside.heard(OrderPlaced, order_id=order_ids[0])


async def test_cart__to_be_collected__is_sent_instead_and_back(
    outside: Outside, new_shop: NewShop, new_page: NewPage
) -> None:
    one, say = await new_shop(2, 0), Wording("shopper", "ja")
    page = await new_page(product_page(outside, one), leads_to=outside.addresses.payment_page)
    await to_confirmation(page, say)
    await page.get_by_role("button", name=say("receiving.collect")).click()
    await page.get_by_label(say("near.field")).fill(one.city)
    await page.get_by_role("button", name=say("near.submit")).click()
    store = f"原宿店{one.sku[5:]}"
    await page.get_by_role("button", name=store, exact=True).click()
    await expect(page.get_by_text(say("receiving.collected", store=store))).to_be_visible()
    await expect(page.get_by_text(say("payment.at_pickup"))).to_be_visible()
    await page.get_by_role("button", name=say("receiving.send")).click()
    await expect(page.get_by_text("〒150-0001")).to_be_visible()
    await expect(page.get_by_text(say("payment.prepaid"))).to_be_visible()
