"""An EC site that was there before: it signs webhooks, drops files, and takes what it is told."""

import asyncio
import base64
import csv
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.journeys.stories.outside import until

from tsunagu.contracts.ids import uuid7

WEB, FILES = "web", "mall"
"""Its channels: one that speaks webhooks, and one that speaks files."""
FILES_ENCODING = "cp932"

IN_SECRET, OUT_SECRET = "what the site signs with", "what we sign with"
EC_SECRETS = {"STORIES_EC_SECRET": IN_SECRET, "STORIES_EC_OUT_SECRET": OUT_SECRET}

CHANNELS = """
[channels.{web}.webhooks_in]
format = "shopify"
secret_variables = ["STORIES_EC_SECRET"]
pickup_property = "_pickup_location"

[channels.{web}.webhooks_out]
url = "{url}"
secret_variables = ["STORIES_EC_OUT_SECRET"]

[channels.{files}.files_in]
folder = "{dropped}"

[channels.{files}.files_out]
folder = "{told}"
encoding = "{encoding}"
"""


def _signature(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()


class EcSite:
    """`url` is edge-channels', once that runs."""

    def __init__(self, home: Path) -> None:
        self.url = ""
        self.channels_file = home / "channels.toml"
        self.dropped = home / "dropped"
        self._told = home / "told"
        self._heard: list[dict[str, Any]] = []
        self.badly_signed = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["EcSite"]:
        """Take webhooks."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.dropped.mkdir()
        self._told.mkdir()
        text = CHANNELS.format(
            web=WEB,
            files=FILES,
            url=f"http://127.0.0.1:{port}/hook",
            dropped=self.dropped,
            told=self._told,
            encoding=FILES_ENCODING,
        )
        self.channels_file.write_text(text, encoding="utf-8")
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:]
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)
            }
            body = await reader.readexactly(int(headers["content-length"]))
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            self.badly_signed += headers["webhook-signature"] != f"v1,{_signature(OUT_SECRET, signed)}"
            self._heard.append(json.loads(body))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # whoever asked is gone
        finally:
            writer.close()

    async def say(
        self, topic: str, body: dict[str, Any], *, webhook_id: str = "", secret: str = IN_SECRET
    ) -> httpx.Response:
        """Send a webhook in Shopify's way."""
        raw = json.dumps(body, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Webhook-Id": webhook_id or uuid7(),
            "X-Shopify-Hmac-Sha256": _signature(secret, raw),
        }
        async with httpx.AsyncClient(base_url=self.url, timeout=10) as client:
            return await client.post(f"/v1/channels/{WEB}/webhooks", content=raw, headers=headers)

    def drop(self, name: str, *lines: str) -> None:
        """Drop a file of orders: it appears whole."""
        beside = self.dropped / f"{name}.part"
        beside.write_bytes("\r\n".join([*lines, ""]).encode(FILES_ENCODING))
        beside.rename(self.dropped / f"{name}.csv")

    def report(self, name: str) -> list[dict[str, str]]:
        """What the acknowledgement of a file says, line by line; nothing before it is there."""
        return [row for path in self._reports(name, "report") for row in self._rows(path)]

    def sent_back(self, name: str) -> list[str]:
        """The lines of a file that were sent back, with its header."""
        return [
            line
            for path in self._reports(name, "rejected")
            for line in path.read_bytes().decode(FILES_ENCODING).splitlines()
        ]

    def _reports(self, name: str, kind: str) -> list[Path]:
        return sorted((self.dropped / "reports").glob(f"{name}.*.{kind}.csv"))

    def _rows(self, path: Path) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(path.read_bytes().decode(FILES_ENCODING))))

    def told_by_webhook(self, order: str) -> list[str]:
        """Types of the webhooks that came about an order, in their order."""
        about = [told for told in self._heard if told["data"].get("channel_order_id") == order]
        return [told["type"] for told in about]

    def told_by_file(self, order: str) -> list[str]:
        """Types of the rows about an order, in the order of the files."""
        rows = [row for path in sorted(self._told.glob("orders-*.csv")) for row in self._rows(path)]
        return [row["type"] for row in rows if row["channel_order_id"] == order]


async def told_in_the_end(said: Any, *expected: str) -> None:
    """Wait until exactly this was told, in this order."""
    await until(lambda: said() == list(expected), lambda: f"{expected} is told; told was {said()}")
