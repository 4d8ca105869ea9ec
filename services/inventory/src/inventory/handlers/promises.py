"""Promises that facts have broken: the newest that nobody has picked yet goes, and is looked for elsewhere.

A fact's own transaction only notes the row; which orders it hits is known, and locked, in this second step.
"""

from collections.abc import Iterable, Mapping, Sequence

from inventory.domain.allocations import Part, PartState
from inventory.domain.stock import StockKey
from inventory.handlers.answers import say_broken
from inventory.handlers.goods import let_go
from inventory.handlers.placing import SOURCING
from inventory.sql import SQL
from inventory.store.book import BREAK_PROMISES, Book
from inventory.store.locks import ORDERS, STOCK
from inventory.store.orders import load_orders, save_orders
from tsunagu.chassis import Connection, Due, KeysMoved, RowKey, Transaction
from tsunagu.contracts.values import BreakCause, ReservationCause

Broken = list[tuple[str, str, int]]
"""order_id, allocation_id and how many pieces of it, the newest promise first."""

__all__ = ["BREAK_PROMISES", "break_newest", "keys"]


async def keys(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The rows of stock, and the orders whose promises are the newest there."""
    rows = {STOCK.row(*_key(due)) for due in dues}
    ordered = sorted({_key(due) for due in dues})
    stock = await connection.fetch(
        SQL.read_stock, [key.location_id for key in ordered], [key.sku for key in ordered]
    )
    uncovered = {
        StockKey(row["location_id"], row["sku"]): row["reserved"]
        - (row["on_hand"] - row["staged"] - row["unsellable"])
        for row in stock
    }
    for broken in (await _newest(connection, uncovered)).values():
        rows.update(ORDERS.row(order_id) for order_id, _, _ in broken)
    return rows


async def break_newest(tx: Transaction, dues: Sequence[Due]) -> None:
    """Break as many of the newest promises as the rows can't keep, and have their orders sourced anew."""
    stock_keys = {_key(due) for due in dues}
    locked = await Book.open(tx, stock_keys)
    broken = await _newest(tx.connection, {key: locked[key].uncovered for key in stock_keys})
    ids = {order_id for rows in broken.values() for order_id, _, _ in rows}
    for order_id in ids:
        if not tx.is_locked(ORDERS.row(order_id)):
            raise KeysMoved(f"order {order_id} has a newer promise than those that were locked")
    orders = await load_orders(tx.connection, ids)
    for due in dues:
        key = _key(due)
        lost: dict[str, dict[Part, int]] = {}
        for order_id, allocation_id, quantity in broken.get(key, ()):
            order = orders[order_id]
            identity = (allocation_id, PartState.RESERVED, key.location_id)
            part = next(part for part in order.parts if part.identity == identity)
            let_go(locked, order, part, quantity, due)
            lost.setdefault(order_id, {})[part] = quantity
        why, document_id = BreakCause(due.payload["cause"]), due.payload["cause_id"]
        for order_id, parts in lost.items():
            say_broken(tx, orders[order_id], why, document_id, parts, cause=due)
            payload = {"cause": ReservationCause.PROMISE_BROKEN, "round": 1}
            tx.schedule(SOURCING, order_id, tx.now, cause=due, payload=payload)
    await save_orders(tx.connection, list(orders.values()))
    await locked.save()


async def _newest(connection: Connection, uncovered: Mapping[StockKey, int]) -> dict[StockKey, Broken]:
    """Of each row, the newest promises that make up what it can't keep."""
    keys = sorted(key for key, pieces in uncovered.items() if pieces > 0)
    if not keys:
        return {}
    rows = await connection.fetch(
        SQL.reserved_at, [key.location_id for key in keys], [key.sku for key in keys]
    )
    left = {key: uncovered[key] for key in keys}
    broken: dict[StockKey, Broken] = {}
    for row in rows:
        key = StockKey(row["location_id"], row["sku"])
        pieces = min(left[key], row["quantity"])
        if pieces > 0:
            left[key] -= pieces
            broken.setdefault(key, []).append((row["order_id"], row["allocation_id"], pieces))
    return broken


def _key(due: Due) -> StockKey:
    """A due key is location:sku; a location id holds no colon."""
    location_id, _, sku = due.key.partition(":")
    return StockKey(location_id, sku)
