"""Orders as far as stock is concerned: what is wanted, what is held, and where those goods are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
from pydantic_core import to_json

from inventory.domain.allocations import Part, PartState, Wanted, missing
from inventory.domain.stock import StockKey
from inventory.store.locks import ORDERS
from tsunagu.chassis import Connection, KeysMoved, Transaction, beside

SQL = beside(__file__, "orders.sql")

UNKNOWN, OPEN, CLOSED = "unknown", "open", "closed"
_COPY_COLUMNS = (
    "order_id", "allocation_id", "state", "place_id", "line_id", "sku", "location_id", "quantity",
)  # fmt: skip


@dataclass(slots=True)
class OrderStock:
    """One order, as a working copy. `version` counts inventory's events about it. `is_new`: no row holds it yet."""

    order_id: str
    state: str = UNKNOWN
    version: int = 0
    allocation_version: int = 0
    allow_partial: bool = False
    is_prepaid: bool = False
    hold_id: str | None = None
    ready_by: datetime | None = None
    wanted: tuple[Wanted, ...] = ()
    parts: tuple[Part, ...] = ()
    loaded_parts: tuple[Part, ...] = field(default=())
    is_new: bool = False

    def next_version(self) -> int:
        """The version of the next event about it."""
        self.version += 1
        return self.version

    def next_allocation_version(self) -> int:
        """The version of the next decision on what is held for it."""
        self.allocation_version += 1
        return self.allocation_version

    def missing(self) -> dict[str, int]:
        """Line → pieces that are still to be found."""
        return missing(self.wanted, self.parts)

    def line(self, line_id: str) -> Wanted | None:
        """An open line, if it is one."""
        return next((line for line in self.wanted if line.line_id == line_id), None)

    def stock_keys(self) -> list[StockKey]:
        """The rows of stock that its goods are in or were promised from."""
        keys = {StockKey(part.place_id, part.sku) for part in self.parts}
        keys.update(StockKey(part.location_id, part.sku) for part in self.parts)
        return sorted(keys)


async def load_orders(connection: Connection, order_ids: Iterable[str]) -> dict[str, OrderStock]:
    """Orders by id, with where their goods are; those that are not there are left out."""
    ids = sorted(set(order_ids))
    if not ids:
        return {}
    orders = {row["order_id"]: _order(row) for row in await connection.fetch(SQL.read_orders, ids)}
    parts: dict[str, list[Part]] = {}
    for row in await connection.fetch(SQL.read_allocations, ids):
        parts.setdefault(row["order_id"], []).append(
            Part(
                allocation_id=row["allocation_id"],
                line_id=row["line_id"],
                sku=row["sku"],
                location_id=row["location_id"],
                state=PartState(row["state"]),
                place_id=row["place_id"],
                quantity=row["quantity"],
                decided_no=row["decided_no"],
            )
        )
    for order_id, found in parts.items():
        found.sort(key=lambda part: (part.decided_no or 0, part.allocation_id, part.state, part.place_id))
        order = orders.setdefault(order_id, OrderStock(order_id))
        order.parts = order.loaded_parts = tuple(found)
    return orders


async def locked_states(tx: Transaction, order_ids: Iterable[str]) -> dict[str, OrderStock]:
    """Orders that are locked if they are there, without their goods: enough for those that are new, as most are.

    Raises KeysMoved for one whose row somebody has made since, and which nobody has placed.
    """
    ids = sorted(set(order_ids))
    read = tx.read_by_lock(ORDERS)
    rows = read.values() if read is not None else await tx.connection.fetch(SQL.read_orders, ids)
    there = {row["order_id"]: _order(row) for row in rows}
    for order in there.values():
        if order.state == UNKNOWN and not tx.is_locked(ORDERS.row(order.order_id)):
            raise KeysMoved(f"order {order.order_id} was heard of since the rows were locked")
    return {one: there.get(one) or OrderStock(one, is_new=True) for one in ids}


