"""Goods between locations: off the books where they leave, on them where they arrive, in transit in between."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from inventory.domain.allocations import Part, PartState, added, chosen, moved
from inventory.domain.movements import MovementType
from inventory.domain.stock import StockKey
from inventory.domain.tasks import DiscrepancyCase
from inventory.handlers.answers import say_broken, say_reserved
from inventory.handlers.goods import let_go_excess, parts_of, turned_up, want_again
from inventory.handlers.placing import SOURCING
from inventory.handlers.transfer_plans import expect_no_more
from inventory.handlers.unreported import expect_report
from inventory.store.book import Book, Origin
from inventory.store.discrepancies import Discrepancies
from inventory.store.locks import ORDERS, STOCK
from inventory.store.orders import OrderStock, load_orders, locked_orders, save_orders
from inventory.store.transfers import TransferLines
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import StockReceived, TransferReceived, TransferShipped
from tsunagu.contracts.values import (
    BreakCause,
    ReceiptKind,
    ReceivedLine,
    ReservationCause,
    TransferLine,
    TransferReceiptLine,
)

T = TypeVar("T", TransferShipped, TransferReceived)


async def keys(connection: Connection, messages: Sequence[Received[T]]) -> Iterable[RowKey]:
    """The orders, the rows of stock that their goods are in, and both ends of the transfers."""
    ids = _order_ids(messages)
    orders = await load_orders(connection, ids)
    rows = {ORDERS.row(order_id) for order_id in ids}
    for order in orders.values():
        rows.update(STOCK.row(*key) for key in order.stock_keys())
    rows.update(STOCK.row(*key) for key in _ends(messages))
    lines = await TransferLines.load(connection, _transfer_ids(messages))
    rows.update(STOCK.row(*key) for key in lines.destinations())
    return rows


async def ship(tx: Transaction, messages: Sequence[Received[TransferShipped]]) -> None:
    """Goods have left one location for another. Those that had arrived before we heard of it have left already."""
    orders, book, lines = await _load(tx, messages)
    for received in messages:
        event = received.message
        order = orders.get(event.order_id) if event.order_id is not None else None
        origin = Origin(received, event.transfer_id, event.occurred_at, BreakCause.ADJUSTMENT, event.order_id)
        expect_no_more(book, lines, received)
        for line in event.lines:
            known = lines.line(event.transfer_id, line.line_id, line.sku)
            leaving = line.quantity - min(line.quantity, known.arrived_early)
            _leave(book, order, lines, event, line, leaving, origin)
            known.to_location_id = event.to_location_id
            known.shipped += line.quantity
            book.shift(StockKey(event.to_location_id, line.sku), received, in_transit=leaving)
    await save_orders(tx.connection, list(orders.values()))
    await lines.save(tx.connection)
    await book.save()


async def receive(tx: Transaction, messages: Sequence[Received[TransferReceived]]) -> None:
    """Goods are booked as received. What an order waits for is staged; what differs is settled by somebody."""
    orders, book, lines = await _load(tx, messages)
    found = Discrepancies(tx)
    for received in messages:
        event = received.message
        order = orders.get(event.order_id) if event.order_id is not None else None
        origin = Origin(
            received, event.receiving_id, event.occurred_at, BreakCause.TRANSFER_SHORT, event.order_id
        )
        expect_no_more(book, lines, received)
        arrival = _Arrival(book, order, lines, received, origin)
        counted = (*event.lines, *_never_came(lines, event))
        # A line that was promised from several places has a count for each promise: what is missing shows at the last.
        last = {(line.line_id, line.sku): place for place, line in enumerate(counted)}
        for place, line in enumerate(counted):
            arrival.book_line(line, is_last=last[line.line_id, line.sku] == place)
        if arrival.differs:
            _ask(found, received, arrival.differs)
        if event.complete and lines.arrived_early(event.transfer_id):
            expect_report(tx, received)
        _say_received(tx, received)
        if order is not None and arrival.turned_up:
            where = event.to_location_id
            why = f"{arrival.turned_up} pieces turned up at {where} after all"
            by = order.ready_by or tx.now
            say_reserved(tx, order, ReservationCause.LATE_PICK, by, why, cause=received)
        if order is not None and arrival.lost:
            say_broken(tx, order, BreakCause.TRANSFER_SHORT, event.receiving_id, arrival.lost, cause=received)
            payload = {"cause": ReservationCause.TRANSFER_SHORT, "round": 1}
            tx.schedule(SOURCING, order.order_id, tx.now, cause=received, payload=payload)
    await save_orders(tx.connection, list(orders.values()))
    await lines.save(tx.connection)
    await book.save()
    await found.save()


def _never_came(lines: TransferLines, event: TransferReceived) -> list[TransferReceiptLine]:
    """What travels of a transfer that is all there is, and that the receipt does not name: nothing of it arrived."""
    if not event.complete:
        return []
    named = {(line.line_id, line.sku) for line in event.lines}
    return [
        TransferReceiptLine(line_id=line.line_id, sku=line.sku, shipped=line.shipped, received=0)
        for line in lines.travelling(event.transfer_id)
        if (line.line_id, line.sku) not in named
    ]


class _Arrival:
    """One TransferReceived as it is booked, line by line: what differs, what an order lost, what turned up for it."""

    def __init__(
        self,
        book: Book,
        order: OrderStock | None,
        lines: TransferLines,
        received: Received[TransferReceived],
        origin: Origin,
    ) -> None:
        self.differs: list[TransferReceiptLine] = []
        self.lost: dict[Part, int] = {}
        self.turned_up = 0
        self._book, self._order, self._lines = book, order, lines
        self._received, self._origin = received, origin

    def book_line(self, line: TransferReceiptLine, *, is_last: bool) -> None:
        """Book a line where it was counted in, which may be another place than planned.

        `is_last`: the receipt counts nothing more of this order line, so that what still travels is not there.
        """
        event, book, order = self._received.message, self._book, self._order
        here = StockKey(event.to_location_id, line.sku)
        known = self._lines.line(event.transfer_id, line.line_id, line.sku)
        arrived = min(line.received, known.travelling)
        early = line.received - arrived if not known.shipped else 0
        if early:
            _leave(book, order, self._lines, event, line, early, self._origin)
        known.received += arrived + early
        gone = known.travelling if event.complete and is_last else 0
        known.lost += gone
        planned = StockKey(known.to_location_id or event.to_location_id, line.sku)
        book.shift(planned, self._received, in_transit=-arrived - gone)
        spoiled = min(line.damaged, line.received)
        free = line.received - spoiled
        if order is not None:
            free -= _receive_for_order(book, order, here, line, free, self._origin)
            free -= self._keep(order, here, line, min(free, line.received - arrived - early))
            for part, quantity in chosen(_travelling(order, line), spoiled + gone):
                order.parts = moved(order.parts, part, quantity, None, part.place_id)
                if part.state is PartState.IN_TRANSIT:
                    self.lost[part] = self.lost.get(part, 0) + quantity
        book.move(here, MovementType.TRANSFER_IN, self._origin, quantity=free + spoiled)
        if spoiled:
            book.shift(here, self._received, unsellable=spoiled)
        if spoiled or gone or arrived + early < line.received:
            self.differs.append(line)

    def _keep(self, order: OrderStock, here: StockKey, line: TransferReceiptLine, beyond: int) -> int:
        """Stage pieces beyond what was on its way that the order can still use: they had been given up as lost."""
        back = turned_up(order, line.line_id, line.sku, beyond)
        if not back:
            return 0
        allocation_id = line.allocation_id or self._origin.document_id
        staged = Part(
            allocation_id, line.line_id, line.sku, here.location_id, PartState.STAGED, here.location_id, back
        )
        self._book.move(here, MovementType.TRANSFER_IN, self._origin, quantity=back, staged=back)
        order.parts = added(order.parts, staged)
        want_again(order, line.line_id)
        let_go_excess(self._book, order, line.line_id, self._received)
        self.turned_up += back
        return back


def _leave(
    book: Book,
    order: OrderStock | None,
    lines: TransferLines,
    event: TransferShipped | TransferReceived,
    line: TransferLine | TransferReceiptLine,
    quantity: int,
    origin: Origin,
) -> None:
    """Goods of a line leave the building they were in: staged ones first."""
    here = StockKey(event.from_location_id, line.sku)
    left = quantity
    if order is not None:
        left -= _send_for_order(book, order, here, event.to_location_id, line, quantity, origin)
    staged = lines.unstage(event.transfer_id, line.line_id, line.sku, left) if order is None else 0
    book.move(here, MovementType.TRANSFER_OUT, origin, quantity=-left, staged=-staged)


def _send_for_order(
    book: Book,
    order: OrderStock,
    here: StockKey,
    to_location_id: str,
    line: TransferLine | TransferReceiptLine,
    quantity: int,
    origin: Origin,
) -> int:
    """Send the order's goods on their way, staged ones first; returns how many pieces of the line were its."""
    sent = 0
    states = (PartState.STAGED, PartState.RESERVED, PartState.LOOSE)
    of_line = [
        part
        for part in parts_of(order, states, here.location_id, here.sku, line.allocation_id, line.line_id)
        if part.line_id == line.line_id
    ]
    for part, pieces in chosen(of_line, quantity):
        staged = 0 if part.state is PartState.RESERVED else -pieces
        if part.state is PartState.RESERVED:
            book.shift(here, origin.cause, reserved=-pieces)
        book.move(here, MovementType.TRANSFER_OUT, origin, quantity=-pieces, staged=staged)
        state = PartState.FREE_TRANSIT if part.state is PartState.LOOSE else PartState.IN_TRANSIT
        order.parts = moved(order.parts, part, pieces, state, to_location_id)
        sent += pieces
    return sent


