"""Purchases in the database: their heads, the parts that were bought, the parts that came back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import asyncpg

from customer.domain.purchases import BoughtPart, Head, Kept, ReturnedPart, settle
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "purchases.sql")

_HEAD_FIELDS = tuple(field.name for field in fields(Head))  # the columns are named like them


@dataclass(frozen=True, slots=True)
class Stored:
    """A purchase as it stands. Without a head only returns are known. `customer_id`: who it belongs to now."""

    purchase_id: str
    head: Head | None
    kept: Kept
    version: int
    customer_id: str | None


async def load_heads(connection: Connection, purchase_ids: Sequence[str]) -> dict[str, Head | None]:
    """What is known of purchases as a whole."""
    return {
        row["purchase_id"]: _head(row)
        for row in await connection.fetch(SQL.load_purchases, list(purchase_ids))
    }


async def save_heads(connection: Connection, heads: Mapping[str, Head]) -> None:
    """Write what is known of purchases as a whole."""
    if heads:
        known = list(heads.values())
        await connection.execute(
            SQL.save_heads,
            list(heads),
            [head.receipt_id for head in known],
            [head.order_id for head in known],
            [head.source for head in known],
            [head.channel for head in known],
            [head.location_id for head in known],
            [head.bought_at for head in known],
            [head.customer_ref for head in known],
            [head.digest for head in known],
            [head.ordered_at for head in known],
            [head.picked_up_at for head in known],
        )


async def insert_parts(
    connection: Connection,
    bought: Sequence[tuple[str, str, BoughtPart]],
    returned: Sequence[tuple[str, ReturnedPart]],
) -> None:
    """Write parts, each with its purchase; bought ones with the message that says so. Those known already stay."""
    if bought:
        await connection.execute(
            SQL.insert_purchase_lines,
            [purchase_id for purchase_id, _, _ in bought],
            [message for _, message, _ in bought],
            [part.line_id for _, _, part in bought],
            [part.source for _, _, part in bought],
            [part.sku for _, _, part in bought],
            [part.quantity for _, _, part in bought],
            [part.amount_jpy for _, _, part in bought],
            [part.tax_percent for _, _, part in bought],
        )
    if returned:
        await connection.execute(
            SQL.insert_purchase_returns,
            [purchase_id for purchase_id, _ in returned],
            [part.return_id for _, part in returned],
            [part.place for _, part in returned],
            [part.line_id for _, part in returned],
            [part.sku for _, part in returned],
            [part.quantity for _, part in returned],
            [part.amount_jpy for _, part in returned],
            [part.returned_at for _, part in returned],
        )


async def load(connection: Connection, purchase_ids: Sequence[str]) -> list[Stored]:
    """Purchases with all their parts settled, in the order of their ids."""
    ids = sorted(set(purchase_ids))
    bought: dict[str, list[BoughtPart]] = defaultdict(list)
    for row in await connection.fetch(SQL.load_purchase_lines, ids):
        values = dict(row)
        bought[values.pop("purchase_id")].append(BoughtPart(**values))
    returned = await load_returned(connection, ids)
    return [
        Stored(
            row["purchase_id"],
            _head(row),
            settle(bought[row["purchase_id"]], returned[row["purchase_id"]]),
            row["version"],
            row["customer_id"],
        )
        for row in sorted(
            await connection.fetch(SQL.load_purchases, ids), key=lambda row: str(row["purchase_id"])
        )
    ]


async def load_returned(
    connection: Connection, purchase_ids: Sequence[str]
) -> Mapping[str, list[ReturnedPart]]:
    """What came back of purchases; of one of which nothing did, an empty list."""
    returned: dict[str, list[ReturnedPart]] = defaultdict(list)
    for row in await connection.fetch(SQL.load_purchase_returns, list(purchase_ids)):
        values = dict(row)
        returned[values.pop("purchase_id")].append(ReturnedPart(**values))
    return returned


async def save_kept(connection: Connection, published: Sequence[Stored]) -> None:
    """Write what is kept of purchases, with the version and the customer of their published state."""
    if published:
        await connection.execute(
            SQL.save_kept,
            [purchase.purchase_id for purchase in published],
            [purchase.kept.amount_jpy for purchase in published],
            [purchase.kept.pieces for purchase in published],
            [purchase.version for purchase in published],
            [purchase.customer_id for purchase in published],
            [purchase.kept.returned_at for purchase in published],
        )
        await _save_kept_skus(connection, published)


async def _save_kept_skus(connection: Connection, published: Sequence[Stored]) -> None:
    kept = [
        (one.purchase_id, one.head, of_sku)
        for one in published
        if one.head is not None
        for of_sku in one.kept.skus
    ]
    await connection.execute(
        SQL.save_kept_skus,
        [purchase.purchase_id for purchase in published],
        [purchase_id for purchase_id, _, _ in kept],
        [of_sku.sku for _, _, of_sku in kept],
        [head.bought_at for _, head, _ in kept],
        [head.channel for _, head, _ in kept],
        [head.digest for _, head, _ in kept],
        [of_sku.pieces for _, _, of_sku in kept],
        [of_sku.amount_jpy for _, _, of_sku in kept],
    )


def _head(row: asyncpg.Record) -> Head | None:
    if row["bought_at"] is None:
        return None
    return Head(**{name: row[name] for name in _HEAD_FIELDS})
