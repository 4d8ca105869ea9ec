"""What pickers report: goods off the shelf, goods they did not find, goods back on the shelf, picks let go."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from inventory.domain.allocations import Part, PartState, chosen
from inventory.domain.movements import MovementType
from inventory.domain.stock import StockKey
from inventory.domain.tasks import DiscrepancyCase
from inventory.handlers.answers import say_broken, say_released, say_reserved
from inventory.handlers.goods import (
    let_go,
    let_go_excess,
    parts_of,
    pick,
    promised_here,
    put_back,
    stage,
    stock_line,
    turned_up,
    want_again,
)
from inventory.handlers.placing import SOURCING
from inventory.store.book import Book, Origin
from inventory.store.discrepancies import Discrepancies
from inventory.store.locks import ORDERS, STOCK
from inventory.store.orders import OPEN, OrderStock, load_orders, locked_orders, save_orders
from inventory.store.reliability import note_picks
from inventory.store.tasks import Tasks
from inventory.store.transfers import TransferLines
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import PickCancelled, PickCompleted, PickShorted, PutAwayCompleted
from tsunagu.contracts.values import (
    BreakCause,
    PickedState,
    PutAwayLine,
    ReservationCause,
    ShortPickKind,
    StockLine,
)

P = TypeVar("P", PickCompleted, PickShorted, PutAwayCompleted, PickCancelled)


async def keys(connection: Connection, messages: Sequence[Received[P]]) -> Iterable[RowKey]:
    """The orders, the rows of stock that their goods are in, and those that the messages name."""
    ids = _order_ids(messages)
    orders = await load_orders(connection, ids)
    rows = {ORDERS.row(order_id) for order_id in ids}
    for order in orders.values():
        rows.update(STOCK.row(*key) for key in order.stock_keys())
    rows.update(STOCK.row(*key) for key in _named(messages))
    return rows


async def complete(tx: Transaction, messages: Sequence[Received[PickCompleted]]) -> None:
    """Goods are staged. Those of a promise that has moved stay with the order, and the others are freed."""
    orders, book = await _load(tx, messages)
    lines = await TransferLines.load(tx.connection, _transfer_ids(messages))
    found = Discrepancies(tx)
    for received in messages:
        event = received.message
        origin = Origin(received, event.pick_id, event.occurred_at, BreakCause.ADJUSTMENT, event.order_id)
        if event.order_id is not None:
            _complete_for_order(tx, book, orders[event.order_id], received, origin, found)
            continue
        book.move(StockKey(event.location_id, event.sku), MovementType.PICK, origin, staged=event.quantity)
        if event.transfer_id is not None:
            lines.line(event.transfer_id, event.line_id, event.sku).staged += event.quantity
    await save_orders(tx.connection, list(orders.values()))
    await lines.save(tx.connection)
    await book.save()
    await found.save()
    await note_picks(tx, found=(received.message.location_id for received in messages))


async def shorten(tx: Transaction, messages: Sequence[Received[PickShorted]]) -> None:
    """Goods were not there: the promise breaks, the order is sourced again at once, and somebody counts.

    MISSING puts everything in doubt that is booked on that shelf and not promised to others; DAMAGED goods are set
    apart; of UNREACHABLE and SOLD ones only these pieces are withheld, until somebody counts: of sold ones the receipt
    is on its way.
    """
    orders, book = await _load(tx, messages)
    tasks = Tasks(tx)
    for received in messages:
        event = received.message
        key = StockKey(event.location_id, event.sku)
        lost: dict[Part, int] = {}
        order = orders.get(event.order_id) if event.order_id is not None else None
        if order is not None:
            states = (PartState.RESERVED,)
            reserved = parts_of(
                order, states, event.location_id, event.sku, event.allocation_id, event.line_id
            )
            for part, quantity in chosen(reserved, event.quantity):
                let_go(book, order, part, quantity, received)
                lost[part] = quantity
        _doubt(book, key, event.kind, sum(lost.values()) if order is not None else event.quantity, received)
        if event.kind is not ShortPickKind.DAMAGED:
            why = f"A picker could not take {event.quantity} pieces ({event.kind})."
            tasks.open_count(event.location_id, event.sku, why, cause=received)
        if order is not None and lost:
            say_broken(tx, order, BreakCause.SHORT_PICK, event.short_pick_id, lost, cause=received)
            payload = {"cause": ReservationCause.SHORT_PICK, "round": 1}
            tx.schedule(SOURCING, order.order_id, tx.now, cause=received, payload=payload)
    await save_orders(tx.connection, list(orders.values()))
    await book.save()
    await tasks.save()
    await note_picks(tx, short=(received.message.location_id for received in messages))


async def put_away(tx: Transaction, messages: Sequence[Received[PutAwayCompleted]]) -> None:
    """Staged goods are on the shelf again and can be promised. Goods still held for an order are let go with it.

    Goods that were never staged, such as returned ones, are on the shelf as far as the books go: nothing changes.
    """
    orders, book = await _load(tx, messages)
    transfer_lines = await TransferLines.load(tx.connection, _transfer_ids(messages))
    for received in messages:
        event = received.message
        order = orders.get(event.order_id) if event.order_id is not None else None
        origin = Origin(received, event.put_away_id, event.occurred_at, BreakCause.ADJUSTMENT, event.order_id)
        released: list[StockLine] = []
        for line in event.lines:
            key = StockKey(event.location_id, line.sku)
            if order is not None:
                released.extend(_put_back(book, order, key, line, origin))
                continue
            staged = min(line.quantity, book[key].staged)
            if event.transfer_id is not None:
                staged = transfer_lines.unstage(event.transfer_id, line.line_id, line.sku, staged)
            book.move(key, MovementType.PUT_AWAY, origin, staged=-staged)
        if order is not None:
            say_released(tx, order, "put_away", released, cause=received)
    await save_orders(tx.connection, list(orders.values()))
    await transfer_lines.save(tx.connection)
    await book.save()


async def let_go_of_picks(tx: Transaction, messages: Sequence[Received[PickCancelled]]) -> None:
    """Pickup has let go of goods that travel: they arrive free, even if they do so before order says the same."""
    orders, book = await _load(tx, messages)
    for received in messages:
        order = orders[received.message.order_id]
        released: list[StockLine] = []
        for line in received.message.lines:
            if line.state is not PickedState.IN_TRANSIT:
                continue
            states = (PartState.IN_TRANSIT,)
            travelling = parts_of(order, states, None, line.sku, line.allocation_id, line.line_id)
            for part, quantity in chosen(travelling, line.quantity):
                released.append(let_go(book, order, part, quantity, received))
        say_released(tx, order, "cancelled", released, cause=received)
    await save_orders(tx.connection, list(orders.values()))
    await book.save()


def _put_back(
    book: Book, order: OrderStock, key: StockKey, line: PutAwayLine, origin: Origin
) -> list[StockLine]:
    """Put the order's staged goods back, those it no longer holds first; returns what it held until now."""
    released: list[StockLine] = []
    left = line.quantity
    for state in (PartState.LOOSE, PartState.STAGED):
        staged = parts_of(order, (state,), key.location_id, key.sku, line.allocation_id, line.line_id)
        for part, quantity in chosen(staged, left):
            if state is PartState.STAGED:
                released.append(stock_line(part, quantity))
            put_back(book, order, part, quantity, origin)
            left -= quantity
    return released


