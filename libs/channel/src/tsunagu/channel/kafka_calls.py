"""Every await on Kafka ends: its client's own calls can wait for ever when a broker dies."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from aiokafka.errors import KafkaError

T = TypeVar("T")

KAFKA_AWAY: tuple[type[BaseException], ...] = (KafkaError, OSError, TimeoutError)


async def within(seconds: float, call: Awaitable[T]) -> T:
    """The call's result, or TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        return await call


async def stop_quietly(seconds: float, call: Awaitable[object]) -> None:
    """Await the end of something that is thrown away anyhow, for at most `seconds`; its errors interest nobody.

    aiokafka's `stop()` can raise CancelledError by itself; a cancellation from outside is passed on.
    """
    task = asyncio.ensure_future(call)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if task in done:
        if not task.cancelled():
            task.exception()
    else:
        task.cancel()