async def locked_orders(tx: Transaction, order_ids: Iterable[str]) -> dict[str, OrderStock]:
    """Locked orders with where their goods are. Raises KeysMoved for one that is not locked."""
    ids = set(order_ids)
    for order_id in ids:
        if not tx.is_locked(ORDERS.row(order_id)):
            raise KeysMoved(f"order {order_id} is needed and not locked")
    return await load_orders(tx.connection, ids)


async def save_orders(connection: Connection, orders: Sequence[OrderStock]) -> None:
    """Write orders and what has become of their goods: `save_order_rows` and `save_goods` in one."""
    await save_order_rows(connection, orders)
    await save_goods(connection, orders)


async def save_order_rows(connection: Connection, orders: Sequence[OrderStock]) -> None:
    """Write new and locked orders. Raises KeysMoved where a new one was written by somebody else meanwhile."""
    new_orders = sorted((order for order in orders if order.is_new), key=lambda order: order.order_id)
    if new_orders:
        written = await connection.fetchval(SQL.insert_orders, *_order_columns(new_orders))
        if written != len(new_orders):
            raise KeysMoved(
                f"{len(new_orders) - written} of {len(new_orders)} new orders came by another way"
            )
    known = [order for order in orders if not order.is_new]
    if known:
        await connection.execute(SQL.save_orders, *_order_columns(known))


async def save_goods(connection: Connection, orders: Sequence[OrderStock]) -> None:
    """Write what has become of locked orders' goods. New promises are numbered in the order given."""
    new: list[tuple[str, Part]] = []
    moved: list[tuple[str, Part]] = []
    gone: list[tuple[str, Part]] = []
    for order in orders:
        if order.parts == order.loaded_parts:
            continue
        loaded = {part.identity: part for part in order.loaded_parts}
        for part in order.parts:
            before = loaded.pop(part.identity, None)
            if before == part:
                continue
            if before is None and part.decided_no is None:
                new.append((order.order_id, part))
            else:
                number = part.decided_no if before is None else before.decided_no
                moved.append((order.order_id, part._replace(decided_no=number)))
        gone.extend((order.order_id, part) for part in loaded.values())
    if gone:
        await connection.execute(SQL.delete_allocations, *_columns(gone, 4))
    if moved:
        await connection.execute(
            SQL.save_allocations, *_columns(moved, 8), [part.decided_no for _, part in moved]
        )
    if new:
        await connection.copy_records_to_table(
            "allocation", records=[_record(*item) for item in new], columns=_COPY_COLUMNS
        )


def _order_columns(orders: Sequence[OrderStock]) -> list[list[object]]:
    return [
        [order.order_id for order in orders],
        [order.state for order in orders],
        [order.version for order in orders],
        [order.allocation_version for order in orders],
        [order.allow_partial for order in orders],
        [order.is_prepaid for order in orders],
        [order.hold_id for order in orders],
        [order.ready_by for order in orders],
        [to_json(order.wanted).decode() for order in orders],
    ]


def _order(row: asyncpg.Record) -> OrderStock:
    return OrderStock(
        order_id=row["order_id"],
        state=row["state"],
        version=row["version"],
        allocation_version=row["allocation_version"],
        allow_partial=row["allow_partial"],
        is_prepaid=row["is_prepaid"],
        hold_id=row["hold_id"],
        ready_by=row["ready_by"],
        wanted=tuple(Wanted(*line) for line in row["wanted"]),
    )


def _record(order_id: str, part: Part) -> tuple[str, str, str, str, str, str, str, int]:
    return (
        order_id, part.allocation_id, part.state.value, part.place_id, part.line_id, part.sku, part.location_id,
        part.quantity,
    )  # fmt: skip


def _columns(rows: Sequence[tuple[str, Part]], number: int) -> list[list[object]]:
    records = [_record(order_id, part) for order_id, part in rows]
    return [[record[place] for record in records] for place in range(number)]
