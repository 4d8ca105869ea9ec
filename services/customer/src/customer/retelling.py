"""For the day on which Kafka is gone: who is a customer still, and customer's state topics told anew."""

from collections.abc import Sequence

from customer import journeys
from customer.handlers import histories, profiles, purchases
from customer.store.funnel import SQL as FUNNEL_SQL
from customer.store.histories import SQL as HISTORIES_SQL
from customer.store.identities import SQL as IDENTITY_SQL
from customer.store.profiles import SQL as PROFILES_SQL
from customer.store.purchases import SQL as PURCHASES_SQL
from customer.store.tasks import TASKS
from tsunagu.chassis import Cause, Connection, Key, Retelling, Transaction
from tsunagu.contracts.topics import (
    CUSTOMER_HISTORIES,
    CUSTOMER_JOURNEY,
    CUSTOMER_PROFILES,
    CUSTOMER_PURCHASES,
)


async def open_keys(connection: Connection, customer_ids: Sequence[str]) -> set[str]:
    """Those of these that are customers still: neither merged into others nor erased."""
    return {row["customer_id"] for row in await connection.fetch(IDENTITY_SQL.customers_among, customer_ids)}


async def tell_profiles(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish the profiles of the next customers."""
    rows = await tx.connection.fetch(PROFILES_SQL.lock_customers_after, *after, limit)
    if not rows:
        return None
    customer_ids = [row["customer_id"] for row in rows]
    await profiles.publish_again(tx, customer_ids, cause)
    return (customer_ids[-1],)


async def tell_purchases(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish the next purchases."""
    rows = await tx.connection.fetch(PURCHASES_SQL.lock_purchases_after, *after, limit)
    if not rows:
        return None
    purchase_ids = [row["purchase_id"] for row in rows]
    await purchases.publish_again(tx, purchase_ids, cause)
    return (purchase_ids[-1],)


async def tell_histories(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish what the next links to purchase histories show."""
    rows = await tx.connection.fetch(HISTORIES_SQL.lock_links_after, *after, limit)
    if not rows:
        return None
    link_ids = [row["link_id"] for row in rows]
    await histories.publish_again(tx, link_ids, cause)
    return (link_ids[-1],)


RETELLINGS = (
    Retelling(CUSTOMER_PROFILES, tell_profiles, PROFILES_SQL.count_profiles),
    Retelling(CUSTOMER_PURCHASES, tell_purchases, PURCHASES_SQL.count_published_purchases),
    Retelling(CUSTOMER_HISTORIES, tell_histories, HISTORIES_SQL.count_open_links),
    Retelling(CUSTOMER_JOURNEY, journeys.tell_again, FUNNEL_SQL.count_told),
    TASKS.retelling,
)
