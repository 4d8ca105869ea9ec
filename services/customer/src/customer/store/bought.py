"""Who bought what, as operators ask: a customer's purchases, and the buyers of a SKU."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from customer.domain.purchases import ReturnedPart
from customer.store import changes, purchases
from customer.store.identities import SQL as IDENTITY_SQL
from customer.store.purchases import Stored
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "bought.sql")

TIME_ZONE = "Asia/Tokyo"
"""Whose days, weeks and months are counted."""


class Place(NamedTuple):
    """Where a page of purchases ended: the time and id of its last one."""

    bought_at: datetime
    purchase_id: str


class Buyer(NamedTuple):
    """Where a page of buyers ended: its last customer and channel."""

    customer_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A SKU from `since` to before `until`; in one channel, or in all."""

    sku: str
    since: datetime
    until: datetime
    channel: str | None


@dataclass(frozen=True, slots=True)
class Past:
    """A purchase with all that came back of it."""

    stored: Stored
    returned: Sequence[ReturnedPart]


async def find_customer(connection: Connection, digest: str, customer_id: str) -> str | None:
    """The customer who holds an identifier or has an id, however often merged since; None where nobody has."""
    holders = await connection.fetch(IDENTITY_SQL.holders_among, [digest])
    return holders[0]["customer_id"] if holders else await changes.newest_self(connection, customer_id)


async def digests_of(connection: Connection, customer_id: str) -> list[str]:
    """Under which identifiers a customer buys."""
    return [row["digest"] for row in await connection.fetch(SQL.digests_of_customer, customer_id)]


async def refs_of(connection: Connection, customer_ids: Sequence[str]) -> Mapping[str, list[str]]:
    """The opaque ids of customers, as channels write them."""
    rows = await connection.fetch(SQL.refs_of_customers, sorted(set(customer_ids)))
    return {row["customer_id"]: row["refs"] for row in rows}


async def newest(
    connection: Connection, digests: Sequence[str], before: Place | None, limit: int
) -> list[Past]:
    """At most `limit` purchases under these identifiers, the newest first."""
    at, purchase_id = before or (None, None)
    rows = await connection.fetch(SQL.newest_purchases, list(digests), at, purchase_id, limit)
    ids = [row["purchase_id"] for row in rows]
    stored = {one.purchase_id: one for one in await purchases.load(connection, ids)}
    returned = await purchases.load_returned(connection, ids)
    return [Past(stored[one], returned.get(one, ())) for one in ids]


async def buyers(
    connection: Connection, asked: Stretch, after: Buyer | None, limit: int
) -> list[dict[str, Any]]:
    """At most `limit` pairs of customer and channel, in their order, with what they kept."""
    page = after or Buyer("", "")
    rows = await connection.fetch(
        SQL.buyers, asked.sku, asked.since, asked.until, asked.channel, *page, limit
    )
    return [dict(row) for row in rows]


async def counts(connection: Connection, asked: Stretch, period: str | None) -> list[dict[str, Any]]:
    """What was kept by period and channel. `period`: day, week or month; None for the whole stretch.

    A channel of None is all of them: who buys in two is one customer there.
    """
    rows = await connection.fetch(
        SQL.count_bought, asked.sku, asked.since, asked.until, asked.channel, period, TIME_ZONE
    )
    return [dict(row) for row in rows]