def _receive_for_order(
    book: Book, order: OrderStock, here: StockKey, line: TransferReceiptLine, good: int, origin: Origin
) -> int:
    """Stage the goods that the order waits for; returns how many. What it has let go of arrives free."""
    staged = 0
    for part, quantity in chosen(_travelling(order, line), good):
        if part.state is PartState.FREE_TRANSIT:
            order.parts = moved(order.parts, part, quantity, None, part.place_id)
            continue
        book.move(here, MovementType.TRANSFER_IN, origin, quantity=quantity, staged=quantity)
        order.parts = moved(order.parts, part, quantity, PartState.STAGED, here.location_id)
        staged += quantity
    return staged


def _travelling(order: OrderStock, line: TransferReceiptLine) -> list[Part]:
    states = (PartState.IN_TRANSIT, PartState.FREE_TRANSIT)
    found = parts_of(order, states, None, line.sku, line.allocation_id, line.line_id)
    return [part for part in found if part.line_id == line.line_id]


def _ask(
    found: Discrepancies, received: Received[TransferReceived], differs: Sequence[TransferReceiptLine]
) -> None:
    event = received.message
    spoiled = [(line.sku, line.damaged) for line in differs if line.damaged]
    found.open(
        received,
        event.to_location_id,
        f"Transfer {event.transfer_id} arrived with more, less or other than was shipped",
        case=DiscrepancyCase.TRANSFER_DIFFERS,
        detail="; ".join(
            f"{line.sku}: {line.shipped} shipped, {line.received} received, {line.damaged} damaged"
            for line in differs[:20]
        )[:2000],
        lines=[(line.sku, line.received) for line in differs],
        inspect=spoiled,
        order_id=event.order_id,
        transfer_id=event.transfer_id,
    )


