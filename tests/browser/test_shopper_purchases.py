"""A shopper links their member card by a mailed code, sees what they have bought in stores, and ends it."""

import re

import pytest
from playwright.async_api import expect
from tests.browser.conftest import NewPage, NewShop
from tests.browser.looking import Looking
from tests.browser.test_shopper import full_width
from tests.browser.wording import Wording
from tests.journeys.stories.outside import Outside, now
from tests.journeys.stories.test_histories import a_sale

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import PersonalData
from tsunagu.retailer.players.registrars import seal, sealing_key

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_shopper__links_a_card__mistypes_the_code_once__sees_the_purchases__ends_it(
    outside: Outside, new_shop: NewShop, new_page: NewPage, looking: Looking, language: str
) -> None:
    one, say = await new_shop(2, 0), Wording("shopper", language)
    number, address = uuid7().replace("-", ""), f"{uuid7()}@example.jp"
    key = await sealing_key(outside.addresses.http["customer"])
    person = PersonalData(family_name="山田", emails=(address,), language=language)
    await outside.send(
        m.IdentifyCustomer(
            identification_id=uuid7(),
            customer_ref=f"card:{number}",
            channel="store",
            sealed=seal(person, key),
            occurred_at=now(),
        ),
        a_sale(one.stores[0], f"card:{number}", one.sku),
    )
    await outside.heard(m.CustomerIdentified, customer_ref=f"card:{number}")

    page = await new_page(f"{outside.addresses.http['edge-shopper']}/app/purchases", language=language)
    await page.get_by_role("button", name=say("purchases.ask")).click()
    await expect(page.get_by_text(say("purchases.wrong_number"))).to_be_visible()
    await looking.at(page, f"shopper-20-link-{language}")
    await page.get_by_label(say("purchases.number"), exact=True).fill(number)
    await page.get_by_role("button", name=say("purchases.ask")).click()

    mail = await outside.mailed(address, {"ja": "確認コード", "en": "Your code"}[language])
    found = re.search(r": (\d{8})", mail)
    assert found is not None
    code = page.get_by_label(say("purchases.code"), exact=True)
    await code.fill(f"{(int(found[1]) + 1) % 10**8:08d}")
    await page.get_by_role("button", name=say("purchases.prove")).click()
    await expect(page.get_by_text(say("purchases.said.wrong", count=4))).to_be_visible()
    await looking.at(page, f"shopper-21-code-{language}")
    await code.fill(f"{full_width(found[1][:4])}－{full_width(found[1][4:])}")
    await page.get_by_role("button", name=say("purchases.prove")).click()

    await expect(page.get_by_text(say("purchases.said.right"))).to_be_visible()
    card = page.get_by_role("main").get_by_role("listitem").first
    await expect(card).to_contain_text(say("channel.store"))
    await expect(card).to_contain_text({"ja": one.words, "en": "Tote bag"}[language])
    await looking.at(page, f"shopper-22-purchases-{language}")
    await page.get_by_role("button", name=say("purchases.end")).click()
    await expect(page.get_by_role("button", name=say("purchases.ask"))).to_be_visible()
