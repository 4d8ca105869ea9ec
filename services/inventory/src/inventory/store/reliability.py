"""How often locations have what they show: notes that batches add, and records that the notes are taken into."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from inventory.settings import settings
from inventory.sql import SQL
from tsunagu.chassis import Connection, Transaction


async def note_picks(tx: Transaction, found: Iterable[str] = (), short: Iterable[str] = ()) -> None:
    """Note a pick at each of these locations, where the goods were found or where they were not."""
    had, lacked = Counter(found), Counter(short)
    ids = sorted({*had, *lacked})
    if ids:
        await tx.connection.execute(
            SQL.add_pick_outcomes,
            ids,
            [had[location_id] for location_id in ids],
            [lacked[location_id] for location_id in ids],
            [None] * len(ids),
            tx.now,
        )


async def note_counts(tx: Transaction, counted_at: Mapping[str, datetime]) -> None:
    """Note when locations were counted."""
    if counted_at:
        ids = sorted(counted_at)
        none = [0] * len(ids)
        times = [counted_at[location_id] for location_id in ids]
        await tx.connection.execute(SQL.add_pick_outcomes, ids, none, none, times, tx.now)


async def weigh_notes(connection: Connection, now: datetime) -> int:
    """Take all notes into the locations' records; returns how many locations they were about."""
    half_life = timedelta(days=settings().reliability_half_life_days)
    return int(await connection.fetchval(SQL.weigh_pick_outcomes, now, half_life.total_seconds()))
