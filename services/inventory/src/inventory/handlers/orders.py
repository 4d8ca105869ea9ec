"""What becomes of an order after it was placed: changed, cancelled, rejected."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from inventory.domain.allocations import HELD, PartState, Wanted, chosen, pieces, reduced, without_issued
from inventory.handlers.answers import say_released, say_reserved
from inventory.handlers.goods import held_parts, let_go, let_go_excess
from inventory.handlers.placing import SOURCING
from inventory.store.book import Book
from inventory.store.locks import ORDERS, STOCK
from inventory.store.orders import CLOSED, OrderStock, load_orders, locked_orders, save_orders
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import (
    OrderCancelled,
    OrderChanged,
    OrderRejected,
)
from tsunagu.contracts.values import (
    ReservationCause,
    StockLine,
)

OfOrder = OrderChanged | OrderCancelled | OrderRejected
O = TypeVar("O", OrderChanged, OrderCancelled, OrderRejected)  # noqa: E741 - an order's event


async def keys(connection: Connection, messages: Sequence[Received[O]]) -> Iterable[RowKey]:
    """The orders and the rows of stock that their goods are in."""
    ids = {received.message.order_id for received in messages}
    orders = await load_orders(connection, ids)
    rows = {ORDERS.row(order_id) for order_id in ids}
    for order in orders.values():
        rows.update(STOCK.row(*key) for key in order.stock_keys())
    return rows


async def cancel(tx: Transaction, messages: Sequence[Received[OrderCancelled]]) -> None:
    """Let go of cancelled pieces: on the shelf they are free, staged they wait, travelling they arrive free."""
    orders, book = await _load(tx, messages)
    for received in messages:
        event = received.message
        order = orders[event.order_id]
        lines: list[StockLine] = []
        for line in event.lines:
            order.wanted = reduced(order.wanted, line.line_id, line.quantity)
            if event.parcel_id is not None:
                # They count as served no more, else as many others that are still wanted would be let go.
                order.parts = without_issued(order.parts, line.line_id, line.quantity)
            lines.extend(let_go_excess(book, order, line.line_id, received))
        if not order.missing():
            tx.cancel(SOURCING, order.order_id)
        if event.order_finished:
            _close(order)
        say_released(tx, order, "cancelled", lines, cause=received)
    await save_orders(tx.connection, list(orders.values()))
    await book.save()


async def reject(tx: Transaction, messages: Sequence[Received[OrderRejected]]) -> None:
    """Nothing of the order is held any more."""
    orders, book = await _load(tx, messages)
    for received in messages:
        order = orders[received.message.order_id]
        lines = [let_go(book, order, part, part.quantity, received) for part in held_parts(order)]
        _close(order)
        tx.cancel(SOURCING, order.order_id)
        say_released(tx, order, "rejected", lines, cause=received)
    await save_orders(tx.connection, list(orders.values()))
    await book.save()


async def change(tx: Transaction, messages: Sequence[Received[OrderChanged]]) -> None:
    """Take over what is wanted now, end what was held for it, and allocate the changed lines anew in a second step."""
    orders, book = await _load(tx, messages)
    for received in messages:
        event = received.message
        order = orders[event.order_id]
        released = _end(book, order, event, received)
        order.wanted = _wanted_now(order, event)
        for line in order.wanted:
            released.extend(let_go_excess(book, order, line.line_id, received))
        say_released(tx, order, "changed", released, cause=received)
        if order.missing():
            payload = {"cause": ReservationCause.CHANGED, "round": 1}
            tx.schedule(SOURCING, order.order_id, tx.now, cause=received, payload=payload)
        elif held_parts(order):
            say_reserved(
                tx,
                order,
                ReservationCause.CHANGED,
                order.ready_by or tx.now,
                "what was held already is enough",
                cause=received,
            )
    await save_orders(tx.connection, list(orders.values()))
    await book.save()


async def _load(tx: Transaction, messages: Sequence[Received[O]]) -> tuple[dict[str, OrderStock], Book]:
    orders = await locked_orders(tx, (received.message.order_id for received in messages))
    book = await Book.open(tx, (key for order in orders.values() for key in order.stock_keys()))
    return orders, book


def _close(order: OrderStock) -> None:
    order.state = CLOSED
    order.wanted = ()


def _end(
    book: Book, order: OrderStock, event: OrderChanged, received: Received[OrderChanged]
) -> list[StockLine]:
    """End the allocations that the change names, as far as they are still held."""
    released: list[StockLine] = []
    for ended in event.ended_allocations:
        held = [
            part for part in order.parts if part.allocation_id == ended.allocation_id and part.state in HELD
        ]
        for part, quantity in chosen(held, ended.quantity):
            released.append(let_go(book, order, part, quantity, received))
    return released


def _wanted_now(order: OrderStock, event: OrderChanged) -> tuple[Wanted, ...]:
    """The open lines as the change says; of lines that it does not touch, what can't be had stays given up.

    Order counts pieces that a shopper has as no longer open; here they stay wanted and issued. Pieces in a parcel
    are open until they are delivered: of those it is not known which way they count, so that what is held stays.
    """
    groups = {group.group_id: group for group in event.groups}
    before = {line.line_id: line for line in order.wanted}
    wanted: list[Wanted] = []
    for line in event.lines:
        group = groups[line.group_id]
        now = Wanted(line.line_id, line.sku, line.quantity, 0, group.location_id, group.prefecture)
        issued = pieces(order.parts, line.line_id, {PartState.ISSUED})
        held = pieces(order.parts, line.line_id, HELD)
        if issued and group.location_id is not None:
            now = now._replace(quantity=issued + max(held, line.quantity))
        elif issued:
            now = now._replace(quantity=max(issued + held, line.quantity))
        known = before.get(line.line_id)
        if known is not None and line.line_id not in event.changed_line_ids:
            now = now._replace(quantity=known.quantity, given_up=known.given_up)
        wanted.append(now)
    return tuple(wanted)
