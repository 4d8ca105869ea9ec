"""People order, have it come another way, and change their minds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tsunagu.contracts import messages as m
from tsunagu.contracts.values import CancelledBy
from tsunagu.testing.harness import all_of, only

from . import documents
from .comparison import to_be_had
from .documents import PRICES
from .order import Line, Order, State
from .scene import Scene, few, skus, ways, which

PARCEL = "parcel"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody means to order: SKU → pieces, and the store to pick them up; None: they are sent."""

    wanted: dict[str, tuple[int, str | None]]
    prepaid: bool
    partial: bool


wishes = st.builds(
    Wish,
    wanted=st.dictionaries(skus, st.tuples(few, ways), min_size=1, max_size=2),
    prepaid=st.booleans(),
    partial=st.booleans(),
)


class OrderRules(Scene):
    """See the module."""

    @rule(wishes=st.lists(wishes, min_size=1, max_size=2))
    def order(self, wishes: list[Wish]) -> None:
        """Somebody orders, or two do."""
        for wish in wishes:
            self.place(wish)
        self.step_done()

    @precondition(lambda self: self.orders)
    @rule(index=which, only_line=st.none() | which, by=st.sampled_from(list(CancelledBy)))
    def cancel(self, index: int, only_line: int | None, by: CancelledBy) -> None:
        """An order or a line of it is not wanted any more: what has not left for the shopper is given up."""
        alive = [order for order in self.orders if order.cancellable(order.lines)]
        order = self.mostly(alive, self.orders, index)
        line_ids = list(order.lines)
        pieces: dict[str, int] = {}
        if only_line is not None:
            line_ids = [self.one_of(line_ids, only_line)]
            pieces = {line_ids[0]: order.total(line_ids[0])}
        said = self.send(documents.cancellation(self.new("cancel"), self.now, order.order_id, by, pieces))
        if order.cancellable(line_ids):
            assert all(event.cancelled_by is by for event in all_of(said, m.OrderCancelled))
            self.book.cancel(order.order_id, line_ids)
        else:
            assert all_of(said, m.CommandRefused), f"there was nothing to cancel of {order.order_id}"
        self.step_done()

    @precondition(lambda self: self.orders)
    @rule(index=which, line=which, store=ways)
    def change(self, index: int, line: int, store: str | None) -> None:
        """A group shall come another way: all of it goes that is not ready. It is also the answer to a choice."""
        alive = [order for order in self.orders if order.cancellable(order.lines)]
        order = self.mostly(alive, self.orders, index)
        group_id, old = self.group_of(order, line)
        going = {
            each.line_id: pieces
            for each in order.group(group_id)
            if (pieces := order.cancellable([each.line_id]) - each.ready)
        }
        asked = any(order.pieces(line_id, State.ASKED) for line_id in going)
        said = self.send(documents.change(self.new("change"), self.now, order.order_id, group_id, store))
        if not going or (store is None and not order.prepaid) or (store == old and not asked):
            assert all_of(said, m.CommandRefused), f"{group_id} of {order.order_id} can't change to {store}"
        else:
            moved = self.move(order, going, only(said, m.OrderChanged), store)
            if store in self.book.paused:
                self.hear_of_paused(order, moved)
        self.step_done()

    # what they do

    def place(self, wish: Wish) -> None:
        """An order is confirmed if all can be had, or some will do; else it is rejected, as at a paused store."""
        order_id = self.new("order")
        lines = [
            (Line(sku, sku, PRICES[sku], store or PARCEL, store), pieces)
            for sku, (pieces, store) in wish.wanted.items()
        ]
        prepaid = wish.prepaid or any(line.store is None for line, _ in lines)
        before = self.look()
        short = {
            line.line_id: pieces
            for line, pieces in lines
            if to_be_had(self.book, before, line.sku, line.store) < pieces
        }
        paused = any(line.store in self.book.paused for line, _ in lines)
        said = self.act(documents.order(order_id, self.now, lines, prepaid=prepaid, partial=wish.partial))
        self.book.place(order_id, lines, prepaid=prepaid)
        order = self.book.orders[order_id]
        if paused or (short and not wish.partial) or len(short) == len(lines):
            assert all_of(said, m.OrderRejected), f"{order_id} can't be had, and was not rejected"
            self.book.cancel(order_id, order.lines)
        else:
            assert all_of(said, m.OrderConfirmed), f"{order_id} can be had, and was not confirmed"
            self.book.cancel(order_id, short)
        self.check()

    def group_of(self, order: Order, line: int) -> tuple[str, str | None]:
        """The group of one of the lines, and where it is picked up."""
        chosen = self.one_of(list(order.lines.values()), line)
        return chosen.group_id, chosen.store

    def move(
        self, order: Order, going: Mapping[str, int], event: m.OrderChanged, store: str | None
    ) -> list[str]:
        """Take down what goes another way, under the names that the event gives it; returns these."""
        moved: list[str] = []
        now = {line.line_id: line for line in event.lines}
        for line_id, pieces in going.items():
            moved_id = line_id
            if pieces < order.total(line_id):  # the rest stays behind
                sku = order.lines[line_id].sku
                moved_id = next(new for new in now if now[new].sku == sku and new not in order.lines)
            self.book.change(order.order_id, line_id, moved_id, now[moved_id].group_id, store)
            open_now = order.cancellable([moved_id])
            assert now[moved_id].quantity == open_now, (
                f"{open_now} of {moved_id} are open, not as {event} says"
            )
            moved.append(moved_id)
        return moved

    def hear_of_paused(self, order: Order, moved: Iterable[str]) -> None:
        """A paused store is promised nothing new, however much there is: the shopper is asked about all of it."""
        seen = self.look()
        for line_id in moved:
            pieces = order.pieces(line_id, State.OPEN)
            asked = seen.lines[order.order_id, line_id]["in_question"]
            assert asked == pieces, f"{pieces - asked} of {order.order_id} are promised to a paused store"
            self.book.ask(order.order_id, line_id, pieces)
