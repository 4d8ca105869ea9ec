"""How far a service has read in time: deadlines wait for the news that was written before they came due."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import structlog

from tsunagu.chassis.database import Connection
from tsunagu.chassis.kafka_calls import KAFKA_AWAY
from tsunagu.chassis.queries import beside

SQL = beside(__file__)
_log = structlog.get_logger(__name__)

Ends: TypeAlias = Mapping[tuple[str, int], int]
"""The offset after the last record, by topic and partition, of all that a service reads."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # no deadline is older


@dataclass(frozen=True, slots=True)
class _Goal:
    since: datetime  # when it was first wanted
    ends: Ends | None  # None as long as Kafka does not tell
    told_at: datetime


class ReadUntil:
    """The time until which everything that was written has been read, by whichever process of the service.

    No clock but this process's own is asked: what the partitions held at a time is noted, and once the offsets in the
    database have come as far, that time is reached. What is not reached within `wait_seconds_max` is not waited for
    any longer: a partition that stands still holds up no deadline for ever.
    """

    def __init__(self, written: Callable[[], Awaitable[Ends]], wait_seconds_max: float) -> None:
        self._written = written
        self._wait_max = timedelta(seconds=wait_seconds_max)
        self._goal: _Goal | None = None
        self.at = _BEGINNING
        """The time that was reached when it was last looked."""

    async def look(self, connection: Connection, now: datetime) -> datetime:
        """Look how far it is now; `connection` is one to the service's database."""
        goal = self._goal
        if goal is None or goal.ends is None:
            goal = self._goal = _Goal(now if goal is None else goal.since, await self._told(), now)
        if goal.ends is not None and await _has_read(connection, goal.ends):
            self.at, self._goal = goal.told_at, None
        elif now - goal.since > self._wait_max:
            _log.warning("deadlines wait no longer for news that is not read", since=goal.since.isoformat())
            self.at, self._goal = goal.since, None
        return self.at

    async def _told(self) -> Ends | None:
        try:
            return await self._written()
        except KAFKA_AWAY as error:
            _log.debug("how much was written is not known", error=repr(error))
            return None


async def _has_read(connection: Connection, ends: Ends) -> bool:
    rows = await connection.fetch(SQL.how_far)
    read = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    return all(read.get(place, 0) >= end for place, end in ends.items())
