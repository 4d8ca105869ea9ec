"""How likely each quantity of one pair is, by all that was seen of it: what nobody can do better from outside.

The attacker knows the code, the settings and how stores sell, but not what was drawn. It weighs each quantity under
each drawing of the limits (Bayes' rule), so that a belief of nine in ten is right nine times in ten: luck is in it
already, and no rule is chosen afterwards because it happened to be right.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from edge.domain.bands import Band, BandLimits

from .stores import DELIVERY_PER_HOUR, DELIVERY_PIECES, PIECES_MEAN, RETURN_PER_HOUR, SALE_PER_HOUR

PIECES_MAX = 60
"""This many and more are one to the attacker: seven in a thousand pairs, of which it never sees an edge."""

_STAYS = 1 - SALE_PER_HOUR - RETURN_PER_HOUR - DELIVERY_PER_HOUR
_EACH_DELIVERY = DELIVERY_PER_HOUR / len(DELIVERY_PIECES)


@dataclass(frozen=True, eq=False)
class Belief:
    """Weights by number of pieces, for each drawing of the limits; they add up to how likely all that was seen is."""

    weights: dict[BandLimits, list[float]]

    @cached_property
    def by_pieces(self) -> list[float]:
        """The probability of each number of pieces."""
        sums = [sum(column) for column in zip(*self.weights.values(), strict=True)]
        total = sum(sums)
        return [one / total for one in sums]

    @cached_property
    def best(self) -> tuple[float, int]:
        """The likeliest number of pieces that are there, and how likely it is."""
        return max((likely, pieces) for pieces, likely in enumerate(self.by_pieces[:-1]) if pieces)

    @cached_property
    def an_hour_later(self) -> "Belief":
        """What is likely when the stores have gone on for an hour."""
        return Belief({limits: _an_hour_later(weights) for limits, weights in self.weights.items()})

    @cache  # noqa: B019 - a belief lasts for a test
    def best_question(self, quantity_max: int) -> tuple[float, int]:
        """By how much surer the answer to which order makes, on average."""
        likely = self.by_pieces
        return max(
            (max(likely[1:quantity], default=0.0) + max(likely[quantity:-1]) - max(likely[1:-1]), quantity)
            for quantity in range(2, quantity_max + 1)
        )

    def having_seen(self, band: str) -> "Belief":
        """What is left when this band is shown."""
        seen = {}
        for limits, weights in self.weights.items():
            low, high = _range_of(band, limits)
            seen[limits] = [weight if low <= pieces <= high else 0.0 for pieces, weight in enumerate(weights)]
        return Belief(seen)

    def having_asked_for(self, quantity: int, taken: bool) -> "Belief":
        """What is left when an order of so many was taken, and cancelled, or refused."""
        return Belief(
            {
                limits: [
                    weight if (pieces >= quantity) == taken else 0.0 for pieces, weight in enumerate(weights)
                ]
                for limits, weights in self.weights.items()
            }
        )


def at_first(limits: Iterable[BandLimits]) -> Belief:
    """What is likely before anything was seen: stocks as stores have them, limits as often as they are among these."""
    stocks = [math.exp(-pieces / PIECES_MEAN) for pieces in range(PIECES_MAX + 1)]
    stocks[-1] /= 1 - math.exp(-1 / PIECES_MEAN)
    return Belief({drawn: [times * weight for weight in stocks] for drawn, times in Counter(limits).items()})


def _range_of(band: str, limits: BandLimits) -> tuple[int, int]:
    few, available = limits.few_pieces_max, limits.available_pieces_max
    return {
        Band.NONE: (0, 0),
        Band.FEW: (1, few),
        Band.AVAILABLE: (few + 1, available),
        Band.PLENTY: (available + 1, PIECES_MAX),
    }[Band(band)]


def _an_hour_later(weights: list[float]) -> list[float]:
    later = [weight * _STAYS for weight in weights]
    later[0] += weights[0] * SALE_PER_HOUR
    for pieces, weight in enumerate(weights):
        if not weight:
            continue
        if pieces:
            later[pieces - 1] += weight * SALE_PER_HOUR
        later[min(pieces + 1, PIECES_MAX)] += weight * RETURN_PER_HOUR
        for delivered in DELIVERY_PIECES:
            later[min(pieces + delivered, PIECES_MAX)] += weight * _EACH_DELIVERY
    return later
