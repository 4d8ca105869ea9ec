"""How often and how much customers buy, after real purchases (CDNOW); see `cdnow.json` for the source."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random

_FIRST_PURCHASE_SHARE = 0.85
"""Customers begin within this share of the time, so that some can come back; CDNOW's began within a sixth of it,
which would leave the end of a minute empty."""


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase: by which customer, when (share of the time, 0 to 1), and how many pieces."""

    customer: int
    at: float
    units: int


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The figures, ready to draw from."""

    observed_days: int
    purchases_per_customer: tuple[int, ...]
    gap_days_quantiles: tuple[float, ...]
    units_per_purchase: tuple[int, ...]

    def purchases(self, wanted: int, rng: Random) -> list[Bought]:
        """`wanted` purchases in the order of their times; the 18 months observed become one unit of time.

        A customer whose next purchase would come after the end has bought for the last time.
        """
        found: list[Bought] = []
        customer = 0
        while len(found) < wanted:
            found += list(self._of_customer(customer, rng))[: wanted - len(found)]
            customer += 1
        return sorted(found, key=lambda bought: (bought.at, bought.customer))

    def _of_customer(self, customer: int, rng: Random) -> Iterator[Bought]:
        at = rng.random() * _FIRST_PURCHASE_SHARE
        for _ in range(draw(self.purchases_per_customer, rng)):
            if at >= 1:
                return
            yield Bought(customer, at, draw(self.units_per_purchase, rng))
            at += self._gap_days(rng) / self.observed_days

    def _gap_days(self, rng: Random) -> float:
        """Between two quantiles every gap is as likely as any other."""
        place = rng.random() * (len(self.gap_days_quantiles) - 1)
        low = int(place)
        low_days, high_days = self.gap_days_quantiles[low], self.gap_days_quantiles[low + 1]
        return low_days + (high_days - low_days) * (place - low)


def draw(counts: Sequence[int], rng: Random) -> int:
    """A number from 1 on, as often as `counts` says (how many ones, how many twos, …)."""
    sums = list(accumulate(counts))
    return bisect_left(sums, rng.randint(1, sums[-1])) + 1


@cache
def rhythm() -> Rhythm:
    """The rhythm that is shipped with the package."""
    figures = json.loads(files("tsunagu.retailer").joinpath("cdnow.json").read_text(encoding="utf-8"))
    return Rhythm(
        figures["observed_days"],
        tuple(figures["purchases_per_customer"]),
        tuple(figures["gap_days_quantiles"]),
        tuple(figures["units_per_purchase"]),
    )
