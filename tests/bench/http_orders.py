"""Orders over HTTP, as shops would send them: some at once, each again only after its answer."""

import asyncio
from collections.abc import Sequence

import httpx

from tsunagu.contracts.envelope import Record

REQUESTS_AT_ONCE = 16  # twice the connections of the service: it never waits for orders
TIMEOUT_SECONDS = 30.0


async def post(port: int, records: Sequence[Record]) -> None:
    """Post each record's order once. Raises httpx.HTTPError where one is not taken."""
    waiting = list(reversed(records))
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        timeout=TIMEOUT_SECONDS,
        headers={"content-type": "application/json"},
    ) as client:

        async def shop() -> None:
            while waiting:
                answer = await client.post("/orders", content=waiting.pop().value or b"")
                answer.raise_for_status()

        await asyncio.gather(*(shop() for _ in range(REQUESTS_AT_ONCE)))
