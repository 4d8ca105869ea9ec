"""What should be counted next: where an error is likely and would cost most."""

from collections.abc import Iterable
from heapq import nlargest
from typing import NamedTuple

from inventory.domain.stock import Stock


class Weights(NamedTuple):
    """How age and doubt count. `full_age_days`: from then on a count is worth nothing. `doubt`: see `urgency`."""

    full_age_days: float
    doubt: float


class Urgent(NamedTuple):
    """A SKU that should be counted, and why, in a sentence for people. The greatest score comes first."""

    score: float
    sku: str
    why: str


def doubtful_pieces(stock: Stock) -> int:
    """Pieces that the books themselves put in doubt.

    Withheld ones, which a picker did not find; those by which on hand is below zero, which can't be; and those by
    which more is given away than is there.
    """
    return stock.withheld + max(0, -stock.on_hand) + max(0, -stock.available)


def urgency(stock: Stock, price_jpy: int, days_since_count: float | None, weights: Weights) -> float:
    """How much it is worth to count a row of stock, in yen of goods that may not be there.

    The value on hand, times how far its last count has aged (0 just counted, 1 at `full_age_days` or never counted:
    `days_since_count` is None), and the value in doubt `weights.doubt` times. Goods without a price count as one
    yen a piece. 0 says that there is nothing to find out.
    """
    price = max(1, price_jpy)
    age = 1.0 if days_since_count is None else min(1.0, max(0.0, days_since_count) / weights.full_age_days)
    return price * (abs(stock.on_hand) * age + doubtful_pieces(stock) * weights.doubt)


def reason(stock: Stock, days_since_count: float | None) -> str:
    """Why a row should be counted, for whom counts it."""
    if stock.withheld:
        return f"A picker did not find {stock.withheld}."
    if stock.on_hand < 0:
        return f"The books say {stock.on_hand} pieces, which can't be."
    if stock.available < 0:
        return f"{-stock.available} more are promised or set apart than the books have."
    if days_since_count is None:
        return "It has never been counted."
    return f"Its last count is {days_since_count:.0f} days old."


def worst(found: Iterable[Urgent], at_most: int) -> list[Urgent]:
    """The most urgent ones, most urgent first; ties go by SKU. Taking the worst of parts gives the worst of all."""
    return nlargest(at_most, (urgent for urgent in found if urgent.score > 0), key=_rank)


def _rank(urgent: Urgent) -> tuple[float, str]:
    return urgent.score, urgent.sku
