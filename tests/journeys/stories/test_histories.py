"""A shopper links their member card, and sees what they bought in every channel."""

import re
from typing import Any

import pytest
from tests.journeys.stories.acts import ready, with_code
from tests.journeys.stories.guest import a_guest
from tests.journeys.stories.network import PRICE_JPY
from tests.journeys.stories.outside import Outside, now, until_answered

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import Identifier, IdentifierKind, PersonalData, SaleLine
from tsunagu.retailer.players.registrars import seal, sealing_key

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


def a_sale(store: str, card: str, sku: str) -> m.SaleRecorded:
    """A till's receipt of one piece, with a member card."""
    at = now()
    line = SaleLine(line_id="1", sku=sku, quantity=1, amount_jpy=PRICE_JPY, tax_percent=10)
    return m.SaleRecorded(
        receipt_id=uuid7(),
        location_id=store,
        register_id="R1",
        receipt_number=1,
        business_date=at.date(),
        occurred_at=at,
        customer_ref=card,
        lines=(line,),
    )


async def test_history__of_a_linked_card__has_the_order_and_the_receipt_and_follows_the_next(
    outside: Outside,
) -> None:
    number, address = uuid7().replace("-", ""), f"{uuid7()}@example.jp"
    account, card = f"ec:{number}", f"card:{number}"
    key = await sealing_key(outside.addresses.http["customer"])
    await outside.send(
        m.IdentifyCustomer(
            identification_id=uuid7(),
            customer_ref=account,
            channel="ec",
            identifiers=(Identifier(kind=IdentifierKind.MEMBER_CARD, value=card),),
            sealed=seal(PersonalData(family_name="山田", emails=(address,), language="en"), key),
            occurred_at=now(),
        )
    )
    await outside.heard(m.CustomerIdentified, customer_ref=account)
    store = outside.a_store()
    shirt = await outside.a_sku({store: 3})
    order_id = await ready(outside, store, shirt, customer_ref=account)
    await outside.send(await with_code(outside, order_id, store))
    await outside.heard(m.OrderCompleted, order_id=order_id)

    async with a_guest(outside) as guest:

        async def shown() -> Any:
            return (await guest.get("/v1/history")).json()

        async def channels() -> list[str]:
            return [one["channel"] for one in (await shown())["purchases"]]

        asked = await guest.post("/v1/history-link", {"kind": "member_card", "number": number})
        assert asked.status_code == 202
        found = re.search(r"Code: (\d{8})", await outside.mailed(address, "Your code"))
        assert found is not None
        await guest.post("/v1/history-link/proofs", {"digits": found[1]})
        await until_answered(channels, ["ec"], "the order is shown")
        await outside.mailed(address, "now shown in the app")

        await outside.send(a_sale(store, card, shirt))
        await until_answered(channels, ["store", "ec"], "the receipt is shown beside the order")
        assert [one["amount_jpy"] for one in (await shown())["purchases"]] == [PRICE_JPY, PRICE_JPY]
        assert order_id not in str(await shown())
    async with a_guest(outside) as stranger:
        assert (await stranger.get("/v1/history")).json()["state"] == "none"
