"""Locations and the lanes between them, as headquarters import them."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.message import State
from tsunagu.contracts.values import (
    ClockTime,
    Count,
    Day,
    Flag,
    Id,
    LocationId,
    LocationKind,
    Name,
    OpeningHours,
    Prefecture,
    Weekday,
    Yen,
)

CLOSED_DATES_MAX = 400
"""Most closed days told ahead: every day of a year, with the rest of this one."""

PICKUP_WINDOW_HOURS_MAX = 336
"""Longest that goods wait for their shopper: 14 days, as long as `pickup.codes` keeps the code."""

# As writers who do not know the field leave it out, so that what they wrote is written back unchanged.
_LEFT_OUT_IF_TRUE = Field(exclude_if=bool)


class Location(State):
    """A store, warehouse or pickup point: where it is, when it is open, what it can do."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.location.v1"
    KEY: ClassVar[tuple[str, ...]] = ("location_id",)

    location_id: LocationId
    name_ja: Name
    name_en: Name
    company_id: Id
    kind: LocationKind
    prefecture: Prefecture
    city: Name
    address: Name
    latitude: Annotated[float, Field(strict=True, ge=-90, le=90)]
    longitude: Annotated[float, Field(strict=True, ge=-180, le=180)]
    opening_hours: tuple[OpeningHours, ...] = ()
    pickup_enabled: Flag
    pick_minutes_per_day: Count
    walking_order: tuple[Name, ...] = ()
    """Product categories in the order in which a picker walks past them."""
    closed_dates: Annotated[tuple[Day, ...], Field(max_length=CLOSED_DATES_MAX)] | None = None
    """Days on which it stays closed whatever its opening hours say: the year's end, stocktaking, building work."""
    opens_on_holidays: Annotated[Flag, _LEFT_OUT_IF_TRUE] = True
    """Whether it opens on public holidays; `closed_dates` come on top."""
    pickup_window_hours: Annotated[int, Field(strict=True, ge=1, le=PICKUP_WINDOW_HOURS_MAX)] | None = None
    """How long goods wait here for their shopper; none leaves it to pickup's setting."""
    area: Name | None = None
    """Whose manager has overdue tasks of the location after its own; none has no such level."""


class Lane(State):
    """A way on which goods travel from one location to another. No lane is its own return."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.lane.v1"
    KEY: ClassVar[tuple[str, ...]] = ("lane_id",)

    from_location_id: LocationId
    to_location_id: LocationId
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    """Weekdays on which it leaves."""
    cut_off: ClockTime
    """What is packed later leaves with the next departure."""
    transit_days: Count = 1
    """Days from departure to arrival; 0 arrives the same day."""
    carrier: Name
    cost_jpy: Yen
    """Cost of one shipment."""
    owner: Name
    """Who answers for the lane."""
    runs_on_holidays: Annotated[Flag, _LEFT_OUT_IF_TRUE] = True
    """Whether it leaves on public holidays."""

    @property
    def lane_id(self) -> str:
        """The record key, from:to."""
        return f"{self.from_location_id}:{self.to_location_id}"
