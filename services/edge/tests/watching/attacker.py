"""The script: what fifty identities do in a day to learn exact quantities, and what they have learnt by it.

Every hour it looks at everything. What it may order it spends where an answer tells most: an order that is taken (and
cancelled at once) says that there are as many, a refused one that there are less. As soon as one quantity of a pair is
likelier than all others together, it claims that. Where the claim is right, the pair counts as learnt.

So how guesses count: a claim is made by what is known before it, and what is likely is worked out from how stores and
limits are made, never from which claims of the day were right. Who picks rules by how often they were right that day
learns by luck: one of nine rules that are right once in nine times is right in four of seven claims, now and then.
"""

from collections import Counter
from dataclasses import InitVar, dataclass, field
from typing import Protocol

from edge.domain.bands import BandLimits
from edge.stock_copy import draw

from .belief import Belief, at_first
from .stores import OPEN_HOURS, Pair, Stores

SURE = 0.5
"""Above it, a belief is claimed: the likeliest quantity is likelier than all others together."""

DRAWINGS = 5_000
"""It has the code: it draws so many limits itself, to know how often each is drawn."""

WORTH_ASKING = 0.05
"""An order that makes the attacker surer by less is not placed."""

Sight = str | tuple[int, bool]
"""A band, or an order's quantity and whether it was taken."""


class Door(Protocol):
    """What is seen from outside."""

    async def look(self, hour: int, changed: list[Pair]) -> dict[Pair, str]:
        """The bands of all pairs. `changed` is what the stores have told the door since."""
        ...

    async def order(self, pair: Pair, quantity: int) -> bool:
        """Whether an order of so many is taken; it is cancelled at once."""
        ...


@dataclass
class Attacker:
    """What it has seen of each pair. Pairs of which the same was seen share one belief."""

    limits: InitVar[BandLimits]
    quantity_max: int
    at_first: Belief = field(init=False)
    seen: dict[Pair, tuple[Sight, ...]] = field(default_factory=dict)
    beliefs: dict[tuple[Sight, ...], Belief] = field(default_factory=dict)
    claims: dict[Pair, int] = field(default_factory=dict)

    def __post_init__(self, limits: BandLimits) -> None:
        self.at_first = at_first(limits.moved(*draw(limits)) for _ in range(DRAWINGS))

    def look(self, bands: dict[Pair, str]) -> None:
        """See the bands of an hour."""
        before, self.beliefs = self.beliefs, {}
        for pair, band in bands.items():
            history = self.seen.get(pair, ())
            seen = self.seen[pair] = (*history, band)
            if seen not in self.beliefs:
                belief = before[history].an_hour_later if history else self.at_first
                self.beliefs[seen] = belief.having_seen(band)

    def sure(self) -> dict[Pair, int]:
        """What it is sure of now and has not claimed before."""
        sure = {history: belief.best for history, belief in self.beliefs.items()}
        return {
            pair: sure[history][1]
            for pair, history in self.seen.items()
            if pair not in self.claims and sure[history][0] > SURE
        }

    def worth_asking(self) -> tuple[Pair, int] | None:
        """The order that makes it surest."""
        gains = {history: belief.best_question(self.quantity_max) for history, belief in self.beliefs.items()}
        left = [(gains[history], pair) for pair, history in self.seen.items() if pair not in self.claims]
        (gain, quantity), pair = max(left, default=((0.0, 0), ("", "")))
        return (pair, quantity) if gain > WORTH_ASKING else None

    def answered(self, pair: Pair, quantity: int, taken: bool) -> None:
        """Hear what became of an order."""
        belief = self.beliefs[self.seen[pair]]
        seen = self.seen[pair] = (*self.seen[pair], (quantity, taken))
        self.beliefs[seen] = belief.having_asked_for(quantity, taken)


@dataclass
class Day:
    """What came of a day."""

    learnt: Counter[str] = field(default_factory=Counter)
    """Right claims, by whether bands alone or an order's answer led to them."""
    wrong: int = 0
    in_stock: int = 0
    orders: int = 0

    @property
    def share(self) -> float:
        """Of the pairs in stock, those whose quantity was learnt exactly."""
        return self.learnt.total() / self.in_stock


async def a_day(stores: Stores, door: Door, attacker: Attacker, orders: int) -> Day:
    """Watch the stores for a day, with so many orders."""
    day, changed = Day(), list(stores.pieces)
    for hour in range(OPEN_HOURS):
        attacker.look(await door.look(hour, changed))
        _claim(day, stores, attacker, "bands")
        while day.orders < orders * (hour + 1) // OPEN_HOURS and (asked := attacker.worth_asking()):
            day.orders += 1
            attacker.answered(*asked, await door.order(*asked))
            _claim(day, stores, attacker, "orders")
        changed = stores.pass_an_hour()
    day.in_stock = len(stores.were_in_stock)
    return day


def _claim(day: Day, stores: Stores, attacker: Attacker, by: str) -> None:
    for pair, pieces in attacker.sure().items():
        attacker.claims[pair] = pieces
        if stores.pieces[pair] == pieces:
            day.learnt[by] += 1
        else:
            day.wrong += 1
