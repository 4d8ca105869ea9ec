"""Locations as credit needs them: what they are, and whose."""

from collections.abc import Mapping
from dataclasses import dataclass

from tsunagu.contracts.values import LocationKind


@dataclass(frozen=True, slots=True)
class Place:
    """A location that is known."""

    kind: LocationKind
    company_id: str


Places = Mapping[str, Place]
"""The locations that are known, by id."""


def is_store(location_id: str, places: Places) -> bool:
    """Whether a store's part can be earned there. A location that is not known counts as a store."""
    place = places.get(location_id)
    return place is None or place.kind is LocationKind.STORE


def company_of(location_id: str, places: Places) -> str | None:
    """The company of a location; None where the location is not known."""
    place = places.get(location_id)
    return None if place is None else place.company_id
