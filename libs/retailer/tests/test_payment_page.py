"""The stand-in's word is for what it was asked for by whoever has its key."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tsunagu.retailer.payment_page import PaymentPage, signature

BACK = "http://shop.example.jp/app/cart"


@asynccontextmanager
async def serving() -> AsyncIterator[PaymentPage]:
    page = PaymentPage(socket.create_server(("127.0.0.1", 0)), "k" * 32)
    task = asyncio.ensure_future(page.serve())
    try:
        yield page
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def asked(page: PaymentPage, **changes: object) -> str:
    values = {"payment_id": "p1", "amount_jpy": 3960, "return_to": BACK}
    signed = signature(page.key, "pay", *values.values())
    return f"{page.url}?{urlencode({**values, 'signature': signed, **changes})}"


@pytest.mark.asyncio
async def test_page__of_a_payment_that_is_asked_for__leads_back_with_its_word_behind_the_hash() -> None:
    async with serving() as page, httpx.AsyncClient() as shopper:
        answer = await shopper.get(asked(page))
    shown = answer.text
    paid, left = (unescape(part.split('"')[0]) for part in shown.split('href="')[1:])
    word = parse_qs(urlsplit(paid).fragment)
    assert answer.status_code == 200
    assert "¥3,960" in shown
    assert paid.partition("#")[0] == left == BACK
    assert word == {"payment_id": ["p1"], "signature": [signature(page.key, "paid", "p1", 3960)]}


@pytest.mark.asyncio
async def test_page__of_another_amount_or_address_than_was_signed__is_none() -> None:
    async with serving() as page, httpx.AsyncClient() as shopper:
        for change in (
            {"amount_jpy": 1},
            {"return_to": "http://elsewhere/"},
            {"payment_id": "p2"},
            {"signature": ""},
        ):
            assert (await shopper.get(asked(page, **change))).status_code == 404
