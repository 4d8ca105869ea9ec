"""A guest in front of the shopper's door, with a browser that keeps its cookie."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from tests.journeys.stories.outside import Outside, until_answered

from tsunagu.contracts.ids import uuid7


class Guest:
    """What somebody does on the shopper's page."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self._browser = browser

    async def get(self, path: str, **query: str) -> httpx.Response:
        """Look at something."""
        return await self._browser.get(path, params=query)

    async def post(self, path: str, body: Mapping[str, Any], key: str | None = None) -> httpx.Response:
        """Want something; with the `key` of before, want the same again."""
        headers = {"X-Tsunagu-Request": "1", "Idempotency-Key": key or uuid7()}
        return await self._browser.post(path, json=dict(body), headers=headers)

    async def finds(self, path: str, **query: str) -> Any:
        """What is shown at an address, once it is there: the door hears of things a moment later than others."""

        async def status() -> int:
            return (await self.get(path, **query)).status_code

        await until_answered(status, 200, f"{path} is there")
        return (await self.get(path, **query)).json()

    async def sees(self, order_id: str, status: str) -> None:
        """Wait until an order is shown in this state."""

        async def shown() -> Any:
            return (await self.get(f"/v1/orders/{order_id}")).json()["status"]

        await until_answered(shown, status, f"{order_id} is {status}")

    async def events_of(self, order_id: str) -> list[str]:
        """The names of an order's events, in their order, until the order ends."""
        async with self._browser.stream("GET", f"/v1/orders/{order_id}/events") as stream:
            names = [line[7:] async for line in stream.aiter_lines() if line.startswith("event: ")]
        return [name for name in names if name != "order.shown"]  # which says when to look, and no more


@asynccontextmanager
async def a_guest(outside: Outside) -> AsyncIterator[Guest]:
    """Somebody whom the door has never seen."""
    url = outside.addresses.http["edge-shopper"]
    async with httpx.AsyncClient(base_url=url, timeout=60) as browser:
        yield Guest(browser)
