"""The model: what is where, and what became of every piece that was ordered, as simply as it can be said.

It knows nothing of services, topics or sourcing. It hears what people do, and says what has to follow.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """Where a piece of an order is."""

    OPEN = "open"
    """Promised and not yet picked, or in question."""
    PICKED = "picked"
    """In a building, for the shopper's parcel or for a transfer."""
    TRANSIT = "transit"
    WAITING = "waiting"
    """Where the shopper picks it up."""
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


IN_THE_HOUSE = (State.PICKED, State.WAITING)


@dataclass(frozen=True, slots=True)
class Pile:
    """Pieces of an order that are alike: state, SKU, where (a location, or a transfer), and for which transfer."""

    state: State
    sku: str
    place: str = ""
    transfer_id: str = ""


@dataclass(slots=True)
class Order:
    """An order: its pieces never become more or fewer."""

    order_id: str
    store: str | None
    """Where the shopper picks up; None where parcels are sent."""
    prepaid: bool
    allow_partial: bool
    piles: Counter[Pile]
    returned: Counter[str] = field(default_factory=Counter)

    def pieces(self, state: State, sku: str) -> int:
        """How many pieces of a SKU are in a state, wherever."""
        return sum(n for pile, n in self.piles.items() if pile.state is state and pile.sku == sku)

    def skus(self) -> list[str]:
        """What was ordered."""
        return sorted({pile.sku for pile in self.piles})

    def move(self, pieces: int, start: Pile, end: Pile) -> None:
        """Move pieces from one pile to another. Raises ValueError where they are not there."""
        if self.piles[start] < pieces:
            raise ValueError(f"{self.order_id} has {self.piles[start]} pieces of {start}, not {pieces}")
        self.piles[start] -= pieces
        self.piles[end] += pieces

    def has_ended(self) -> bool:
        """Whether all is with the shopper, or given up."""
        return all(pile.state in (State.COMPLETED, State.CANCELLED) for pile, n in self.piles.items() if n)


