"""Promises that facts have broken: a rule says which of them go, and their orders are sourced again.

A fact's own transaction only notes the row; which orders it hits is known, and locked, in this second step. What the
rule looks at beside the promises (who else has the goods) is looked at without locks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from inventory.domain.allocations import Part, PartState
from inventory.domain.arbitration import Broken, Promise, arbitrate, told
from inventory.domain.stock import StockKey
from inventory.handlers.answers import say_broken
from inventory.handlers.goods import let_go
from inventory.handlers.placing import SOURCING
from inventory.handlers.sources import (
    Destination,
    Judge,
    Seen,
    destination_of,
    point_of,
    shelves,
    usable_sources,
)
from inventory.settings import settings
from inventory.sql import SQL
from inventory.store.book import BREAK_PROMISES, Book
from inventory.store.locks import ORDERS, STOCK
from inventory.store.network import Question, places
from inventory.store.orders import OrderStock, load_orders, save_orders
from tsunagu.chassis import Connection, Due, KeysMoved, RowKey, Transaction, clock
from tsunagu.contracts.values import (
    BreakCause,
    BreakDecision,
    BrokenPromiseReasons,
    CriterionValue,
    ReservationCause,
)

__all__ = ["BREAK_PROMISES", "break_promises", "keys"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided about one row of stock: how many promises were compared, and which break."""

    candidates: int
    broken: Sequence[Broken]


