"""For the day on which Kafka is gone: what is open in inventory, and its state topics told anew."""

from collections.abc import Sequence

from inventory.domain.stock import StockKey
from inventory.store.availability import publish_availability
from inventory.store.tasks import TASKS
from tsunagu.chassis import Cause, Connection, Key, Retelling, Transaction, beside
from tsunagu.contracts.messages import Feed
from tsunagu.contracts.topics import INVENTORY_AVAILABILITY, INVENTORY_FEEDS

SQL = beside(__file__, "retelling.sql")


async def open_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of these orders and documents that have not come to their end."""
    return {row["key"] for row in await connection.fetch(SQL.open_keys, keys)}


async def tell_availability(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish what is available of the next SKUs at locations."""
    rows = await tx.connection.fetch(SQL.lock_stock_after, *after, limit)
    for row in rows:
        key = StockKey(row["location_id"], row["sku"])
        publish_availability(tx, key, row["available"], row["version"], cause)
    return (rows[-1]["location_id"], rows[-1]["sku"]) if rows else None


async def tell_feeds(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish when the next locations were last heard of, as it was published last."""
    rows = await tx.connection.fetch(SQL.lock_feeds_after, *after, limit)
    for row in rows:
        tx.publish(Feed(**row), cause=cause)
    return (rows[-1]["location_id"],) if rows else None


RETELLINGS = (
    Retelling(INVENTORY_AVAILABILITY, tell_availability, SQL.count_stock, key_columns=2),
    Retelling(INVENTORY_FEEDS, tell_feeds, SQL.count_feeds),
    TASKS.retelling,
)
