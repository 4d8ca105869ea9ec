"""aiokafka reads in tasks of its own. When one ends, the client is polled on in silence and reads nothing more."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer


class ClientEnded(Exception):  # noqa: N818 - a state that only a new process ends
    """A Kafka client has stopped working for good; nobody can make it go on."""


def require_running(consumer: AIOKafkaConsumer, topic: str) -> None:
    """Raise ClientEnded if a task of a client that has not been closed has ended.

    A client that is still connecting has not got all its parts.
    """
    coordinator, fetcher = consumer._coordinator, consumer._fetcher
    tasks: tuple[asyncio.Task[Any] | None, ...] = (
        coordinator and coordinator._coordination_task,
        fetcher and fetcher._fetch_task,
        consumer._client._sync_task,
    )
    for task in tasks:
        if task is not None and task.done():
            cause = None if task.cancelled() else task.exception()
            raise ClientEnded(f"{topic} is not read any more: {task.get_coro()} has ended") from cause
