"""What all actors of a run share."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

from tsunagu.contracts.message import Message
from tsunagu.retailer.clock import Clock
from tsunagu.retailer.desk import Desk
from tsunagu.retailer.newsfeed import Newsfeed
from tsunagu.retailer.sender import KafkaSender
from tsunagu.retailer.till_documents import TillDocuments


class Stage:
    """The run's clock, its connections, and what its actors are doing now. `run_id` marks all that it makes."""

    def __init__(self, run_id: str, clock: Clock, kafka: KafkaSender, news: Newsfeed, desk: Desk) -> None:
        self.run_id = run_id
        self.clock = clock
        self.kafka = kafka
        self.news = news
        self.desk = desk
        self.documents = TillDocuments(run_id, clock.business_date)
        self.did: Counter[str] = Counter()
        """What actors did that no topic tells, by the names of `occurrences`."""
        self._doing: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def busy(self) -> int:
        """How many things actors are about to do or wait for."""
        return len(self._doing)

    def begin(self, doing: Coroutine[Any, Any, None]) -> None:
        """Have something done beside everything else. If it fails, the run fails (see `failure`)."""
        task = asyncio.create_task(doing)
        self._doing.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._doing.discard(task)
        if not task.cancelled() and task.exception() is not None and not self._failed.done():
            self._failed.set_exception(task.exception() or RuntimeError("an actor failed"))

    async def failure(self) -> None:
        """Wait until an actor fails, and raise what it raised."""
        await asyncio.shield(self._failed)

    async def ask(self, command: Message, source: str) -> Message:
        """Send a command and wait for its outcome."""
        return await self.desk.ask(command, self.kafka, source)

    async def leave(self) -> None:
        """End everything that is still being done."""
        doing = list(self._doing)
        for task in doing:
            task.cancel()
        await asyncio.gather(*doing, return_exceptions=True)
        self._failed.cancel()