def _say_received(tx: Transaction, received: Received[TransferReceived]) -> None:
    event = received.message
    lines = tuple(
        ReceivedLine(sku=line.sku, quantity=line.received, damaged=min(line.damaged, line.received))
        for line in event.lines
        if line.received
    )
    if lines:
        tx.publish(
            StockReceived(
                document_id=event.receiving_id,
                location_id=event.to_location_id,
                occurred_at=event.occurred_at,
                kind=ReceiptKind.TRANSFER,
                order_id=event.order_id,
                lines=lines,
            ),
            cause=received,
        )


async def _load(
    tx: Transaction, messages: Sequence[Received[T]]
) -> tuple[dict[str, OrderStock], Book, TransferLines]:
    orders = await locked_orders(tx, _order_ids(messages))
    stock = {key for order in orders.values() for key in order.stock_keys()}
    lines = await TransferLines.load(tx.connection, _transfer_ids(messages))
    book = await Book.open(tx, stock | _ends(messages) | lines.destinations())
    return orders, book, lines


def _order_ids(messages: Sequence[Received[T]]) -> set[str]:
    return {received.message.order_id for received in messages if received.message.order_id is not None}


def _transfer_ids(messages: Sequence[Received[T]]) -> set[str]:
    return {received.message.transfer_id for received in messages}


def _ends(messages: Sequence[Received[T]]) -> set[StockKey]:
    return {
        StockKey(location_id, line.sku)
        for received in messages
        for line in received.message.lines
        for location_id in (received.message.from_location_id, received.message.to_location_id)
    }
