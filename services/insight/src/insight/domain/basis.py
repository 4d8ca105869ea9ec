"""What is known about how a sale came about: all that a credit policy looks at."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tsunagu.contracts.values import TouchpointKind


class Method(StrEnum):
    """How the goods reached the customer."""

    TILL = "till"
    PICKUP = "pickup"
    SHIP = "ship"


@dataclass(frozen=True, slots=True)
class Touch:
    """A place's contribution to an order before it was placed."""

    kind: TouchpointKind
    location_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """Pieces that were picked at a location."""

    location_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Basis:
    """How a sale came about. `location_id` is where it was handed over; of a parcel, where it was sent from."""

    channel: str
    method: Method
    location_id: str
    placed_at: datetime
    touches: tuple[Touch, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def location_ids(self) -> frozenset[str]:
        """Every location whose kind matters here."""
        return frozenset(
            (
                self.location_id,
                *(touch.location_id for touch in self.touches),
                *(source.location_id for source in self.sources),
            )
        )