async def keys(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The rows of stock, and the orders whose promises would break."""
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
    for ruling in (await _rule(connection, uncovered, clock.now())).values():
        rows.update(ORDERS.row(broken.promise.order_id) for broken in ruling.broken)
    return rows


async def break_promises(tx: Transaction, dues: Sequence[Due]) -> None:
    """Break as many promises as the rows can't keep, by the rule, and have their orders sourced anew."""
    stock_keys = {_key(due) for due in dues}
    locked = await Book.open(tx, stock_keys)
    rulings = await _rule(tx.connection, {key: locked[key].uncovered for key in stock_keys}, tx.now)
    ids = {broken.promise.order_id for ruling in rulings.values() for broken in ruling.broken}
    for order_id in ids:
        if not tx.is_locked(ORDERS.row(order_id)):
            raise KeysMoved(f"order {order_id} is to break before those that were locked")
    orders = await load_orders(tx.connection, ids)
    for due in dues:
        ruling = rulings.get(_key(due))
        if ruling is None:
            continue
        lost: dict[str, dict[Part, int]] = {}
        for broken in ruling.broken:
            order = orders[broken.promise.order_id]
            part = _part_of(order, broken.promise, _key(due).location_id)
            let_go(locked, order, part, broken.quantity, due)
            lost.setdefault(order.order_id, {})[part] = broken.quantity
        why, document_id = BreakCause(due.payload["cause"]), due.payload["cause_id"]
        for order_id, parts in lost.items():
            decision = _decision(ruling, order_id)
            say_broken(tx, orders[order_id], why, document_id, parts, cause=due, decision=decision)
            payload = {"cause": ReservationCause.PROMISE_BROKEN, "round": 1}
            tx.schedule(SOURCING, order_id, tx.now, cause=due, payload=payload)
    await save_orders(tx.connection, list(orders.values()))
    await locked.save()


async def _rule(
    connection: Connection, uncovered: Mapping[StockKey, int], now: datetime
) -> dict[StockKey, Ruling]:
    """Of each row that can't keep all it has promised, the promises that break."""
    keys = sorted(key for key, pieces in uncovered.items() if pieces > 0)
    if not keys:
        return {}
    # A promise is one piece at least: so many promises always make up what is uncovered.
    most = [max(settings().break_candidates_max, uncovered[key]) for key in keys]
    rows = await connection.fetch(
        SQL.reserved_at, [key.location_id for key in keys], [key.sku for key in keys], most
    )
    orders = await load_orders(connection, {row["order_id"] for row in rows})
    elsewhere = await _elsewhere(connection, rows, orders, now)
    promises: dict[StockKey, list[Promise]] = {key: [] for key in keys}
    for row, kilometres in zip(rows, elsewhere, strict=True):
        order = orders[row["order_id"]]
        promises[StockKey(row["location_id"], row["sku"])].append(
            Promise(
                order.order_id,
                row["allocation_id"],
                row["quantity"],
                row["decided_no"],
                elsewhere_km=kilometres,
                ready_by=order.ready_by,
                may_be_partial=order.allow_partial,
                is_prepaid=order.is_prepaid,
            )
        )
    rule = settings().break_rule
    return {
        key: Ruling(len(found), arbitrate(found, uncovered[key], rule)) for key, found in promises.items()
    }


async def _elsewhere(
    connection: Connection,
    rows: Sequence[asyncpg.Record],
    orders: Mapping[str, OrderStock],
    now: datetime,
) -> list[float | None]:
    """How far from where the order wants them another location shows all pieces of each promise, if one does.

    That is the pickup store's own shelf, or a location that sourcing would ask. Each promise is looked at alone: two of
    them may count on the same pieces.
    """
    wanted = [_wanted(row, orders[row["order_id"]]) for row in rows]
    stores = await places(connection, {to[0] for to in wanted if to is not None and to[0] is not None}, now)
    asked: dict[tuple[Destination, str], Question] = {}
    load = settings().pick_minutes_per_line
    own: set[StockKey] = set()
    for row, to in zip(rows, wanted, strict=True):
        point = point_of(to, stores) if to is not None else None
        if to is None or point is None:
            continue
        asked.setdefault((to, row["sku"]), Question(to[0], point, (row["sku"],), load))
        if to[0] is not None:
            own.add(StockKey(to[0], row["sku"]))
    seen = await usable_sources(connection, asked.values(), Judge(now))
    shelf = await shelves(connection, own)
    result: list[float | None] = []
    for row, to in zip(rows, wanted, strict=True):
        if to is None or (to, row["sku"]) not in asked:
            result.append(None)
            continue
        own_pieces = shelf.get(StockKey(to[0], row["sku"]), 0) if to[0] is not None else 0
        if to[0] != row["location_id"] and own_pieces >= row["quantity"]:
            result.append(0.0)
            continue
        result.append(_nearest(seen[asked[to, row["sku"]]], row))
    return result


def _nearest(seen: Seen, row: asyncpg.Record) -> float | None:
    """How far it is to the nearest other location that has all pieces and may be asked."""
    enough = {
        one.place.location_id
        for one in seen.candidates
        if one.available.get(row["sku"], 0) >= row["quantity"] and one.place.location_id != row["location_id"]
    }
    usable = [one.distance_km for one in seen.sieved.usable if one.location_id in enough]
    full_today = [one.distance_km for one in seen.sieved.last_resorts if one.location_id in enough]
    return min(usable or full_today, default=None)


def _wanted(row: asyncpg.Record, order: OrderStock) -> Destination | None:
    """Where the pieces of a promise are to go; None for a line that is not wanted any more."""
    line = order.line(row["line_id"])
    return destination_of(line) if line is not None else None


def _part_of(order: OrderStock, promise: Promise, location_id: str) -> Part:
    identity = (promise.allocation_id, PartState.RESERVED, location_id)
    return next(part for part in order.parts if part.identity == identity)


def _decision(ruling: Ruling, order_id: str) -> BreakDecision:
    """Why these promises of an order break, as data."""
    rule = settings().break_rule
    return BreakDecision(
        rule=tuple(rule),
        candidates=ruling.candidates,
        pieces=sum(broken.quantity for broken in ruling.broken),
        promises=tuple(
            BrokenPromiseReasons(
                allocation_id=broken.promise.allocation_id,
                reasons=tuple(CriterionValue(criterion=one, value=told(one, broken.promise)) for one in rule),
            )
            for broken in ruling.broken
            if broken.promise.order_id == order_id
        ),
    )


def _key(due: Due) -> StockKey:
    """A due key is location:sku; a location id holds no colon."""
    location_id, _, sku = due.key.partition(":")
    return StockKey(location_id, sku)
