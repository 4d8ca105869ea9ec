"""What is really in the stores of a watched day, and how it changes from hour to hour."""

import random
from dataclasses import dataclass, field
from itertools import product

Pair = tuple[str, str]
"""A location and a SKU."""

OPEN_HOURS = 12

PIECES_MEAN = 12
"""Of a product in a store: few have much, many have little."""

SALE_PER_HOUR = 0.0125
"""A piece in a week or so: a store of ten thousand products that sells 1,500 pieces a day."""

RETURN_PER_HOUR = 0.0004
"""Three of a hundred pieces come back."""

DELIVERY_PER_HOUR = 0.001
DELIVERY_PIECES = range(6, 19)
"""They make up for the sales; nobody outside knows how many are in the box."""


@dataclass
class Stores:
    """Pieces of each pair, from dice."""

    dice: random.Random
    stores: int
    skus: int
    pieces: dict[Pair, int] = field(default_factory=dict)
    were_in_stock: set[Pair] = field(default_factory=set)
    """The pairs of which there was something at some hour."""

    def __post_init__(self) -> None:
        for store, sku in product(range(self.stores), range(self.skus)):
            self.pieces[f"S{store:03}", f"SKU-{sku}"] = int(self.dice.expovariate(1 / PIECES_MEAN))
        self.were_in_stock = {pair for pair, pieces in self.pieces.items() if pieces > 0}

    def pass_an_hour(self) -> list[Pair]:
        """Returns the pairs of which there is another number now."""
        changed = []
        for pair, pieces in self.pieces.items():
            change = self._change()
            if change and pieces + change >= 0:
                self.pieces[pair] = pieces + change
                changed.append(pair)
        self.were_in_stock.update(pair for pair in changed if self.pieces[pair] > 0)
        return changed

    def _change(self) -> int:
        chance = self.dice.random()
        if chance < SALE_PER_HOUR:
            return -1
        if chance < SALE_PER_HOUR + RETURN_PER_HOUR:
            return 1
        if chance < SALE_PER_HOUR + RETURN_PER_HOUR + DELIVERY_PER_HOUR:
            return self.dice.choice(DELIVERY_PIECES)
        return 0
