"""How a contender's process is started: the loop, and where Kafka and PostgreSQL are."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import uvloop


@dataclass(frozen=True)
class Place:
    """Kafka's address, the database's URL, and a consumer group of the process's own."""

    kafka: str
    database: str
    group: str

    @classmethod
    def given(cls) -> "Place":
        """From the environment, as the benchmark sets it."""
        return cls(os.environ["BENCH_KAFKA"], os.environ["BENCH_DATABASE"], os.environ["BENCH_GROUP"])


def run(side: Callable[[Place], Awaitable[None]]) -> None:
    """Run until the process is killed."""

    async def forever() -> None:
        await side(Place.given())

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(forever())
