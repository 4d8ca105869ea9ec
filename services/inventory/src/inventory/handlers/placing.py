"""A placed order: its pickup store's own shelf, all or nothing, at once. The rest is second-step work."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from inventory.domain.allocations import Part, PartState, Wanted
from inventory.domain.reservation import Request, Reserved, Take, reserve
from inventory.domain.stock import StockKey
from inventory.handlers.answers import say_reserved
from inventory.handlers.holds import end_hold
from inventory.handlers.picker_time import PickerTime
from inventory.handlers.unpaid import with_room
from inventory.metrics import RESERVATIONS
from inventory.store.book import Book
from inventory.store.holds import CONSUMED, Hold, load_holds, save_holds
from inventory.store.locks import HOLDS, ORDERS, STOCK
from inventory.store.network import Place, places
from inventory.store.orders import OPEN, UNKNOWN, OrderStock, locked_states, save_goods, save_order_rows
from tsunagu.chassis import Cause, Connection, Received, RowKey, Transaction
from tsunagu.contracts.ids import derived_ids
from tsunagu.contracts.messages import OrderPlaced
from tsunagu.contracts.values import Payment, ReservationCause

SOURCING = "sourcing"


async def keys(connection: Connection, messages: Sequence[Received[OrderPlaced]]) -> Iterable[RowKey]:
    """The orders and the rows of stock at their pickup stores that are there, and the holds that they consume.

    An order for what nobody has makes no row of stock, and a new order is written once, with all that it is.
    """
    holds = await load_holds(connection, _hold_ids(messages))
    stock: set[StockKey] = set()
    for received in messages:
        order = received.message
        sources = _sources(order, holds.get(order.hold_id) if order.hold_id is not None else None)
        if sources is not None:
            stock.update([StockKey(sources[line.group_id], line.sku) for line in order.lines])
    for hold in holds.values():
        stock.update(hold.pieces())
    rows = [STOCK.row_if_there(*key) for key in stock]
    rows += [ORDERS.row_if_there(received.message.order_id) for received in messages]
    rows += [HOLDS.row(hold_id) for hold_id in holds]
    return rows


async def place(tx: Transaction, messages: Sequence[Received[OrderPlaced]]) -> None:
    """Promise what the pickup stores have themselves; the rest becomes second-step work."""
    known = await locked_states(tx, (received.message.order_id for received in messages))
    new = {
        received.message.order_id: received
        for received in messages
        if known[received.message.order_id].state == UNKNOWN
    }
    fresh = list(new.values())
    holds = await _locked_holds(tx, fresh)
    where_from = _pickup_locations(fresh) | {hold.location_id for hold in holds.values()}
    stores = await places(tx.connection, where_from, tx.now)
    wishes = [(received, _direct(received.message, holds, stores)) for received in fresh]
    keys = {take.key for _, request in wishes if request is not None for take in request.takes}
    for hold in holds.values():
        keys.update(hold.pieces())
    book = await Book.open_locked(tx, keys)
    wishes = await with_room(tx, book, wishes)
    outcomes = iter(
        reserve(book.available(keys), [request for _, request in wishes if request is not None], tx.now)
    )
    served: list[tuple[OrderStock, Received[OrderPlaced]]] = []
    for received, request in wishes:
        order = known[received.message.order_id]
        _begin(order, received.message)
        outcome = next(outcomes) if request is not None else None
        if not isinstance(outcome, Reserved):
            payload = {"cause": ReservationCause.PLACED, "round": 1}
            tx.schedule(SOURCING, order.order_id, tx.now, cause=received, payload=payload)
            continue
        if outcome.used_hold and order.hold_id is not None:
            end_hold(tx, book, holds[order.hold_id], CONSUMED, received)
        promise(book, order, outcome.takes, cause=received)
        served.append((order, received))
    orders = [known[received.message.order_id] for received in fresh]
    time = PickerTime(tx.now)
    await tx.write_while(save_goods(tx.connection, orders), lambda: _say_served(tx, served, stores, time))
    await save_order_rows(tx.connection, orders)
    await save_holds(tx.connection, [hold for hold in holds.values() if hold.state == CONSUMED])
    await book.save()
    await time.save(tx.connection)
    if served:
        tx.count(RESERVATIONS, len(served), outcome="own_shelf")


def promise(book: Book, order: OrderStock, takes: Iterable[Take], *, cause: Cause) -> None:
    """Reserve what was decided, as new allocations of the order."""
    parts = list(order.parts)
    for take, allocation_id in zip(takes, derived_ids(cause.cause_time, cause.cause_id), strict=False):
        location_id, sku = take.key
        book.shift(take.key, cause, reserved=take.quantity)
        parts.append(
            Part(
                allocation_id, take.line_id, sku, location_id, PartState.RESERVED, location_id, take.quantity
            )
        )
    order.parts = tuple(parts)


def _say_served(
    tx: Transaction,
    served: Iterable[tuple[OrderStock, Received[OrderPlaced]]],
    stores: Mapping[str, Place],
    time: PickerTime,
) -> None:
    for order, received in served:
        lines = Counter(part.location_id for part in order.parts)
        where = sorted(lines)
        ready_by = max(
            (time.picked_at(stores[place], lines[place]) for place in where if place in stores),
            default=tx.now,
        )
        explanation = f"the shelf of {', '.join(where)} has it all"
        say_reserved(tx, order, ReservationCause.PLACED, ready_by, explanation, cause=received)


def _begin(order: OrderStock, placed: OrderPlaced) -> None:
    groups = {group.group_id: group for group in placed.groups}
    order.state = OPEN
    order.allow_partial = placed.allow_partial
    order.is_prepaid = placed.payment is Payment.PREPAID
    order.hold_id = placed.hold_id
    order.wanted = tuple(
        Wanted(
            line.line_id,
            line.sku,
            line.quantity,
            0,
            groups[line.group_id].location_id,
            groups[line.group_id].prefecture,
        )
        for line in placed.lines
    )


def _sources(placed: OrderPlaced, hold: Hold | None) -> dict[str, str] | None:
    """Group → where its goods are taken from if nobody has to be asked; None where somebody has to.

    That is the pickup store's shelf; for parcels, where a hold keeps them.
    """
    held_at = hold.location_id if hold is not None and hold.credit() is not None else None
    sources: dict[str, str] = {}
    for group in placed.groups:
        location_id = group.location_id or held_at
        if location_id is None:
            return None
        sources[group.group_id] = location_id
    return sources


def _direct(placed: OrderPlaced, holds: Mapping[str, Hold], stores: Mapping[str, Place]) -> Request | None:
    """The request for the shelves; None where a second step has to look at more."""
    hold = holds.get(placed.hold_id) if placed.hold_id is not None else None
    sources = _sources(placed, hold)
    if sources is None:
        return None
    for group in placed.groups:
        if group.location_id is not None:
            store = stores.get(group.location_id)
            if store is None or not store.takes_pickups:
                return None
    takes = tuple(
        [
            Take(line.line_id, StockKey(sources[line.group_id], line.sku), line.quantity)
            for line in placed.lines
        ]
    )
    return Request(placed.order_id, takes, credit=hold.credit() if hold is not None else None)


def _pickup_locations(messages: Sequence[Received[OrderPlaced]]) -> set[str]:
    return {
        group.location_id
        for received in messages
        for group in received.message.groups
        if group.location_id is not None
    }


def _hold_ids(messages: Sequence[Received[OrderPlaced]]) -> set[str]:
    return {received.message.hold_id for received in messages if received.message.hold_id is not None}


async def _locked_holds(tx: Transaction, messages: Sequence[Received[OrderPlaced]]) -> dict[str, Hold]:
    ids = [hold_id for hold_id in _hold_ids(messages) if tx.is_locked(HOLDS.row(hold_id))]
    return await load_holds(tx.connection, ids)
