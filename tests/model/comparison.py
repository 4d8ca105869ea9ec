"""What has to hold after each step: the services' tables say what the model says."""

from collections import Counter

from .book import Book
from .order import PROMISED, Order, State
from .shop import Seen


def hear_questions(book: Book, seen: Seen) -> None:
    """Take down which pieces shoppers are asked about anew.

    That is the one thing the model does not know by itself: which promise breaks, and where goods come from, is
    decided by rules that are data. But nobody is asked where somebody has enough.
    """
    for order in book.orders.values():
        for line in order.lines.values():
            row = seen.lines[order.order_id, line.line_id]
            asked_anew = row["in_question"] - order.pieces(line.line_id, State.ASKED)
            if asked_anew > 0:
                left = to_be_had(book, seen, line.sku, line.store)
                assert left < asked_anew, (
                    f"{asked_anew} of {order.order_id} {line.line_id} can't be had, it is said, and {left} can"
                )
                book.ask(order.order_id, line.line_id, asked_anew)


def to_be_had(book: Book, seen: Seen, sku: str, store: str | None) -> int:
    """Pieces of a SKU that can be promised: of its own store, and of all that take new work."""
    return sum(
        max(0, row["available"])
        for (place, of), row in seen.stock.items()
        if of == sku and (place == store or place not in book.paused)
    )


def compare(book: Book, seen: Seen) -> None:
    """Compare all tables with the model. Raises AssertionError where they disagree."""
    _compare_stock(book, seen)
    promised = Counter[tuple[str, str]]()
    for row in seen.promises:
        promised[row["order_id"], row["line_id"]] += row["quantity"]
    for order in book.orders.values():
        for line_id in order.lines:
            _compare_line(order, line_id, seen, promised[order.order_id, line_id])
        back = sum(line.refunded_jpy for line in order.lines.values())
        told = seen.refunds_jpy.get(order.order_id, 0)
        assert told == back, f"{back} yen of {order.order_id} are to be paid back, and {told} are told of"


def _compare_stock(book: Book, seen: Seen) -> None:
    on_hand = {key: row["on_hand"] for key, row in seen.stock.items() if row["on_hand"]}
    assert on_hand == {key: pieces for key, pieces in book.on_hand.items() if pieces}
    staged = {key: row["staged"] for key, row in seen.stock.items() if row["staged"]}
    assert staged == book.staged()
    set_apart = {key: row["unsellable"] for key, row in seen.stock.items() if row["unsellable"]}
    assert set_apart == +book.set_apart
    reserved = Counter[tuple[str, str]]()
    for promise in seen.promises:
        reserved[promise["location_id"], promise["sku"]] += promise["quantity"]
    assert reserved == {key: row["reserved"] for key, row in seen.stock.items() if row["reserved"]}
    for key, row in seen.stock.items():
        there = max(0, row["on_hand"] - row["staged"] - row["unsellable"])
        assert row["reserved"] <= there, f"{row['reserved']} of {key} are promised, and {there} are there"


def _compare_line(order: Order, line_id: str, seen: Seen, promised: int) -> None:
    """What became of the pieces of a line; and who has paid gets back what they don't get or bring back."""
    line, row = order.lines[line_id], seen.lines[order.order_id, line_id]
    said = {
        "in_question": order.pieces(line_id, State.ASKED),
        "shipped": order.pieces(line_id, State.SHIPPED),
        "completed": order.pieces(line_id, State.COMPLETED),
        "cancelled": order.pieces(line_id, State.CANCELLED),
        "returned": line.returned,
        "settled": line.settled,
        "refunded_jpy": line.refunded_jpy,
        "group_id": line.group_id,
    }
    assert {name: row[name] for name in said} == said, f"{order.order_id} {line_id}"
    on_shelves = order.pieces(line_id, State.OPEN)
    assert promised == on_shelves, f"of {order.order_id} {line_id} {promised} are promised on shelves"
    _compare_ready(order, line_id, row["ready"])


def _compare_ready(order: Order, line_id: str, ready: int) -> None:
    """A shopper is told to come once all that is promised of the group waits."""
    line, waiting = order.lines[line_id], order.pieces(line_id, State.WAITING)
    of_group = [other.line_id for other in order.group(line.group_id)]
    all_wait = all(order.pieces(other, *PROMISED) == order.pieces(other, State.WAITING) for other in of_group)
    if all_wait or ready:
        assert ready == waiting, f"{waiting} of {order.order_id} {line_id} wait, and {ready} are said to be"
    line.ready = ready
