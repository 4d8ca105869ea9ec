"""How much of a row of stock is kept for those who have not paid yet: carts, and orders that pay when they collect."""

from collections.abc import Iterable, Mapping

from inventory.domain.stock import Stock, StockKey


def unpaid_at_most(stock: Stock, percent: int) -> int:
    """The most pieces of a row that are kept unpaid, together: a part of all that is fit for sale, in whole pieces.

    A part of a piece counts as one, so that the last piece of a shelf can be had unpaid as well.
    """
    sellable = max(0, stock.on_hand - stock.unsellable - stock.withheld - stock.safety)
    return -(-sellable * percent // 100)


class UnpaidRoom:
    """How many pieces more of each row may be kept unpaid. A row that is not in it has no limit of its own."""

    def __init__(self, pieces: Mapping[StockKey, int]) -> None:
        self._left = dict(pieces)

    def of(self, key: StockKey, available: int) -> int:
        """What of the row's available pieces somebody who has not paid may have."""
        return min(available, max(0, self._left.get(key, available)))

    def has(self, wanted: Mapping[StockKey, int]) -> bool:
        """Whether there is room for all of it."""
        return all(quantity <= self.of(key, quantity) for key, quantity in wanted.items())

    def take(self, key: StockKey, quantity: int) -> None:
        """So many pieces are kept unpaid from now on."""
        if key in self._left:
            self._left[key] -= quantity

    def seen_again(self, later: "UnpaidRoom") -> "UnpaidRoom":
        """This room, but for the rows that were looked at again."""
        return UnpaidRoom({**self._left, **later._left})


def added_up(pieces: Iterable[tuple[StockKey, int]], credit: Mapping[StockKey, int]) -> dict[StockKey, int]:
    """The pieces of each row that are wanted beside those that are kept already, for the same cart."""
    wanted: dict[StockKey, int] = {}
    for key, quantity in pieces:
        wanted[key] = wanted.get(key, -credit.get(key, 0)) + quantity
    return {key: quantity for key, quantity in wanted.items() if quantity > 0}
