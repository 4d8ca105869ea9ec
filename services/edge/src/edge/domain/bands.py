"""Stock as shoppers and partners see it: a band, never a number."""

from dataclasses import dataclass
from enum import StrEnum


class Band(StrEnum):
    """How much of a product a location has, coarse enough to give nothing of the stock system away."""

    NONE = "none"
    FEW = "few"
    AVAILABLE = "available"
    PLENTY = "plenty"


@dataclass(frozen=True, slots=True)
class BandLimits:
    """The most pieces that still count as few, and as available. Raises ValueError where they are out of order.

    The spreads say by how many pieces more each limit may lie at one place, for one product: see `moved`.
    """

    few_pieces_max: int
    available_pieces_max: int
    few_spread_pieces: int = 0
    available_spread_pieces: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.few_pieces_max + self.few_spread_pieces < self.available_pieces_max:
            raise ValueError(
                "the limits of the bands must rise:"
                " 0 < few_pieces_max (with its spread) < available_pieces_max,"
                f" not {self.few_pieces_max} (+ {self.few_spread_pieces}) and {self.available_pieces_max}"
            )

    def moved(self, few_more: int, available_more: int) -> "BandLimits":
        """The limits where they lie by so many pieces more, within the spreads of now.

        Whoever watches a band change when a piece is sold would else know how many are left, to the piece.
        """
        return BandLimits(
            self.few_pieces_max + min(few_more, self.few_spread_pieces),
            self.available_pieces_max + min(available_more, self.available_spread_pieces),
        )


def band_of(available: int, limits: BandLimits) -> Band:
    """The band of a number of pieces that can be promised; zero and less is none."""
    if available <= 0:
        return Band.NONE
    if available <= limits.few_pieces_max:
        return Band.FEW
    if available <= limits.available_pieces_max:
        return Band.AVAILABLE
    return Band.PLENTY
