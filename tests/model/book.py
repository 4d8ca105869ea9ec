"""The model: what is where, and what became of every piece that was ordered, as simply as it can be said.

It knows nothing of services, topics or sourcing. It hears what people do, and says what has to follow.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .order import GONE, IN_THE_HOUSE, Line, Order, Paper, Pile, State


@dataclass(slots=True)
class Book:
    """All orders, and what every location has."""

    on_hand: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(location, SKU) → pieces in the building, staged ones and those set apart too."""
    set_apart: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(location, SKU) → of these, damaged ones, and those that somebody has to look at first."""
    loose: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(order, line, location) → picked for somebody who does not want them any more; they wait to be put away."""
    loose_transit: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(order, line, transfer) → on the way for nobody."""
    orders: dict[str, Order] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    """Stores that take no new work."""

    # stock alone

    def arrive(self, place: str, sku: str, pieces: int, *, set_apart: bool = False) -> None:
        """Goods come from outside, or come back; some are set apart."""
        self.on_hand[place, sku] += pieces
        if set_apart:
            self.set_apart[place, sku] += pieces

    def sell(self, place: str, sku: str, pieces: int) -> None:
        """A till has sold them: a fact, whatever was promised."""
        self.on_hand[place, sku] -= pieces

    def on_the_shelf(self, place: str, sku: str) -> int:
        """What somebody who counts a shelf would find: nothing where more was sold than there was."""
        return max(0, self.on_hand[place, sku] - self.staged()[place, sku])

    def count(self, place: str, sku: str, pieces: int) -> None:
        """So many pieces are on the shelf, whatever was thought."""
        self.on_hand[place, sku] = pieces + self.staged()[place, sku]

    # an order before anybody works on it

    def place(self, order_id: str, lines: Iterable[tuple[Line, int]], *, prepaid: bool) -> None:
        """Somebody has ordered these lines, so many pieces of each."""
        there = dict[str, Line]()
        piles = Counter[Pile]()
        for line, pieces in lines:
            there[line.line_id] = line
            piles[Pile(State.OPEN, line.line_id)] = pieces
        self.orders[order_id] = Order(order_id, prepaid, there, piles)

    def ask(self, order_id: str, line_id: str, pieces: int) -> None:
        """Nobody has these pieces any more, and the shopper is asked what to do."""
        self.orders[order_id].move(pieces, Pile(State.OPEN, line_id), Pile(State.ASKED, line_id))

    # staff

    def pick(self, order_id: str, line_id: str, place: str, pieces: int, transfer_id: str | None) -> None:
        """Goods are taken off the shelf: for whoever comes here, for a parcel, or for a transfer."""
        order = self.orders[order_id]
        state = State.WAITING if order.lines[line_id].store == place else State.PICKED
        order.move(pieces, Pile(State.OPEN, line_id), Pile(state, line_id, place, transfer_id or ""))

    def ship_transfer(self, order_id: str, place: str, transfer_id: str) -> None:
        """All that was picked for a transfer leaves."""
        order = self.orders[order_id]
        for pile, pieces in order.all(State.PICKED):
            if pile.transfer_id == transfer_id:
                order.move(pieces, pile, Pile(State.TRANSIT, pile.line_id, transfer_id))
                self.on_hand[place, order.sku(pile)] -= pieces

    def receive_transfer(self, order_id: str, place: str, transfer_id: str) -> None:
        """All of a transfer arrives where the shopper picks up; what nobody waits for any more arrives free."""
        order = self.orders[order_id]
        for pile, pieces in order.all(State.TRANSIT):
            if pile.place == transfer_id:
                order.move(pieces, pile, Pile(State.WAITING, pile.line_id, place))
                self.on_hand[place, order.sku(pile)] += pieces
        for line in order.lines.values():
            pieces = self.loose_transit.pop((order_id, line.line_id, transfer_id), 0)
            self.on_hand[place, line.sku] += pieces

    def ship_parcel(self, order_id: str, line_id: str, place: str, pieces: int, parcel_id: str) -> None:
        """Goods leave in a parcel."""
        order = self.orders[order_id]
        order.move(pieces, Pile(State.PICKED, line_id, place), Pile(State.SHIPPED, line_id, parcel_id))
        self.on_hand[place, order.lines[line_id].sku] -= pieces

    def put_away(self, order_id: str, line_id: str, place: str, pieces: int) -> None:
        """Goods that nobody wants are on the shelf again. Raises ValueError where there are none."""
        there = self.loose[order_id, line_id, place]
        if there < pieces:
            raise ValueError(f"{there} of {order_id} {line_id} are to be put away at {place}, not {pieces}")
        self.loose[order_id, line_id, place] -= pieces

    # shoppers and carriers

    def end_parcel(self, order_id: str, parcel_id: str, *, back_at: str | None, delivered: bool) -> None:
        """The shopper has the parcel; or it is lost, or back where it was sent from, and then nobody gets it."""
        order = self.orders[order_id]
        for pile, pieces in order.all(State.SHIPPED):
            if pile.place != parcel_id:
                continue
            if delivered:
                order.move(pieces, pile, Pile(State.COMPLETED, pile.line_id))
                continue
            order.give_up(pieces, pile)
            if back_at is not None:
                self.arrive(back_at, order.sku(pile), pieces, set_apart=True)

    def hand_over(self, order_id: str, line_id: str, place: str, pieces: int, paper: Paper) -> int:
        """A paper says that the shopper has taken so many pieces; returns how many leave because of it.

        A receipt and a hand-over of the same line are one: what one of them has said the other only confirms.
        """
        order = self.orders[order_id]
        left = order.lines[line_id].prove(paper, pieces)
        waits = Pile(State.WAITING, line_id, place)
        order.move(left, waits, Pile(State.COMPLETED, line_id))
        self.on_hand[place, order.sku(waits)] -= left
        return left

    def take_cancelled(self, order_id: str, line_id: str, place: str, pieces: int) -> int:
        """A shopper was given goods that were cancelled before; returns how many they owe the price of."""
        line = self.orders[order_id].lines[line_id]
        left = line.prove(Paper.HANDOVER, pieces)
        self.loose[order_id, line_id, place] -= left
        self.on_hand[place, line.sku] -= left
        line.settled += left
        return left

    def cancel(self, order_id: str, line_ids: Iterable[str]) -> None:
        """All of these lines that has not left for the shopper is given up; what was picked has to go back."""
        order = self.orders[order_id]
        for line_id in line_ids:
            for pile, pieces in order.of_line(line_id):
                if pile.state not in GONE:
                    order.give_up(pieces, pile)
                    self._let_go(order_id, pile, pieces)

    def expire(self, order_id: str, line_id: str, pieces: int) -> None:
        """Nobody has come for pieces that waited. Raises ValueError where so many did not wait."""
        order = self.orders[order_id]
        waits = Pile(State.WAITING, line_id, order.lines[line_id].store or "")
        order.give_up(pieces, waits)
        self._let_go(order_id, waits, pieces)

    def change(self, order_id: str, line_id: str, moved_id: str, group_id: str, store: str | None) -> None:
        """All of a line that is not ready reaches the shopper another way; `moved_id` is its new name, or the old one.

        What was picked for the old way has to go back: the goods are promised anew.
        """
        order = self.orders[order_id]
        line = order.lines[line_id]
        if moved_id == line_id:
            line.group_id, line.store = group_id, store
        else:
            order.lines[moved_id] = Line(moved_id, line.sku, line.price_jpy, group_id, store)
        for pile, pieces in order.of_line(line_id):
            if pile.state in GONE or (pile.state is State.WAITING and line.ready):
                continue
            order.move(pieces, pile, Pile(State.OPEN, moved_id))
            self._let_go(order_id, pile, pieces)

    def bring_back(
        self, order_id: str, line_id: str, place: str, *, set_apart: bool, paid_back: bool
    ) -> None:
        """A piece comes back to any store. What the till has not paid back is refunded."""
        line = self.orders[order_id].lines[line_id]
        line.returned += 1
        line.refunded_jpy += 0 if paid_back else line.price_jpy
        self.arrive(place, line.sku, 1, set_apart=set_apart)

    def _let_go(self, order_id: str, pile: Pile, pieces: int) -> None:
        if pile.state in IN_THE_HOUSE:
            self.loose[order_id, pile.line_id, pile.place] += pieces
        elif pile.state is State.TRANSIT:
            self.loose_transit[order_id, pile.line_id, pile.place] += pieces

    # what has to be

    def staged(self) -> Counter[tuple[str, str]]:
        """(location, SKU) → pieces that are picked and still in the building."""
        found = Counter[tuple[str, str]]()
        for (order_id, line_id, place), pieces in self.loose.items():
            found[place, self.orders[order_id].lines[line_id].sku] += pieces
        for order in self.orders.values():
            for state in IN_THE_HOUSE:
                for pile, pieces in order.all(state):
                    found[pile.place, order.sku(pile)] += pieces
        return +found
