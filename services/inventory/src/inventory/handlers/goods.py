"""Moving an order's goods from one state to the next, with what that does to stock."""

from collections.abc import Sequence

from inventory.domain.allocations import HELD, PICKED, Part, PartState, added, chosen, excess, moved, pieces
from inventory.domain.movements import MovementType
from inventory.domain.stock import StockKey
from inventory.store.book import Book, Origin
from inventory.store.orders import OPEN, OrderStock
from tsunagu.chassis import Cause
from tsunagu.contracts.values import StockLine


def pick(book: Book, order: OrderStock, part: Part, quantity: int, origin: Origin) -> None:
    """Reserved goods are off the shelf now."""
    key = StockKey(part.place_id, part.sku)
    book.shift(key, origin.cause, reserved=-quantity)
    book.move(key, MovementType.PICK, origin, staged=quantity)
    order.parts = moved(order.parts, part, quantity, PartState.STAGED, part.place_id)


def stage(book: Book, order: OrderStock, part: Part, origin: Origin) -> None:
    """Goods that nobody had promised from here are off the shelf for the order, or LOOSE beside it."""
    book.move(StockKey(part.place_id, part.sku), MovementType.PICK, origin, staged=part.quantity)
    order.parts = added(order.parts, part)


def let_go(book: Book, order: OrderStock, part: Part, quantity: int, cause: Cause) -> StockLine:
    """The order no longer holds these goods: on the shelf they are free, staged they wait for their put-away."""
    match part.state:
        case PartState.RESERVED:
            book.shift(StockKey(part.place_id, part.sku), cause, reserved=-quantity)
            order.parts = moved(order.parts, part, quantity, None, part.place_id)
        case PartState.STAGED:
            order.parts = moved(order.parts, part, quantity, PartState.LOOSE, part.place_id)
        case PartState.IN_TRANSIT:
            order.parts = moved(order.parts, part, quantity, PartState.FREE_TRANSIT, part.place_id)
        case PartState.ISSUED | PartState.LOOSE | PartState.FREE_TRANSIT:
            raise ValueError(f"goods that are {part.state} are not held for an order")
    return stock_line(part, quantity)


def put_back(book: Book, order: OrderStock, part: Part, quantity: int, origin: Origin) -> None:
    """Staged goods, whether still held or not, are on the shelf again."""
    book.move(StockKey(part.place_id, part.sku), MovementType.PUT_AWAY, origin, staged=-quantity)
    order.parts = moved(order.parts, part, quantity, None, part.place_id)


def stock_line(part: Part, quantity: int) -> StockLine:
    """Some pieces of a part, as messages name them."""
    return StockLine(
        sku=part.sku,
        quantity=quantity,
        location_id=part.place_id,
        line_id=part.line_id,
        allocation_id=part.allocation_id,
    )


def let_go_excess(book: Book, order: OrderStock, line_id: str, cause: Cause) -> list[StockLine]:
    """Let go of what a line holds beyond what is wanted."""
    return [
        let_go(book, order, part, quantity, cause)
        for part, quantity in excess(order.wanted, order.parts, line_id)
    ]


def issue(
    book: Book,
    order: OrderStock,
    location_id: str,
    line_id: str,
    sku: str,
    quantity: int,
    allocation_id: str,
    origin: Origin,
) -> list[StockLine]:
    """Goods of an order line have left this building: staged ones if there are any here, else from the shelf.

    What the order had let go of, or what is booked as on its way here, goes before goods that nobody had promised.
    `allocation_id` names the latter.
    """
    key = StockKey(location_id, sku)
    here = [part for part in order.parts if part.place_id == location_id and part.sku == sku]
    preference = (
        PartState.STAGED,
        PartState.LOOSE,
        PartState.RESERVED,
        PartState.IN_TRANSIT,
        PartState.FREE_TRANSIT,
    )
    ranked = sorted(
        (part for part in here if part.state in preference and part.line_id == line_id),
        key=lambda part: (part.allocation_id != allocation_id, preference.index(part.state)),
    )
    lines: list[StockLine] = []
    left = quantity
    for part, number in chosen(ranked, quantity):
        off_shelf = part.state in (PartState.STAGED, PartState.LOOSE)
        if part.state is PartState.RESERVED:
            book.shift(key, origin.cause, reserved=-number)
        book.move(key, MovementType.ISSUE, origin, quantity=-number, staged=-number if off_shelf else 0)
        order.parts = moved(order.parts, part, number, PartState.ISSUED, location_id)
        lines.append(stock_line(part, number))
        left -= number
    if left:
        book.move(key, MovementType.ISSUE, origin, quantity=-left)
        unpromised = Part(allocation_id, line_id, sku, location_id, PartState.ISSUED, location_id, left)
        order.parts = added(order.parts, unpromised)
        lines.append(stock_line(unpromised, left))
    return lines


def parts_of(
    order: OrderStock,
    states: Sequence[PartState],
    place_id: str | None,
    sku: str,
    allocation_id: str | None,
    line_id: str | None,
) -> list[Part]:
    """Parts of a SKU in these states, at a place if one is given: those of the allocation and the line first.

    They come in the order of `states`, and the oldest promise first.
    """
    found = (
        part
        for part in order.parts
        if part.sku == sku and part.state in states and place_id in (None, part.place_id)
    )
    return sorted(
        found,
        key=lambda part: (
            part.allocation_id != allocation_id,
            part.line_id != line_id,
            states.index(part.state),
            part.decided_no or 0,
        ),
    )


def promised_here(
    order: OrderStock, place_id: str, sku: str, allocation_id: str | None, line_id: str
) -> list[Part]:
    """What a picker's list asks for: pieces of this promise (where none is named, of the line) on this shelf."""
    found = parts_of(order, (PartState.RESERVED,), place_id, sku, allocation_id, line_id)
    if allocation_id is not None:
        return [part for part in found if part.allocation_id == allocation_id]
    return [part for part in found if part.line_id == line_id]


def turned_up(order: OrderStock, line_id: str, sku: str, quantity: int) -> int:
    """How many pieces, which no promise covers any more, the order still has use for."""
    line = order.line(line_id)
    if order.state != OPEN or line is None or line.sku != sku:
        return 0
    return min(quantity, max(0, line.quantity - pieces(order.parts, line_id, PICKED)))


def want_again(order: OrderStock, line_id: str) -> None:
    """What turned up after all is no longer given up."""
    there = pieces(order.parts, line_id, HELD | {PartState.ISSUED})
    order.wanted = tuple(
        line._replace(given_up=max(0, min(line.given_up, line.quantity - there)))
        if line.line_id == line_id
        else line
        for line in order.wanted
    )


def held_parts(order: OrderStock) -> list[Part]:
    """All that is held for the order."""
    return [part for part in order.parts if part.state in HELD]
