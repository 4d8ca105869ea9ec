"""An order in the model: pieces on piles, and what is known of its lines."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

WRONG_CODES_MAX = 5
NEVER = datetime.min.replace(tzinfo=UTC)


class State(StrEnum):
    """Where a piece of an order is."""

    OPEN = "open"
    """Promised, and on a shelf."""
    ASKED = "asked"
    """Nobody has it; the shopper was asked what to do."""
    PICKED = "picked"
    """In a building, for the shopper's parcel or for a transfer."""
    TRANSIT = "transit"
    WAITING = "waiting"
    """Where the shopper picks it up."""
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


GONE = (State.SHIPPED, State.COMPLETED, State.CANCELLED)
"""What cannot be cancelled or changed any more."""

IN_THE_HOUSE = (State.PICKED, State.WAITING)

PROMISED = (State.OPEN, State.PICKED, State.TRANSIT, State.WAITING)


class Paper(StrEnum):
    """What says that a shopper has taken goods."""

    HANDOVER = "handover"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Pile:
    """Pieces of an order that are alike: state, line, where (a location, transfer or parcel), for which transfer."""

    state: State
    line_id: str
    place: str = ""
    transfer_id: str = ""


@dataclass(slots=True)
class Line:
    """What all pieces of a line have in common."""

    line_id: str
    sku: str
    price_jpy: int
    group_id: str
    store: str | None
    """Where the shopper picks up; None where a parcel is sent."""
    ready: int = 0
    """Pieces that the shopper was told to come for."""
    returned: int = 0
    settled: int = 0
    """Cancelled pieces that the shopper has all the same."""
    refunded_jpy: int = 0
    taken: Counter[Paper] = field(default_factory=Counter)
    """What each kind of paper says that the shopper has taken."""

    def prove(self, paper: Paper, pieces: int) -> int:
        """Take a paper down; returns how many pieces no other paper had said to be taken."""
        before = max(self.taken.values(), default=0)
        self.taken[paper] += pieces
        return max(0, self.taken[paper] - before)

    def unconfirmed(self) -> int:
        """Pieces that a receipt says to be taken, and no hand-over yet."""
        return max(0, self.taken[Paper.RECEIPT] - self.taken[Paper.HANDOVER])


@dataclass(slots=True)
class Order:
    """An order: its pieces never become more or fewer."""

    order_id: str
    prepaid: bool
    lines: dict[str, Line]
    piles: Counter[Pile]
    wrong_codes: int = 0
    """Shown where goods wait, since the last right one or lock."""
    locked_until: datetime = NEVER
    """Until then no code is looked at."""

    def pieces(self, line_id: str, *states: State) -> int:
        """How many pieces of a line are in one of these states, wherever."""
        return sum(n for pile, n in self.piles.items() if pile.line_id == line_id and pile.state in states)

    def total(self, line_id: str) -> int:
        """How many pieces a line has."""
        return sum(pieces for _, pieces in self.of_line(line_id))

    def all(self, state: State) -> list[tuple[Pile, int]]:
        """All piles of a state."""
        return [(pile, n) for pile, n in self.piles.items() if pile.state is state and n]

    def of_line(self, line_id: str) -> list[tuple[Pile, int]]:
        """All piles of a line."""
        return [(pile, n) for pile, n in self.piles.items() if pile.line_id == line_id and n]

    def sku(self, pile: Pile) -> str:
        """What the pile is of."""
        return self.lines[pile.line_id].sku

    def group(self, group_id: str) -> list[Line]:
        """The lines that reach the shopper together."""
        return [line for line in self.lines.values() if line.group_id == group_id]

    def move(self, pieces: int, start: Pile, end: Pile) -> None:
        """Move pieces from one pile to another. Raises ValueError where they are not there."""
        if self.piles[start] < pieces:
            raise ValueError(f"{self.order_id} has {self.piles[start]} pieces of {start}, not {pieces}")
        self.piles[start] -= pieces
        self.piles[end] += pieces

    def give_up(self, pieces: int, pile: Pile) -> None:
        """Pieces of a pile are cancelled: who has paid gets their price back."""
        self.move(pieces, pile, Pile(State.CANCELLED, pile.line_id))
        if self.prepaid:
            line = self.lines[pile.line_id]
            line.refunded_jpy += pieces * line.price_jpy

    def cancellable(self, line_ids: Collection[str]) -> int:
        """How many pieces of these lines have not left for the shopper yet."""
        return sum(n for pile, n in self.piles.items() if pile.line_id in line_ids and pile.state not in GONE)

    def end_question(self, line_id: str, pieces: int) -> None:
        """The shopper has not said what to do about pieces that nobody has."""
        self.give_up(pieces, Pile(State.ASKED, line_id))

    def still_open(self, line_id: str) -> int:
        """How many pieces the shopper may still get."""
        return self.total(line_id) - self.pieces(line_id, State.COMPLETED, State.CANCELLED)

    def waiting_at(self, store: str) -> Counter[str]:
        """Line → what the shopper could take home from a store now."""
        found = Counter[str]()
        for pile, pieces in self.all(State.WAITING):
            if pile.place == store:
                found[pile.line_id] += pieces
        return found

    def unconfirmed_at(self, store: str) -> Counter[str]:
        """Line → what a receipt of a store says to be taken, and no hand-over yet."""
        lines = [line for line in self.lines.values() if line.store == store]
        return +Counter({line.line_id: line.unconfirmed() for line in lines})

    def has_ended(self) -> bool:
        """Whether all is with the shopper, or given up."""
        return all(pile.state in (State.COMPLETED, State.CANCELLED) for pile, n in self.piles.items() if n)
