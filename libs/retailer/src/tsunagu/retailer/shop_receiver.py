"""The web shop's own server: takes the webhooks that tell it of its orders, signed as Standard Webhooks are."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Mapping

from tsunagu.retailer.intentions import WEBSHOP
from tsunagu.retailer.shop_books import ShopBooks

BUSY_EVERY = 20
"""Of so many webhooks one finds the server restarting, and has to come again."""

_TAKEN, _UNSIGNED, _BUSY = "204 No Content", "401 Unauthorized", "503 Service Unavailable"


def signature(secret: str, *parts: str | bytes) -> str:
    """HMAC-SHA256 in base64 over the parts, a dot between each two."""
    signed = b".".join(part.encode() if isinstance(part, str) else part for part in parts)
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode("ascii")


class ShopReceiver:
    """Serves until its context is left. It verifies, notes in the books, answers, and nothing else."""

    def __init__(self, books: ShopBooks, secret: str) -> None:
        self._books = books
        self._secret = secret
        self._seen: set[str] = set()
        self.sent_again = 0
        """Webhooks that came once more."""

    async def serve(self, listening: socket.socket) -> None:
        """Serve on a socket until cancelled."""
        server = await asyncio.start_server(self._answer, sock=listening)
        async with server:
            await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            fields = (line.partition(":") for line in head[1:] if line)
            headers = {name.lower(): value.strip() for name, _, value in fields}
            body = await reader.readexactly(int(headers["content-length"]))
            status = self._take(headers, body)
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # Who called has gone, and will call again.
        finally:
            writer.close()

    def _take(self, headers: Mapping[str, str], body: bytes) -> str:
        webhook_id = headers.get("webhook-id", "")
        signed = signature(self._secret, webhook_id, headers.get("webhook-timestamp", ""), body)
        if f"v1,{signed}" not in headers.get("webhook-signature", "").split(" "):
            self._books.unsigned += 1
            return _UNSIGNED
        if webhook_id in self._seen:
            self.sent_again += 1
        else:
            self._seen.add(webhook_id)
            if len(self._seen) % BUSY_EVERY == 0:
                return _BUSY
        said = json.loads(body)
        self._books.note(webhook_id, said["type"], f"{WEBSHOP}:{said['data']['channel_order_id']}")
        return _TAKEN
