"""Goods are sent home: what was paid is what the payment page signed, and only customer can read to whom."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import PersonalData
from tsunagu.testing.harness import all_of, only
from tsunagu.testing.traces import everything_stored, found_in

from .conftest import a_shop, another_guest, post

pytestmark = pytest.mark.component

KEY = "k" * 32
TO_TOKYO = {"lines": [{"sku": "SKU-1", "quantity": 2}], "prefecture": "JP-13"}
SEALING = ECKey.generate_key("P-256", private=True, auto_kid=True)
RECIPIENT: dict[str, Any] = {
    "family_name": "山田",
    "given_name": "花子",
    "phone": "03-1234-5678",
    "email": "hanako@example.jp",
    "language": "ja",
    "address": {
        "postal_code": "1500001",
        "prefecture": "JP-13",
        "city": "渋谷区",
        "street": "神宮前９丁目８−７",
        "building": "つなぐ荘203",
    },
}


def signed(*parts: object) -> str:
    """What somebody who has the key says of these parts, after docs/delivery.md."""
    return hmac.new(KEY.encode(), "\n".join(map(str, parts)).encode(), hashlib.sha256).hexdigest()


@asynccontextmanager
async def a_shop_that_delivers(open_door: Any, a: Any, folder: Path, **limits: Any) -> AsyncIterator[Any]:
    file = folder / "sealing.json"
    file.write_text(json.dumps(SEALING.as_dict(private=False)))
    settings = {
        "payment_page": "https://pay.example.jp/now",
        "payment_key": KEY,
        "sealing_key_file": file,
        **limits,
    }
    async with a_shop(open_door, a, **settings) as door:
        yield door


async def paid(door: Any, cart: Any = TO_TOKYO) -> dict[str, Any]:
    """The cart as it is ordered after the payment page has led back."""
    quote = (await post(door, "/v1/quotes", cart)).json()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(quote["pay_at"]).query).items()}
    signature = signed("paid", asked["payment_id"], asked["amount_jpy"])
    return {
        **cart,
        "total_jpy": quote["total_jpy"],
        "recipient": RECIPIENT,
        "paid": {"payment_id": asked["payment_id"], "signature": signature},
    }


def opened(sealed: str) -> PersonalData:
    content = jwe.decrypt_compact(sealed, SEALING, algorithms=["ECDH-ES", "A256GCM"]).plaintext
    return PersonalData.model_validate_json(content or b"")


async def test_quote__of_goods_to_send__says_when_they_come_and_where_what_is_paid(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_that_delivers(open_door, a, tmp_path) as door:
        quote = (await post(door, "/v1/quotes", TO_TOKYO)).json()
        product = (await door.client.get("/v1/products/SKU-1")).json()
    assert (quote["method"], quote["payment"], quote["prefecture"]) == ("ship", "prepaid", "JP-13")
    assert quote["ways"] == product["ways"] == ["pickup", "ship"]
    assert "pickup" not in quote
    assert quote["terms"] == {"cancel_until": "shipped", "return_days": 14, "delivery_days_max": 7}
    page, _, query = quote["pay_at"].partition("?")
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    assert page == "https://pay.example.jp/now"
    assert (asked["amount_jpy"], asked["return_to"]) == ("3960", "http://edge/app/cart")
    parts = (asked["payment_id"], asked["amount_jpy"], asked["return_to"])
    assert asked["signature"] == signed("pay", *parts)


async def test_order__of_goods_to_send__goes_out_prepaid_and_customer_alone_reads_the_address(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_that_delivers(open_door, a, tmp_path) as door:
        given = await post(door, "/v1/orders", await paid(door))
        sent = await door.service.sent()
        stored = await everything_stored(door.service.connection)
    order, record = only(sent, m.PlaceOrder), only(sent, m.RecordRecipient)
    assert given.status_code == 202
    assert (order.payment, order.valid_until) == ("prepaid", None)
    assert [(group.method, group.location_id, group.prefecture) for group in order.groups] == [
        ("ship", None, "JP-13")
    ]
    assert order.recipient_ref == record.recipient_ref
    assert order.customer_ref == record.customer_ref
    personal = opened(record.sealed)
    assert (personal.family_name, personal.given_name) == ("山田", "花子")
    assert personal.language == "ja"
    assert (personal.phones, personal.emails) == (("03-1234-5678",), ("hanako@example.jp",))
    assert [one.model_dump() for one in personal.addresses] == [RECIPIENT["address"]]
    naming = ("山田", "花子", "1234-5678", "hanako", "1500001", "神宮前")
    assert found_in(b"\n".join(stored.values()), naming) == set()


async def test_order__without_the_word_of_the_payment_page__422_and_nothing_goes_out(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_that_delivers(open_door, a, tmp_path) as door:
        body = await paid(door)
        payment_id = body["paid"]["payment_id"]
        asked_only = signed("pay", payment_id, 3960, "http://edge/app/cart")
        for forged in ("0" * 64, signed("paid", payment_id, 1), signed("paid", "other", 3960), asked_only):
            paid_so = {"payment_id": payment_id, "signature": forged}
            answer = await post(door, "/v1/orders", {**body, "paid": paid_so})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == "/paid"
        assert await door.service.sent() == []


async def test_order__paid_before_the_price_rose__409_and_nothing_goes_out(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_that_delivers(open_door, a, tmp_path) as door:
        body = await paid(door)
        await door.service.deliver(a.product(version=2, price_jpy=2200))
        before = await post(door, "/v1/orders", body)
        cheaper = await post(door, "/v1/orders", {**body, "total_jpy": 4400})
        assert await door.service.sent() == []
    assert (before.status_code, cheaper.status_code) == (409, 422)


async def test_payment__shown_again__is_the_same_order_and_nobody_elses(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_that_delivers(open_door, a, tmp_path) as door:
        body = await paid(door)
        first = await post(door, "/v1/orders", body)
        again = await post(door, "/v1/orders", body)
        other_goods = {**body, "recipient": {**RECIPIENT, "family_name": "佐藤"}}
        changed = await post(door, "/v1/orders", other_goods)
        async with another_guest(door) as other:
            headers = {"X-Tsunagu-Request": "1", "Idempotency-Key": uuid7()}
            await other.post("/v1/quotes", json=TO_TOKYO, headers=headers)
            theirs = await other.post("/v1/orders", json=body, headers=headers)
        sent = await door.service.sent()
    assert first.json()["order_id"] == again.json()["order_id"]
    assert (changed.status_code, theirs.status_code) == (422, 422)
    assert {theirs.json()["type"], changed.json()["type"]} == {"urn:tsunagu:problem:id-taken"}
    assert len(all_of(sent, m.PlaceOrder)) == 1
    assert {record.recipient_ref for record in all_of(sent, m.RecordRecipient)} == {
        only(sent, m.PlaceOrder).recipient_ref
    }


async def test_order__whose_address_and_payment_do_not_go_with_its_way__422(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with a_shop_that_delivers(open_door, a, tmp_path) as door:
        body = await paid(door)
        osaka = {**RECIPIENT, "address": {**RECIPIENT["address"], "prefecture": "JP-27"}}
        full_width = {**RECIPIENT, "address": {**RECIPIENT["address"], "postal_code": "１５０-０００１"}}
        store = {"lines": body["lines"], "location_id": "S001", "total_jpy": 3960}
        for wrong in (
            {**body, "recipient": osaka},
            {**body, "recipient": full_width},
            {**body, "recipient": None},
            {**body, "paid": None},
            {**store, "paid": body["paid"]},
            {**store, "recipient": RECIPIENT},
        ):
            answer = await post(door, "/v1/orders", wrong)
            assert answer.status_code == 422
            assert "山田" not in answer.text
            assert "１５０" not in answer.text
        assert await door.service.sent() == []


@pytest.mark.parametrize("missing", ["payment_page", "payment_key", "sealing_key_file", "public_url"])
async def test_shop__that_lacks_what_delivery_needs__says_that_all_is_collected(
    open_door: Any, a: Any, tmp_path: Path, missing: str
) -> None:
    async with a_shop_that_delivers(open_door, a, tmp_path, **{missing: None}) as door:
        # Over https alone this client has no cookie; a quote needs none.
        answer = await post(door, "/v1/quotes", TO_TOKYO)
        product = (await door.client.get("/v1/products/SKU-1")).json()
    assert product["ways"] == ["pickup"]
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/prefecture"


async def test_shop__whose_key_to_seal_with_is_not_there_or_secret__does_not_start(
    open_door: Any, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(SEALING.as_dict(private=True)))
    for file, error in ((tmp_path / "none.json", FileNotFoundError), (secret, ValueError)):
        with pytest.raises(error):
            async with open_door("shopper", sealing_key_file=file):
                pass
