"""Waking the relay and the due-work runner when a commit has left something for them."""

import asyncio
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wakers:
    """Events of one process; other processes' work is found by polling."""

    relay: asyncio.Event = field(default_factory=asyncio.Event)
    due: asyncio.Event = field(default_factory=asyncio.Event)


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, or for `seconds`; clears it."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
    event.clear()
