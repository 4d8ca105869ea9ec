"""The locations around a place, nearest first: found in the copy, and remembered for a moment."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, assert_never

import asyncpg
from pydantic import BaseModel, Field

from edge.domain.places import CityName, OffTheMap, Point, read_place
from edge.problems import FieldError, Problem
from edge.settings import StockSettings
from edge.stock_copy import SQL
from tsunagu.chassis import Connection, clock
from tsunagu.contracts.values import JAPAN, Id, LocationKind, OpeningHours, Prefecture
from tsunagu.planning import public_holidays


class LocationNear(BaseModel):
    """A location as shoppers and channels see it, and how far away it is."""

    location_id: Id
    name_ja: str
    name_en: str
    kind: LocationKind
    prefecture: Prefecture
    city: str
    address: str
    latitude: float
    longitude: float
    pickup_enabled: bool
    opening_hours: list[OpeningHours]
    closed_dates: Annotated[
        list[date],
        Field(
            description="From today on: days on which it stays closed whatever its opening hours;"
            " public holidays of this and the next year among them, where it closes on those"
        ),
    ]
    distance_km: Annotated[float, Field(description="In a straight line, rounded to 0.1 km")]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A location as seen from a place; `shown`: the values of a `LocationNear` but the distance."""

    location_id: str
    distance_km: float
    shown: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Around:
    """What is around a place: so many locations, and the nearest of them."""

    place: Point
    count: int
    nearest: Sequence[Neighbour]


class Surroundings:
    """What is around the places that are asked about.

    Many ask about few places, and locations hardly ever change: it is remembered for some seconds, of as many places as
    there is room for; the longest unasked is forgotten first.
    """

    def __init__(self, settings: StockSettings) -> None:
        self._settings = settings
        self._shown: dict[str, Mapping[str, Any]] = {}
        self._made_of: dict[str, tuple[int, date]] = {}
        self._remembered: OrderedDict[tuple[str, int], tuple[float, Around]] = OrderedDict()

    async def of(self, connection: Connection, near: str, most: int) -> Around:
        """A place and the locations nearest to it, `most` at the most. Raises Problem 422 for an unknown place."""
        now, asked = clock.monotonic(), (near, most)
        until, around = self._remembered.get(asked, (now, None))
        if around is not None and now < until:
            self._remembered.move_to_end(asked)
            return around
        around = await self._look(connection, near, most)
        self._remembered[asked] = (now + self._settings.surroundings_kept_seconds, around)
        self._remembered.move_to_end(asked)
        if len(self._remembered) > self._settings.surroundings_kept_max:
            self._remembered.popitem(last=False)
        return around

    async def _look(self, connection: Connection, near: str, most: int) -> Around:
        place = await find_place(connection, near)
        rows = await connection.fetch(SQL.locations_near, place.latitude, place.longitude, most)
        count = rows[0]["all_of_them"] if rows else 0
        return Around(place, count, list((await self.neighbours(connection, rows)).values()))

    async def neighbours(
        self, connection: Connection, rows: Sequence[asyncpg.Record]
    ) -> Mapping[str, Neighbour]:
        """The locations of rows with `location_id`, `version` and `distance_km`, by id, in the order of the rows.

        How a location is shown is read and made anew with each version, and each day.
        """
        today = clock.now().astimezone(JAPAN).date()
        unknown = [
            row["location_id"]
            for row in rows
            if self._made_of.get(row["location_id"]) != (row["version"], today)
        ]
        if unknown:
            for row in await connection.fetch(SQL.read_locations, unknown):
                self._shown[row["location_id"]] = _shown(dict(row), today)
                self._made_of[row["location_id"]] = (row["version"], today)
        return {
            location_id: Neighbour(location_id, round(row["distance_km"], 1), self._shown[location_id])
            for row in rows
            if (location_id := row["location_id"]) in self._shown
        }


def _shown(row: Mapping[str, Any], today: date) -> Mapping[str, Any]:
    closed = {date.fromisoformat(day) for day in row["closed_dates"]}
    if not row["opens_on_holidays"]:
        closed |= public_holidays(today.year) | public_holidays(today.year + 1)
    values = {**row, "closed_dates": sorted(day for day in closed if day >= today), "distance_km": 0}
    return LocationNear.model_validate(values).model_dump(mode="json", exclude={"distance_km"})


async def find_place(connection: Connection, near: str) -> Point:
    """Where a place is. Raises Problem 422 for one that is not known."""
    place = read_place(near)
    match place:
        case Point():
            return place
        case OffTheMap():
            raise _place_unknown("latitude goes from -90 to 90, longitude from -180 to 180")
        case CityName(name):
            rows = await connection.fetch(SQL.find_city, name)
            if len(rows) == 1:
                return Point(rows[0]["latitude"], rows[0]["longitude"])
            if rows:
                raise _place_unknown(
                    "several prefectures have a city of this name: put the prefecture before it"
                )
            raise _place_unknown(
                "no location is in a city of this name: give the prefecture, or latitude,longitude"
            )
        case _:
            assert_never(place)


def _place_unknown(detail: str) -> Problem:
    return Problem(
        422,
        "place-unknown",
        "The place in `near` is not known.",
        errors=[FieldError(parameter="near", detail=detail)],
    )
