"""Locations as credit needs them: what they are, and whose at which time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tsunagu.contracts.values import LocationKind


@dataclass(frozen=True, slots=True)
class Place:
    """A location that is known. `companies`: since when it belongs to which company, the oldest first."""

    kind: LocationKind
    companies: tuple[tuple[datetime, str], ...] = ()

    def company_at(self, at: datetime) -> str | None:
        """Whose it was then; of a time before anything was known, the first company that is known."""
        company_id = self.companies[0][1] if self.companies else None
        for known_from, other in self.companies:
            if known_from <= at:
                company_id = other
        return company_id


Places = Mapping[str, Place]
"""The locations that are known, by id."""


def is_store(location_id: str, places: Places) -> bool:
    """Whether a store's part can be earned there. A location that is not known counts as a store."""
    place = places.get(location_id)
    return place is None or place.kind is LocationKind.STORE


def company_at(location_id: str, at: datetime, places: Places) -> str | None:
    """The company of a location at a time; None where the location is not known."""
    place = places.get(location_id)
    return None if place is None else place.company_at(at)
