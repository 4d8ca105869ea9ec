"""Where each partition has been read to: rows in the service's database, which fence off whoever lost a partition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from tsunagu.chassis.database import Connection
from tsunagu.chassis.queries import beside

SQL = beside(__file__)


@dataclass(frozen=True, slots=True)
class LogId:
    """Which log an offset belongs to: a topic made again, or another cluster, is another log."""

    cluster_id: str
    topic_id: UUID


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row: how far which log has been taken over, and how many times it was read again on an operator's word."""

    log: LogId
    next_offset: int
    replay: int = 0


@dataclass(frozen=True, slots=True)
class Fence:
    """What a reader knows of the rows: the log, and each partition's replay. Where they say otherwise, it is behind."""

    log: LogId
    replays: Mapping[int, int] = field(default_factory=dict)

    def lets_pass(self, partition: int, row: Recorded) -> bool:
        """Whether the reader may take over what it reads there."""
        return row.log == self.log and row.replay == self.replays.get(partition, 0)


@dataclass(frozen=True, slots=True)
class GoOn:
    """Read on from here."""

    offset: int


@dataclass(frozen=True, slots=True)
class BeginLog:
    """A log that is new to us: read it from its beginning; inbox and natural ids guard what came before."""

    offset: int


@dataclass(frozen=True, slots=True)
class NewsLost:
    """The log begins after what we had read: records were deleted before we saw them. Stop, and page."""

    next_offset: int
    beginning: int


def where_to_read(
    recorded: Recorded | None, log: LogId, beginning: int, end: int
) -> GoOn | BeginLog | NewsLost:
    """Decide where reading goes on in `log`, which holds the offsets from `beginning` to before `end`."""
    if recorded is None or recorded.log != log or recorded.next_offset > end:
        return BeginLog(beginning)
    if recorded.next_offset < beginning:
        return NewsLost(recorded.next_offset, beginning)
    return GoOn(recorded.next_offset)


async def read(connection: Connection, topic: str, partitions: Iterable[int]) -> dict[int, Recorded]:
    """The rows of these partitions, unlocked; a partition that was never read has none."""
    rows = await connection.fetch(SQL.read_offsets, topic, list(partitions))
    return {row["partition"]: _recorded(row) for row in rows}


async def begin(connection: Connection, topic: str, partition: int, log: LogId, offset: int) -> None:
    """Record that `log` is read from `offset` on."""
    await connection.execute(SQL.begin_log, topic, partition, log.cluster_id, log.topic_id, offset)


async def lock(connection: Connection, topic: str, partitions: Iterable[int], fence: Fence) -> dict[int, int]:
    """Lock the rows and return the next offset of each partition that the fence lets pass.

    A partition that is missing in the answer belongs to another log or replay by now: its records are stale.
    """
    rows = await connection.fetch(SQL.lock_offsets, topic, sorted(partitions))
    recorded = {row["partition"]: _recorded(row) for row in rows}
    return {
        partition: row.next_offset for partition, row in recorded.items() if fence.lets_pass(partition, row)
    }


async def advance(connection: Connection, topic: str, next_offsets: Mapping[int, int], now: datetime) -> None:
    """Record how far each partition has been taken over."""
    if next_offsets:
        await connection.execute(
            SQL.advance_offsets, topic, list(next_offsets), list(next_offsets.values()), now
        )


def _recorded(row: asyncpg.Record) -> Recorded:
    return Recorded(LogId(row["cluster_id"], row["topic_id"]), row["next_offset"], row["replay"])
