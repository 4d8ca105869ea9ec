"""For the day on which Kafka is gone: who is a customer still, and customer's state topics told anew."""

from collections.abc import Sequence

from customer.handlers import profiles, purchases
from customer.store.queries import SQL
from tsunagu.chassis import Cause, Connection, Key, Retelling, Transaction
from tsunagu.contracts.topics import CUSTOMER_PROFILES, CUSTOMER_PURCHASES


async def open_keys(connection: Connection, customer_ids: Sequence[str]) -> set[str]:
    """Those of these that are customers still: neither merged into others nor erased."""
    return {row["customer_id"] for row in await connection.fetch(SQL.customers_among, customer_ids)}


async def tell_profiles(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish the profiles of the next customers."""
    rows = await tx.connection.fetch(SQL.lock_customers_after, *after, limit)
    if not rows:
        return None
    customer_ids = [row["customer_id"] for row in rows]
    await profiles.publish_again(tx, customer_ids, cause)
    return (customer_ids[-1],)


async def tell_purchases(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish the next purchases."""
    rows = await tx.connection.fetch(SQL.lock_purchases_after, *after, limit)
    if not rows:
        return None
    purchase_ids = [row["purchase_id"] for row in rows]
    await purchases.publish_again(tx, purchase_ids, cause)
    return (purchase_ids[-1],)


RETELLINGS = (
    Retelling(CUSTOMER_PROFILES, tell_profiles, SQL.count_profiles),
    Retelling(CUSTOMER_PURCHASES, tell_purchases, SQL.count_published_purchases),
)
