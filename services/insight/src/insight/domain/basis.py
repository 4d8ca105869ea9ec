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
    """One contribution to a sale, as it was told: a later policy may look at what today's passes over."""

    kind: TouchpointKind
    location_id: str | None
    staff_ref: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """Pieces that were picked at a location."""

    location_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Basis:
    """How a sale came about. `location_id` is where it was handed over; of a parcel, where it was sent from.

    `paid_at` is the location whose till took the money; None where the channel has it, or nobody yet.
    """

    channel: str
    method: Method
    location_id: str
    placed_at: datetime
    paid_at: str | None = None
    touches: tuple[Touch, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def location_ids(self) -> frozenset[str]:
        """Every location whose kind matters here."""
        return frozenset(
            (
                self.location_id,
                *(touch.location_id for touch in self.touches if touch.location_id is not None),
                *(source.location_id for source in self.sources),
                *(() if self.paid_at is None else (self.paid_at,)),
            )
        )
