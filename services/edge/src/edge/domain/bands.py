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
    """The most pieces that still count as few, and as available. Raises ValueError where they are out of order."""

    few_pieces_max: int
    available_pieces_max: int

    def __post_init__(self) -> None:
        if not 0 < self.few_pieces_max < self.available_pieces_max:
            raise ValueError(
                "the limits of the bands must rise: 0 < few_pieces_max < available_pieces_max,"
                f" not {self.few_pieces_max} and {self.available_pieces_max}"
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
