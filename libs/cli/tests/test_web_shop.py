"""The demo's web shop, against edge's own reader of webhooks and its own signatures."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretBytes

from edge.channels.channels_file import load
from edge.channels.signatures import is_body_signed, standard_signature
from edge.channels.webhooks_in.shopify import read
from tsunagu.cli.demo.web_shop import OpenShop, WebShop, web_shop
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import CancelOrder, OrderConfirmed, OrderPlaced, PlaceOrder
from tsunagu.contracts.values import FulfilmentMethod
from tsunagu.retailer.http_request import Answer, request
from tsunagu.retailer.intentions import WEBSHOP
from tsunagu.retailer.order_documents import place_order
from tsunagu.retailer.players.channels import order_id
from tsunagu.retailer.script import write_script
from tsunagu.retailer.shop_documents import webhook_of
from tsunagu.retailer.shop_door import TWICE_EVERY
from tsunagu.retailer.shop_receiver import BUSY_EVERY
from tsunagu.retailer.sizes import Sizes

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
ORDER = f"{WEBSHOP}:run-1"
CANCEL = CancelOrder(cancel_id="c", order_id=ORDER, channel=WEBSHOP, occurred_at=NOW)


class News:
    """A newsfeed to which a test says what is heard."""

    def __init__(self) -> None:
        self._hear: list[Callable[[Message], None]] = []
        self._said = 0

    def listen_to_all(self, _: object, hear: Callable[[Message], None]) -> None:
        self._hear.append(hear)

    def say(self, event: type[Message], order: str = ORDER) -> None:
        """Only the type of an event, its order and its version are looked at. All is said twice."""
        self._said += 1
        for hear in self._hear * 2:
            hear(event.model_construct(order_id=order, version=self._said))


@asynccontextmanager
async def opened(url: str = "http://nowhere") -> AsyncIterator[tuple[OpenShop, WebShop, News]]:
    news = News()
    with web_shop() as shop:
        open_shop = OpenShop(shop, news, url)  # type: ignore[arg-type]  # all that it needs of a newsfeed
        serving = asyncio.create_task(open_shop.serve())
        yield open_shop, shop, news
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def tell(shop: WebShop, webhook_id: str, name: str, secret: str | None = None) -> Answer:
    """A webhook as edge sends it."""
    body = json.dumps({"type": name, "data": {"channel_order_id": "run-1"}}).encode()
    secrets = [SecretBytes((secret or shop.secret_out).encode())]
    sent_at = int(NOW.timestamp())
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": standard_signature(secrets, webhook_id, sent_at, body),
    }
    url = f"http://127.0.0.1:{shop.listening.getsockname()[1]}/tsunagu"
    return await request("POST", url, headers, body)


@asynccontextmanager
async def edge(*answers: bytes) -> AsyncIterator[tuple[str, "asyncio.Queue[tuple[dict[str, str], bytes]]"]]:
    """Answers each webhook with 200 and the next of these bodies."""
    asked: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        asked.put_nowait((headers, await reader.readexactly(int(headers["Content-Length"]))))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + left.pop(0))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


def test_join__the_file_and_its_environment__are_what_edge_reads(tmp_path: Path) -> None:
    with web_shop() as shop:
        environment = shop.join(tmp_path / "home")
        channels = load(Path(environment["TSUNAGU_EDGE_CHANNELS_FILE"]), environment)
        into, out = channels[WEBSHOP].webhooks_in, channels[WEBSHOP].webhooks_out
        assert into is not None and out is not None
        assert [one.get_secret_value().decode() for one in into.secrets] == [shop.secret_in]
        assert [one.get_secret_value().decode() for one in out.secrets] == [shop.secret_out]
        assert out.url == f"http://127.0.0.1:{shop.listening.getsockname()[1]}/tsunagu"
        assert shop.secret_in not in Path(environment["TSUNAGU_EDGE_CHANNELS_FILE"]).read_text(
            encoding="utf-8"
        )


def test_webhooks__of_every_order_of_a_script__are_read_as_what_was_ordered(tmp_path: Path) -> None:
    with web_shop() as shop:
        environment = shop.join(tmp_path)
        way = load(Path(environment["TSUNAGU_EDGE_CHANNELS_FILE"]), environment)[WEBSHOP].webhooks_in
    assert way is not None
    acts = [act for act in write_script(1, Sizes()).order_acts if act.channel == WEBSHOP]
    assert len(acts) > TWICE_EVERY
    for act in acts:
        meant = place_order(act, order_id("run", act), NOW)
        topic, body = webhook_of(meant)
        said = read(json.loads(body), topic, WEBSHOP, way)
        assert isinstance(said, PlaceOrder)
        assert _what(said) == _what(meant)


def _what(order: PlaceOrder) -> Any:
    groups = {group.group_id: (group.method, group.location_id, group.prefecture) for group in order.groups}
    assert all(method in FulfilmentMethod for method, _, _ in groups.values())
    lines = [line.model_dump(exclude={"group_id"}) | {"to": groups[line.group_id]} for line in order.lines]
    about = order.model_dump(
        include={"order_id", "channel", "customer_ref", "payment", "allow_partial", "occurred_at"}
    )
    return about, lines, set(groups.values())


async def test_give__a_cancellation__is_signed_and_waits_until_the_shop_was_told_what_became_of_it() -> None:
    async with edge(b"taken") as (url, asked), opened(url) as (open_shop, shop, _):
        await tell(shop, "e1", "order.cancelled")  # of before: no answer to this one
        giving = asyncio.create_task(open_shop.door.give(CANCEL))
        headers, body = await asked.get()
        assert not giving.done()
        await tell(shop, "e2", "order.ready")
        assert not giving.done()
        await tell(shop, "e3", "order.cancel_refused")
        await asyncio.wait_for(giving, 5)
    assert is_body_signed([SecretBytes(shop.secret_in.encode())], body, headers["X-Shopify-Hmac-Sha256"])
    assert (headers["X-Shopify-Topic"], json.loads(body)["id"]) == ("orders/cancelled", "run-1")


async def test_give__sent_twice_and_answered_otherwise__fails_the_run() -> None:
    async with edge(b"taken", b"known") as (url, asked), opened(url) as (open_shop, _, _):
        open_shop.door.sent = TWICE_EVERY - 1
        with pytest.raises(RuntimeError, match="then with"):
            await open_shop.door.give(CANCEL)
    assert await asked.get() == await asked.get()


async def test_receiver__not_signed_with_its_secret__is_refused_and_a_problem() -> None:
    async with opened() as (open_shop, shop, _):
        answer = await tell(shop, "e1", "order.placed", secret="somebody else's secret")
        assert (answer.status, open_shop.books.webhooks) == (401, 0)
        assert ["not signed" in problem for problem in open_shop.problems()] == [True]


async def test_receiver__busy_now_and_then__gets_each_webhook_in_the_end_and_notes_it_once() -> None:
    async with opened() as (open_shop, shop, _):
        for number in range(BUSY_EVERY):
            answer = await tell(shop, str(number), "order.placed")
        assert answer.status == 503
        for _ in range(2):
            assert (await tell(shop, str(BUSY_EVERY - 1), "order.placed")).status == 204
        assert open_shop.books.told(ORDER) == ["order.placed"] * BUSY_EVERY
        assert set(open_shop.counts().values()) == {0, BUSY_EVERY, 2}


async def test_books__what_the_topic_says__is_missing_until_it_was_told_and_differs_in_another_order() -> (
    None
):
    async with opened() as (open_shop, shop, news):
        news.say(OrderPlaced)
        news.say(OrderConfirmed)
        news.say(OrderPlaced, "ec-order")
        assert open_shop.books.not_told() == 2
        await tell(shop, "e2", "order.confirmed")
        await tell(shop, "e1", "order.placed")
        assert open_shop.books.not_told() == 0
        assert open_shop.books.differing() == [ORDER]
        assert len(open_shop.problems()) == 1


async def test_books__told_as_it_happened__are_even_whatever_else_was_told() -> None:
    async with opened() as (open_shop, shop, news):
        news.say(OrderPlaced)
        news.say(OrderConfirmed)
        for number, name in enumerate(
            ("order.placed", "order.cancel_refused", "command.refused", "order.confirmed")
        ):
            await tell(shop, str(number), name)
        assert (open_shop.books.not_told(), open_shop.problems()) == (0, [])
