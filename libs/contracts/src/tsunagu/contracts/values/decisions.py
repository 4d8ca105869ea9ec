"""Why inventory decided as it did, as data: which promise a fact broke, and which location gives goods.

Reasons and criteria are words from open lists (`Code`), so that a new rule needs no new version; `docs/sourcing.md`
lists those of today. Values are texts for people, such as "12.3 km".
"""

from typing import Annotated

from pydantic import Field

from tsunagu.contracts.values.model import Value
from tsunagu.contracts.values.scalars import (
    DOCUMENT_LINES_MAX,
    Code,
    Count,
    Id,
    LocationId,
    Name,
    Prefecture,
)

CRITERIA_MAX = 20
"""Most criteria of one rule: more would decide nothing that the first ones have not."""

EXCLUDED_NAMED_MAX = 10
"""Most excluded locations that are named per reason; the others are only counted."""

DECISIONS_MAX = 20
"""Most destinations of an order whose decisions are told as data; keeps the largest event below a record's 1 MiB."""

Criteria = Annotated[tuple[Code, ...], Field(max_length=CRITERIA_MAX)]


class CriterionValue(Value):
    """What a criterion said of one thing, for people to read."""

    criterion: Code
    value: Name


class BrokenPromiseReasons(Value):
    """Why this promise was the one to break: what each criterion of the rule said of it."""

    allocation_id: Id
    reasons: Annotated[tuple[CriterionValue, ...], Field(max_length=CRITERIA_MAX)]


class BreakDecision(Value):
    """By which rule it was decided which promises break, where a fact left fewer pieces than were promised."""

    rule: Criteria
    """The criteria, the first that differs decides."""
    candidates: Count
    """Promises that could have broken, those that broke among them."""
    pieces: Count
    """Pieces of the SKU at the location that could not be kept, of all orders."""
    promises: Annotated[tuple[BrokenPromiseReasons, ...], Field(max_length=DOCUMENT_LINES_MAX)]


class ExcludedLocations(Value):
    """Locations that had something and were not asked. One counts under each reason that applies to it."""

    reason: Code
    count: Count
    location_ids: Annotated[tuple[LocationId, ...], Field(max_length=EXCLUDED_NAMED_MAX)]
    """The nearest of them."""


class ChosenLocation(Value):
    """A location that gives goods, beside the pickup store's own shelf."""

    location_id: LocationId
    distance_km: Annotated[float, Field(strict=True, ge=0, le=50_000)]


class Advantage(Value):
    """Why the chosen location came before the next best one: the first criterion in which the two differ."""

    location_id: LocationId
    """The next best location."""
    criterion: Code
    chosen_value: Name
    next_value: Name


class SourcingDecision(Value):
    """Where the goods for one destination of an order come from, and why."""

    location_id: LocationId | None = None
    """The pickup store; None for parcels."""
    prefecture: Prefecture | None = None
    """Where parcels go; None for a pickup."""
    decided_by: Code
    """own_shelf, only_location, fewest_locations, not_enough, or the criterion that decided between two locations."""
    locations: Annotated[tuple[ChosenLocation, ...], Field(max_length=DOCUMENT_LINES_MAX)] = ()
    locations_seen: Count
    """Locations that had something of it, those excluded among them."""
    excluded: Annotated[tuple[ExcludedLocations, ...], Field(max_length=CRITERIA_MAX)] = ()
    ranking: Criteria = ()
    """The criteria by which the others were ranked, the most important first."""
    over_next: Advantage | None = None
    last_resorts: Annotated[tuple[LocationId, ...], Field(max_length=DOCUMENT_LINES_MAX)] = ()
    """Chosen locations whose pickers have no time left today; nothing else had it."""
