"""For the day on which Kafka is gone: which orders are open, order.state told anew, and new links for old ones."""

from collections.abc import Sequence

from order import news, store
from order.domain.links import renew
from order.issuing import issue_links
from order.tasks import TASKS
from tsunagu.chassis import Cause, Connection, Key, Retelling, Transaction, beside
from tsunagu.contracts.topics import ORDER_LINKS, ORDER_STATE

SQL = beside(__file__)


async def open_keys(connection: Connection, order_ids: Sequence[str]) -> set[str]:
    """Those of these orders that have not come to their end."""
    return {row["order_id"] for row in await connection.fetch(SQL.open_orders, order_ids)}


async def tell_orders(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish the next orders as they were published last; an id that is no order yet has nothing to tell."""
    order_ids = [row["order_id"] for row in await tx.connection.fetch(SQL.lock_orders_after, *after, limit)]
    if not order_ids:
        return None
    orders = await store.load(tx.connection, order_ids)
    for row in await tx.connection.fetch(SQL.read_update_times, order_ids):
        tx.publish(news.as_state(orders[row["order_id"]], now=row["updated_at"]), cause=cause)
    return (order_ids[-1],)


async def renew_links(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Issue the links of the next orders anew: what is kept here does not tell their tokens, and old ones are void."""
    rows = await tx.connection.fetch(SQL.lock_linked_orders_after, *after, limit)
    if not rows:
        return None
    order_ids = [row["order_id"] for row in rows]
    orders = (await store.load(tx.connection, order_ids)).values()
    renewed = [renew(order, tx.now) for order in orders]
    for one in renewed:
        issue_links(tx, one.order, one.issued, cause)
    await store.save_links(tx.connection, [one.order for one in renewed])
    return (order_ids[-1],)


RETELLINGS = (
    Retelling(ORDER_STATE, tell_orders, SQL.count_orders),
    Retelling(ORDER_LINKS, renew_links, SQL.count_links),
    TASKS.retelling,
)