def _complete_for_order(
    tx: Transaction,
    book: Book,
    order: OrderStock,
    received: Received[PickCompleted],
    origin: Origin,
    found: Discrepancies,
) -> None:
    event = received.message
    left = event.quantity
    promised = promised_here(order, event.location_id, event.sku, event.allocation_id, event.line_id)
    for part, quantity in chosen(promised, left):
        pick(book, order, part, quantity, origin)
        left -= quantity
    if not left:
        return
    back = turned_up(order, event.line_id, event.sku, left)
    promise = Part(
        event.allocation_id or event.pick_id,
        event.line_id,
        event.sku,
        event.location_id,
        PartState.STAGED,
        event.location_id,
        left,
    )
    if back:
        stage(book, order, promise._replace(quantity=back), origin)
        want_again(order, event.line_id)
        let_go_excess(book, order, event.line_id, received)
        if not order.missing():
            tx.cancel(SOURCING, order.order_id)
        say_reserved(
            tx,
            order,
            ReservationCause.LATE_PICK,
            order.ready_by or tx.now,
            f"{event.location_id} had picked {back} pieces after all",
            cause=received,
        )
    if left > back:
        stage(book, order, promise._replace(state=PartState.LOOSE, quantity=left - back), origin)
        if order.state == OPEN:
            found.open(
                received,
                event.location_id,
                f"More or other goods were picked for order {order.order_id} than it wants",
                case=DiscrepancyCase.PICKED_BEYOND,
                detail="They are staged and not promised to anybody: put them away, and settle it.",
                lines=[(event.sku, left - back)],
                order_id=order.order_id,
            )


def _doubt(
    book: Book, key: StockKey, kind: ShortPickKind, quantity: int, received: Received[PickShorted]
) -> None:
    match kind:
        case ShortPickKind.MISSING:
            book.shift(key, received, withheld=max(0, book[key].available))
        case ShortPickKind.UNREACHABLE | ShortPickKind.SOLD:
            book.shift(key, received, withheld=quantity)
        case ShortPickKind.DAMAGED:
            book.shift(key, received, unsellable=quantity)


async def _load(tx: Transaction, messages: Sequence[Received[P]]) -> tuple[dict[str, OrderStock], Book]:
    orders = await locked_orders(tx, _order_ids(messages))
    stock = {key for order in orders.values() for key in order.stock_keys()}
    book = await Book.open(tx, stock | _named(messages))
    return orders, book


def _order_ids(messages: Sequence[Received[P]]) -> set[str]:
    return {received.message.order_id for received in messages if received.message.order_id is not None}


def _transfer_ids(
    messages: Sequence[Received[PickCompleted]] | Sequence[Received[PutAwayCompleted]],
) -> set[str]:
    return {received.message.transfer_id for received in messages if received.message.transfer_id is not None}


def _named(messages: Sequence[Received[P]]) -> set[StockKey]:
    keys: set[StockKey] = set()
    for received in messages:
        match received.message:
            case PickCompleted() | PickShorted() as event:
                keys.add(StockKey(event.location_id, event.sku))
            case PutAwayCompleted() as event:
                keys.update(StockKey(event.location_id, line.sku) for line in event.lines)
            case PickCancelled():
                pass
    return keys
