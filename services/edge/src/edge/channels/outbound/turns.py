"""Whose turn it is to tell a channel what one process alone may tell, and how far it has been told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge.channels.outbound.rows import SQL
from edge.channels.settings import Settings
from tsunagu.chassis import Connection, Runtime, clock, pooled

ORDERS_BY_FILE = "orders by file"
AVAILABILITY_BY_FILE = "availability by file"
AVAILABILITY_BY_WEBHOOK = "availability by webhook"


@dataclass(slots=True)
class Turn:
    """How far a channel has been told; what is changed here is kept by `note`."""

    channel: str
    what: str
    leased_until: datetime
    next_number: int
    position: int
    full_at: datetime | None

    async def note(self, connection: Connection) -> bool:
        """Keep how far it was told. False where the lease is over and another process has the turn."""
        kept = await connection.fetchval(
            SQL.note_told,
            self.channel,
            self.what,
            self.leased_until,
            self.next_number,
            self.position,
            self.full_at,
        )
        return kept is not None


@asynccontextmanager
async def turn(runtime: Runtime, channel: str, what: str, settings: Settings) -> AsyncIterator[Turn | None]:
    """The turn, or None while another process has it. It ends with the context, or with its lease."""
    now = clock.now()
    leased_until = now + timedelta(seconds=settings.file_lease_seconds)
    row = await pooled(runtime).fetchrow(SQL.lease_told, channel, what, now, leased_until)
    if row is None:
        yield None
        return
    mine = Turn(channel, what, leased_until, row["next_number"], row["position"], row["full_at"])
    try:
        yield mine
    finally:
        await pooled(runtime).execute(SQL.end_turn, channel, what, leased_until, clock.now())
