"""Wakes whoever waits for news of an order: at once for news of this process, within a poll for another's."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from edge import metrics
from edge.problems import RETRY_AFTER_SECONDS, Problem
from tsunagu.chassis import Runtime, beside, pooled

SQL = beside(__file__)


@dataclass(eq=False, slots=True)
class _Watcher:
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class OrderWatch:
    """Who waits for which order. One query per poll serves all of them."""

    def __init__(self, watchers_max: int, watchers_per_holder_max: int) -> None:
        self._watchers_max = watchers_max
        self._watchers_per_holder_max = watchers_per_holder_max
        self._watchers: dict[str, set[_Watcher]] = {}
        self._latest: dict[str, tuple[datetime, int]] = {}
        self._by_holder: Counter[str] = Counter()

    @contextmanager
    def on(self, order_id: str, holder: str) -> Iterator[asyncio.Event]:
        """An event that is set by news of the order; clear it before looking. Raises Problem 503 when too many wait."""
        if (
            self._by_holder.total() >= self._watchers_max
            or self._by_holder[holder] >= self._watchers_per_holder_max
        ):
            raise Problem(
                503,
                "unavailable",
                "Too many connections wait for orders; ask for the order itself, or try again in a moment.",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
        watcher = _Watcher()
        self._watchers.setdefault(order_id, set()).add(watcher)
        self._by_holder[holder] += 1
        metrics.STREAMS.set(self._by_holder.total())
        try:
            yield watcher.changed
        finally:
            self._by_holder[holder] -= 1
            metrics.STREAMS.set(self._by_holder.total())
            watchers = self._watchers[order_id]
            watchers.discard(watcher)
            if not watchers:
                del self._watchers[order_id]
                self._latest.pop(order_id, None)

    def wake(self, order_ids: Iterable[str]) -> None:
        """Say that there is news of these orders."""
        for order_id in order_ids:
            for watcher in self._watchers.get(order_id, ()):
                watcher.changed.set()

    async def poll(self, runtime: Runtime) -> None:
        """Look for news that another process has taken in."""
        if not self._watchers:
            return
        rows = await pooled(runtime).fetch(SQL.read_latest_news, list(self._watchers))
        news = [row for row in rows if self._latest.get(row["order_id"]) != row["news"]]
        self._latest.update({row["order_id"]: row["news"] for row in news})
        self.wake(row["order_id"] for row in news)