@dataclass(slots=True)
class Book:
    """All orders, and what every location has."""

    on_hand: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(location, SKU) → pieces in the building, staged ones too."""
    loose: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of these, picked for somebody who does not want them any more; they wait to be put away."""
    loose_transit: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(transfer, SKU) → on the way for nobody."""
    orders: dict[str, Order] = field(default_factory=dict)

    # what happens to stock alone

    def arrive(self, place: str, sku: str, pieces: int) -> None:
        """Goods come from outside, or come back."""
        self.on_hand[place, sku] += pieces

    def sell(self, place: str, sku: str, pieces: int) -> None:
        """A till has sold them: a fact, whatever was promised."""
        self.on_hand[place, sku] -= pieces

    # what happens to orders

    def place(
        self, order_id: str, store: str | None, wanted: Counter[str], *, prepaid: bool, allow_partial: bool
    ) -> None:
        """Somebody has ordered."""
        piles = Counter({Pile(State.OPEN, sku): pieces for sku, pieces in wanted.items()})
        self.orders[order_id] = Order(order_id, store, prepaid, allow_partial, piles)

    def pick(self, order_id: str, place: str, sku: str, pieces: int, transfer_id: str | None) -> None:
        """Goods are taken off the shelf, for the shopper or for a transfer to where the shopper picks up."""
        order = self.orders[order_id]
        waits = transfer_id is None and order.store is not None
        state = State.WAITING if waits else State.PICKED
        order.move(pieces, Pile(State.OPEN, sku), Pile(state, sku, place, transfer_id or ""))

    def ship_transfer(self, order_id: str, place: str, transfer_id: str) -> None:
        """All that was picked for a transfer leaves."""
        order = self.orders[order_id]
        for pile, pieces in list(order.piles.items()):
            if pile.state is State.PICKED and pile.transfer_id == transfer_id and pieces:
                order.move(pieces, pile, Pile(State.TRANSIT, pile.sku, transfer_id))
                self.on_hand[place, pile.sku] -= pieces

    def receive_transfer(self, order_id: str, place: str, transfer_id: str) -> None:
        """All of a transfer arrives where the shopper picks up, or where nobody waits for it any more."""
        order = self.orders[order_id]
        for pile, pieces in list(order.piles.items()):
            if pile.state is State.TRANSIT and pile.place == transfer_id and pieces:
                order.move(pieces, pile, Pile(State.WAITING, pile.sku, place))
                self.on_hand[place, pile.sku] += pieces
        for (transfer, sku), pieces in list(self.loose_transit.items()):
            if transfer == transfer_id and pieces:
                self.loose_transit[transfer, sku] = 0
                self.loose[place, sku] += pieces
                self.on_hand[place, sku] += pieces

    def ship_parcel(self, order_id: str, place: str, sku: str, pieces: int) -> None:
        """Goods leave in a parcel."""
        self.orders[order_id].move(pieces, Pile(State.PICKED, sku, place), Pile(State.SHIPPED, sku))
        self.on_hand[place, sku] -= pieces

    def deliver_parcels(self, order_id: str) -> None:
        """All parcels of an order have arrived."""
        order = self.orders[order_id]
        for sku in order.skus():
            order.move(order.pieces(State.SHIPPED, sku), Pile(State.SHIPPED, sku), Pile(State.COMPLETED, sku))

    def put_away(self, place: str, sku: str, pieces: int) -> None:
        """Goods that nobody wants are on the shelf again. Raises ValueError where there are none."""
        if self.loose[place, sku] < pieces:
            raise ValueError(
                f"{place} has {self.loose[place, sku]} {sku} to put away, and was asked for {pieces}"
            )
        self.loose[place, sku] -= pieces

    def waiting(self, order_id: str) -> Counter[str]:
        """What the shopper could take home now."""
        found: Counter[str] = Counter()
        for pile, pieces in self.orders[order_id].piles.items():
            if pile.state is State.WAITING:
                found[pile.sku] += pieces
        return +found

    def hand_over(self, order_id: str) -> None:
        """The shopper takes all that waits."""
        order = self.orders[order_id]
        for pile, pieces in list(order.piles.items()):
            if pile.state is State.WAITING and pieces:
                order.move(pieces, pile, Pile(State.COMPLETED, pile.sku))
                self.on_hand[pile.place, pile.sku] -= pieces

    def cancellable(self, order_id: str) -> int:
        """How many pieces have not left for the shopper yet."""
        gone = (State.SHIPPED, State.COMPLETED, State.CANCELLED)
        return sum(n for pile, n in self.orders[order_id].piles.items() if pile.state not in gone)

    def cancel(self, order_id: str) -> None:
        """All that has not left for the shopper is given up; what was picked has to go back."""
        order = self.orders[order_id]
        for pile, pieces in list(order.piles.items()):
            if pile.state in (State.SHIPPED, State.COMPLETED, State.CANCELLED) or not pieces:
                continue
            order.move(pieces, pile, Pile(State.CANCELLED, pile.sku))
            if pile.state in IN_THE_HOUSE:
                self.loose[pile.place, pile.sku] += pieces
            elif pile.state is State.TRANSIT:
                self.loose_transit[pile.place, pile.sku] += pieces

    def give_up(self, order_id: str, sku: str, pieces: int) -> None:
        """Pieces that nobody has any more are cancelled. Raises ValueError where so many are not open."""
        self.orders[order_id].move(pieces, Pile(State.OPEN, sku), Pile(State.CANCELLED, sku))

    def bring_back(self, order_id: str, place: str, sku: str) -> None:
        """A piece comes back to any store."""
        self.orders[order_id].returned[sku] += 1
        self.on_hand[place, sku] += 1

    # what has to be

    def staged(self) -> Counter[tuple[str, str]]:
        """(location, SKU) → pieces that are picked and still in the building."""
        found = Counter(self.loose)
        for order in self.orders.values():
            for pile, pieces in order.piles.items():
                if pile.state in IN_THE_HOUSE:
                    found[pile.place, pile.sku] += pieces
        return +found
