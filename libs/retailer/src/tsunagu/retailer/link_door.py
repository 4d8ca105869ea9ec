"""A shopper who answers by the link in their mail, without signing in."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tsunagu.retailer.http_request import request

AGAIN_SECONDS = 0.5
"""Between two looks at a link: its news may be a moment late, and an address may ask twice a second."""

REQUEST_SECONDS_MAX = 5.0
_SUCCESS = range(200, 300)


class LinkDoor:
    """`url` is that of edge-shopper."""

    def __init__(self, url: str, again_seconds: float = AGAIN_SECONDS) -> None:
        self._again_seconds = again_seconds
        self._url = url

    async def answer(self, token: str, choice: Mapping[str, str], until: datetime) -> bool:
        """Choose; whether that came in time."""
        path = f"/v1/order-links/{token}"
        while datetime.now(UTC) < until:
            shown = await self._ask("GET", path)
            if "next_number" in shown:
                answer = {**choice, "number": shown["next_number"]}
                if await self._ask("POST", f"{path}/answers", json.dumps(answer).encode()):
                    return True
            await asyncio.sleep(self._again_seconds)
        return False

    async def _ask(self, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
        """What is answered; nothing where the link does not open now."""
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            answer = await request(method, self._url + path, headers, body, REQUEST_SECONDS_MAX)
        except (OSError, TimeoutError):
            return {}
        content: dict[str, Any] = json.loads(answer.body) if answer.status in _SUCCESS else {}
        return content
