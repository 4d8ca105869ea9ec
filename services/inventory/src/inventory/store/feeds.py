"""News of when locations were last heard of, at most one per location and interval."""

from collections.abc import Mapping
from datetime import timedelta

from inventory.settings import settings
from inventory.sql import SQL
from tsunagu.chassis import Cause, Transaction
from tsunagu.contracts.messages import Feed


async def heard_from(tx: Transaction, locations: Mapping[str, Cause]) -> None:
    """Say that these locations have reported something, where that was not said a moment ago.

    Looked at without a lock first: locations that report all the time must not make batches wait for each other.
    """
    if not locations:
        return
    before = tx.now - timedelta(seconds=settings().feed_interval_seconds)
    rows = await tx.connection.fetch(SQL.read_feeds, sorted(locations))
    recent = {row["location_id"] for row in rows if row["published_at"] > before}
    due = sorted(set(locations) - recent)
    if not due:
        return
    for row in await tx.connection.fetch(SQL.save_feeds, due, tx.now, before):
        location_id = row["location_id"]
        feed = Feed(location_id=location_id, last_seen_at=tx.now, version=row["version"])
        tx.publish(feed, cause=locations[location_id])
