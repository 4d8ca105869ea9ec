"""What the process learns of orders and their links."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from edge.shopper.order_links.views import view_of
from edge.shopper.settings import settings
from tsunagu.chassis import Deleted, Received, Runtime, Transaction, beside, clock, newest, pooled
from tsunagu.contracts.messages import Order, OrderLink

SQL = beside(__file__)


def hash_of(token: str) -> str:
    """What is kept of a token. Its 128 random bits need no salt, and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


async def keep_links(transaction: Transaction, messages: Sequence[Received[OrderLink]]) -> None:
    """Keep the newest link of each order and purpose, by its token's hash."""
    links = [received.message for received in newest(messages)]
    await transaction.connection.execute(
        SQL.keep_links,
        [link.order_id for link in links],
        [link.purpose for link in links],
        [link.version for link in links],
        [hash_of(link.token) for link in links],
        [link.order_version for link in links],
        [link.valid_until for link in links],
    )


async def void_links(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Links open nothing any more; who has answered by one may still see what."""
    named = sorted({OrderLink.named_by(received.key) for received in messages})
    await transaction.connection.execute(
        SQL.void_links,
        [order_id for _, order_id in named],
        [purpose for purpose, _ in named],
        transaction.now,
    )


async def keep_views(transaction: Transaction, messages: Sequence[Received[Order]]) -> None:
    """Keep what of open orders may be seen by link, and forget the others."""
    views = {received.key: view_of(received.message) for received in newest(messages)}
    kept = {order_id: view for order_id, view in views.items() if view is not None}
    if kept:
        await transaction.connection.execute(
            SQL.keep_views,
            list(kept),
            [view.version for view in kept.values()],
            [view.model_dump(mode="json", exclude_none=True) for view in kept.values()],
            transaction.now,
        )
    if len(kept) < len(views):
        await transaction.connection.execute(
            SQL.forget_views, [order_id for order_id, view in views.items() if view is None]
        )


async def forget_old(runtime: Runtime) -> None:
    """Forget links whose time is over, and orders that can have none any more."""
    now, rows_max = clock.now(), settings().upkeep_rows_max
    await pooled(runtime).execute(SQL.delete_old_links, now, rows_max)
    silent_since = now - timedelta(days=settings().order_views_kept_days)
    await pooled(runtime).execute(SQL.delete_old_views, silent_since, rows_max)
