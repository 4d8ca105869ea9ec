"""Sites that join: what they sign and send, and a receiver for what is sent to them."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretBytes

from edge.channels.signatures import body_signature, is_standard_signed, standard_signature
from tsunagu.contracts.ids import uuid7

SECRETS = {
    "EC_SECRET": "the site's own secret",
    "EC_SECRET_NEXT": "its secret of tomorrow",
    "EC_OUT_SECRET": "what we sign with for ec",
    "MALL_SECRET": "whsec_bWFsbCdzIHNlY3JldCBpbiBiYXNlNjQ=",
    "MALL_OUT_SECRET": "what we sign with for mall",
}
CHANNELS = """
[channels.ec.webhooks_in]
format = "shopify"
secret_variables = ["EC_SECRET", "EC_SECRET_NEXT"]
pickup_locations = { "shibuya" = "S001" }

[channels.mall.webhooks_in]
format = "generic"
secret_variables = ["MALL_SECRET"]
"""

KEPT = (
    "channel_order",
    "held_cancellation",
    "pending_command",
    "idempotent_request",
    "outgoing",
    "outbox",
    "due_work",
)
"""Every table that what a site says can leave a row in."""


def _encoded(headers: dict[str, str]) -> dict[bytes, bytes]:
    """As they go over the wire; a test may want one that is no ASCII."""
    return {name.encode(): value.encode("latin-1") for name, value in headers.items()}


@dataclass
class Site:
    """What a site does: sign and send."""

    door: Any

    async def left_nothing(self) -> bool:
        """Whether nothing of what was said is stored, or waits to be sent."""
        connection = self.door.service.connection
        return not any([await connection.fetchval(f"SELECT count(*) FROM {table}") for table in KEPT])

    async def say(
        self,
        topic: str,
        body: Any,
        *,
        webhook_id: str | None = None,
        secret: str = SECRETS["EC_SECRET"],
        channel: str = "ec",
        **headers: str,
    ) -> httpx.Response:
        """A webhook as Shopify sends it. `body` may be raw bytes; headers replace those that are made."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        made = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Webhook-Id": webhook_id or uuid7(),
            "X-Shopify-Hmac-Sha256": body_signature(SecretBytes(secret.encode()), raw),
        }
        made |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer: httpx.Response = await self.door.client.post(
            f"/v1/channels/{channel}/webhooks", content=raw, headers=_encoded(made)
        )
        return answer

    async def say_generic(
        self, body: Any, *, webhook_id: str | None = None, sent_at: int | None = None, **headers: str
    ) -> httpx.Response:
        """A webhook in the generic format, signed as Standard Webhooks has it."""
        raw = json.dumps(body).encode()
        message_id = webhook_id or uuid7()
        at = int(datetime.now(UTC).timestamp()) if sent_at is None else sent_at
        made = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(at),
            "webhook-signature": standard_signature(
                [SecretBytes(b"mall's secret in base64")], message_id, at, raw
            ),
        }
        made |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer: httpx.Response = await self.door.client.post(
            "/v1/channels/mall/webhooks", content=raw, headers=_encoded(made)
        )
        return answer


@pytest.fixture
def open_site(open_door: Any, tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[tuple[Any, Site]]]:
    """`async with open_site() as (door, site):`; `more` is appended to the file of channels."""

    @asynccontextmanager
    async def opened(more: str = "", **limits: Any) -> AsyncIterator[tuple[Any, Site]]:
        path = tmp_path / "channels.toml"
        path.write_text(CHANNELS + more, encoding="utf-8")
        async with open_door("channels", secrets=SECRETS, file=path, **limits) as door:
            yield door, Site(door)

    return opened


def _shopify_order(number: int = 1001, **changes: Any) -> dict[str, Any]:
    """An order of two shirts, paid, picked up in Shibuya, as the site's webhook has it; with much that is not read."""
    order = {
        "id": number,
        "admin_graphql_api_id": f"gid://shop/Order/{number}",
        "name": f"#{number}",
        "created_at": "2026-11-01T10:00:00+09:00",
        "updated_at": "2026-11-01T10:00:05+09:00",
        "cancelled_at": None,
        "cancel_reason": None,
        "currency": "JPY",
        "financial_status": "paid",
        "taxes_included": True,
        "total_price": "3960",
        "email": "shopper@example.com",
        "customer": {"id": 77, "email": "shopper@example.com", "first_name": "花子"},
        "shipping_lines": [{"code": "shibuya", "title": "渋谷店で受け取り", "price": "0"}],
        "shipping_address": None,
        "line_items": [
            {
                "id": 501,
                "sku": "SKU-1",
                "title": "綿のシャツ",
                "quantity": 2,
                "price": "1980",
                "requires_shipping": True,
                "discount_allocations": [],
                "tax_lines": [{"title": "消費税", "price": "360", "rate": 0.1}],
                "properties": [],
            }
        ],
        "refunds": [],
    }
    return {**order, **changes}


@pytest.fixture
def shopify_order() -> Callable[..., dict[str, Any]]:
    """`shopify_order(1002, financial_status="pending")`"""
    return _shopify_order


@pytest.fixture
def shopify_cancellation() -> Callable[..., dict[str, Any]]:
    """The same order once it is cancelled."""

    def made(number: int = 1001, **changes: Any) -> dict[str, Any]:
        gone = {"cancelled_at": "2026-11-01T11:00:00+09:00", "cancel_reason": "customer"}
        return _shopify_order(number, **{**gone, **changes})

    return made


@dataclass
class Receiver:
    """A site's own server: it answers with `status`, and not before `answers` is set."""

    url: str = ""
    status: int = 200
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def bodies(self) -> list[dict[str, Any]]:
        """What came, read."""
        return [json.loads(body) for _, body in self.got]

    def is_signed(self, place: int, secret: str) -> bool:
        """Whether what came in this place carries a good signature."""
        headers, body = self.got[place]
        return is_standard_signed(
            [SecretBytes(secret.encode())],
            headers["webhook-id"],
            headers["webhook-timestamp"],
            body,
            headers["webhook-signature"],
            now=datetime.now(UTC),
            age_seconds_max=60,
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:]
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head if line)
            }
            body = await reader.readexactly(int(headers["content-length"]))
            self.got.append((headers, body))
            self.asked.set()
            await self.answers.wait()
            writer.write(
                f"HTTP/1.1 {self.status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # whoever asked is gone
        finally:
            writer.close()


@pytest.fixture
async def receivers() -> AsyncIterator[Callable[[], Any]]:
    """`receiver = await receivers()`: as many as are wanted, each at a port of its own."""
    servers: list[tuple[asyncio.Server, Receiver]] = []

    async def new() -> Receiver:
        receiver = Receiver()
        receiver.answers.set()
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
        receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        servers.append((server, receiver))
        return receiver

    yield new
    for server, receiver in servers:
        receiver.answers.set()
        server.close()


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """A port that is taken and at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
