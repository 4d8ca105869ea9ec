"""How far a service has read in time: deadlines wait for the news that was written before they came due."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeAlias

import structlog

from tsunagu.chassis import clock
from tsunagu.chassis.database import Connection
from tsunagu.chassis.kafka_calls import KAFKA_AWAY
from tsunagu.chassis.queries import beside

SQL = beside(__file__)
_log = structlog.get_logger(__name__)

Ends: TypeAlias = Mapping[tuple[str, int], int]
"""The offset after the last record, by topic and partition, of all that a service reads."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # no deadline is older


@dataclass(frozen=True, slots=True)
class Told:
    """What Kafka answered: all that was written at a time, and perhaps more."""

    at: datetime
    ends: Ends


class Written(Protocol):
    """Who asks Kafka how much is written. Asking waits for nothing: the answer is there when it is there."""

    told: Told | None

    def ask(self) -> None:
        """Ask; an answer from before is forgotten."""


class AskedKafka:
    """Asks beside the work that wants to know, until it is answered: nobody waits for a Kafka that is frozen."""

    def __init__(
        self, ends: Callable[[], Awaitable[Ends]], answered: asyncio.Event, retry_seconds: float
    ) -> None:
        self._ends = ends
        self._answered = answered
        self._retry_seconds = retry_seconds
        self._wanted = asyncio.Event()
        self.told: Told | None = None

    def ask(self) -> None:
        """Ask; the event is set when it is answered."""
        self.told = None
        self._wanted.set()

    async def run(self) -> None:
        """Ask what is to be asked, until cancelled."""
        while True:
            await self._wanted.wait()
            at = clock.now()
            try:
                ends = await self._ends()
            except KAFKA_AWAY as error:
                _log.debug("how much was written is not known", error=repr(error))
                await asyncio.sleep(self._retry_seconds)
            else:
                self._wanted.clear()
                self.told = Told(at, ends)
                self._answered.set()


class ReadUntil:
    """The time until which everything that was written has been read, by whichever process of the service.

    No clock but this process's own is asked: what the partitions held at a time is noted, and once the offsets in the
    database have come as far, that time is reached. What is not reached within `wait_seconds_max` is not waited for
    any longer: a partition that stands still holds up no deadline for ever.
    """

    def __init__(self, written: Written, wait_seconds_max: float) -> None:
        self._written = written
        self._wait_max = timedelta(seconds=wait_seconds_max)
        self._since: datetime | None = None  # when the time that is not reached yet was first wanted
        self.at = _BEGINNING
        """The time that was reached when it was last looked."""

    async def look(self, connection: Connection, now: datetime) -> datetime:
        """Look how far it is now; `connection` is one to the service's database."""
        if self._since is None:
            self._since = now
            self._written.ask()
        told = self._written.told
        if told is not None and await _has_read(connection, told.ends):
            self.at, self._since = told.at, None
        elif now - self._since > self._wait_max:
            _log.warning("deadlines wait no longer for news that is not read", since=self._since.isoformat())
            self.at, self._since = self._since, None
        return self.at


async def _has_read(connection: Connection, ends: Ends) -> bool:
    rows = await connection.fetch(SQL.how_far)
    read = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    return all(read.get(place, 0) >= end for place, end in ends.items())
