"""One look after the other: some pages of every comparison, and once more at all that differed before."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiokafka.errors import KafkaError
from asyncpg import InterfaceError, PostgresError, QueryCanceledError

from audit.databases import Databases
from audit.reconcile.causes import last_messages
from audit.reconcile.comparisons import Comparison, comparisons
from audit.reconcile.drifts import Drift, Key, Watch
from audit.reconcile.followed_topic import Availabilities, CouldNotLook
from audit.reconcile.settings import ReconcileSettings
from audit.replay import IncompleteTopics

OWN_DATABASE = "audit"
"""The audit's own database, which is no part of what is compared."""


@dataclass
class Progress:
    """How far a comparison has been gone through. `round_at`: when all its keys had last been seen."""

    scan: int = 0
    after: Key | None = None
    keys: int = 0
    round_at: datetime | None = None


@dataclass
class Looked:
    """What is known after a look."""

    drifts: list[Drift]
    in_flight: int
    keys: int
    """Keys that this look has compared."""
    ended: list[Drift] = field(default_factory=list)
    """Drifts whose sides agree again since the look before."""
    not_followed: list[str] = field(default_factory=list)
    """Kinds of which there may be more differences than are followed."""
    round_at: datetime | None = None
    """When every key of every comparison had been seen, of the last complete round; None before the first."""


class Looking:
    """The check itself: keeps what it has seen from look to look. Close it at the end.

    `kafka`: bootstrap servers. `databases`: database or service → URL of a reading role.
    """

    def __init__(self, kafka: str, databases: Mapping[str, str], settings: ReconcileSettings) -> None:
        self._kafka = kafka
        self._urls = {
            name: url for name, url in databases.items() if name.removeprefix("tsunagu_") != OWN_DATABASE
        }
        self._settings = settings
        self._topic = Availabilities(kafka, settings)
        self._progress: dict[str, Progress] = {}
        self._known: dict[str, Comparison] = {}
        self._page_keys = settings.page_keys_max
        self._turn = 0
        self.watch = Watch(settings.drift_grace_seconds, settings.suspects_max)

    async def close(self) -> None:
        """Let go of the topic."""
        await self._topic.close()

    def sides_of(self, kind: str) -> tuple[str, str]:
        """What the two sides of a comparison are, in words."""
        comparison = self._known.get(kind)
        return (comparison.source, comparison.copy) if comparison is not None else ("source", "copy")

    @property
    def kinds(self) -> list[str]:
        """The comparisons of the last look."""
        return list(self._known)

    async def look(self, *, scan: bool = True) -> Looked:
        """Look once; without `scan` only at what differed before. Raises CouldNotLook with a sentence."""
        try:
            # The topic first: a database that is read after it is never behind it because of that.
            await self._topic.catch_up()
            async with asyncio.timeout(self._settings.look_timeout_seconds):
                return await self._look(scan)
        except QueryCanceledError as error:
            self._page_keys = max(1, self._page_keys // 2)
            raise CouldNotLook(
                f"a page took longer than {self._settings.statement_timeout_seconds} s; the next ones have"
                f" {self._page_keys} keys"
            ) from error
        except TimeoutError as error:
            raise CouldNotLook(f"a look took longer than {self._settings.look_timeout_seconds} s") from error
        except (OSError, KafkaError, PostgresError, InterfaceError, IncompleteTopics) as error:
            raise CouldNotLook(f"a server could not be read: {error!r}") from error

    async def _look(self, scan: bool) -> Looked:
        compared = 0
        async with Databases(self._urls, self.session()) as databases:
            every = await comparisons(databases, self._topic, self._settings)
            self._known = {comparison.kind: comparison for comparison in every}
            for comparison in every:
                compared += await self._look_again(comparison)
            if scan:
                compared += await self._scan(every)
        self._page_keys = min(self._page_keys * 2, self._settings.page_keys_max)
        await self._explain()
        return Looked(
            drifts=self.watch.drifts(),
            in_flight=len(self.watch.in_flight()),
            keys=compared,
            ended=self.watch.take_ended(),
            not_followed=self.watch.full(),
            round_at=self._round_at(),
        )

    def session(self) -> dict[str, str]:
        """PostgreSQL's settings for a look: it reads only, waits for no lock, and nothing it asks takes long."""
        milliseconds = str(round(self._settings.statement_timeout_seconds * 1000))
        return {
            "application_name": "tsunagu reconcile",
            "default_transaction_read_only": "on",
            "statement_timeout": milliseconds,
            "lock_timeout": milliseconds,
            # One look is to take no more than one core of a database.
            "max_parallel_workers_per_gather": "0",
        }

    async def _look_again(self, comparison: Comparison) -> int:
        keys = self.watch.keys(comparison.kind)
        for place in range(0, len(keys), self._page_keys):
            await self._compare(comparison, keys[place : place + self._page_keys])
        return len(keys)

    async def _scan(self, every: Sequence[Comparison]) -> int:
        """Go on where the last look ended; each look begins with another comparison, for when the time is short."""
        end = asyncio.get_running_loop().time() + self._settings.look_seconds_max
        self._turn += 1
        compared = 0
        for number in range(len(every)):
            comparison = every[(self._turn + number) % len(every)]
            compared += await self._scan_on(comparison, end)
        return compared

    async def _scan_on(self, comparison: Comparison, end: float) -> int:
        progress = self._progress.setdefault(comparison.kind, Progress())
        left = self._settings.keys_per_look_max
        while left > 0 and asyncio.get_running_loop().time() < end:
            limit = min(left, self._page_keys)
            keys = await comparison.scans[progress.scan](progress.after, limit)
            if keys:
                await self._compare(comparison, keys)
                progress.after = keys[-1]
                left -= len(keys)
            if len(keys) < limit:
                progress.scan, progress.after = progress.scan + 1, None
                if progress.scan == len(comparison.scans):
                    progress.scan, progress.round_at = 0, datetime.now(UTC)
                    break
        return self._settings.keys_per_look_max - left

    async def _compare(self, comparison: Comparison, keys: Sequence[Key]) -> None:
        sides = await comparison.read(keys)
        self.watch.take(comparison.kind, comparison.stands, sides, datetime.now(UTC))

    async def _explain(self) -> None:
        new = [drift for drift in self.watch.drifts() if not drift.is_explained]
        if new:
            causes = await last_messages(self._kafka, new, self._settings)
            for drift in new:
                self.watch.explain(drift, causes.get(drift))

    def _round_at(self) -> datetime | None:
        """When the comparison that is furthest behind was last gone through as a whole."""
        times = [self._progress[kind].round_at for kind in self._known if kind in self._progress]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(self._known) else None
