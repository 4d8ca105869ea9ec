"""Which locations near a place have a product: the answer, and how it is found in the copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, assert_never

from fastapi import Query
from pydantic import BaseModel, Field, StringConstraints

from edge.domain.bands import Band
from edge.domain.places import CityName, OffTheMap, Point, read_place
from edge.problems import FieldError, Problem
from edge.product_copy import find_product
from edge.settings import StockSettings
from edge.stock_copy import SQL
from tsunagu.chassis import Connection, clock
from tsunagu.contracts.values import JAPAN, Gtin, Id, Instant, LocationKind, OpeningHours, Prefecture
from tsunagu.planning import public_holidays

Near = Annotated[
    str,
    Query(
        description="A prefecture (東京都, Tokyo, JP-13), a city with a store (渋谷区, 東京都府中市),"
        " or latitude,longitude in degrees"
    ),
    StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"),
]
OptionalSku = Annotated[Id | None, Query(description="The SKU; or give `gtin`")]
OptionalGtin = Annotated[Gtin | None, Query(description="The barcode; or give `sku`")]
Limit = Annotated[int | None, Query(ge=1, description="How many locations at the most")]
InStockOnly = Annotated[bool, Query(description="Leave out locations that have none")]


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


class StockAtLocation(LocationNear):
    """A location with the product's band there. `stale`: it has not been heard from for so long that it may differ."""

    band: Band
    as_of: Instant
    stale: bool


class StockNear(BaseModel):
    """Where a product is, nearest first."""

    sku: Id
    latitude: float
    longitude: float
    locations: list[StockAtLocation]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks: a product by SKU or barcode, near a place."""

    sku: str | None
    gtin: str | None
    near: str
    limit: int | None
    in_stock_only: bool


async def stock_near(connection: Connection, wanted: Wanted, settings: StockSettings) -> StockNear:
    """The locations with the product's band. Raises Problem 404 for an unknown product, 422 for an unknown place."""
    if (wanted.sku is None) == (wanted.gtin is None):
        raise Problem(
            422,
            "invalid",
            "Give either sku or gtin.",
            errors=[FieldError(parameter="sku", detail="one of sku and gtin, not both")],
        )
    product = await find_product(connection, wanted.sku, wanted.gtin)
    place = await find_place(connection, wanted.near)
    limit = min(wanted.limit or settings.locations_shown_default, settings.locations_shown_max)
    rows = await connection.fetch(
        SQL.stock_near, product["sku"], place.latitude, place.longitude, wanted.in_stock_only, limit
    )
    now = clock.now()
    heard_from_since = now - timedelta(seconds=settings.feed_stale_seconds)
    today = now.astimezone(JAPAN).date()
    return StockNear(
        sku=product["sku"],
        latitude=place.latitude,
        longitude=place.longitude,
        locations=[_at_location(dict(row), heard_from_since, today) for row in rows],
    )


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


def _at_location(row: Mapping[str, Any], heard_from_since: datetime, today: date) -> StockAtLocation:
    last_seen_at = row["last_seen_at"]
    # To the minute: finer times would tell when the store sells one.
    as_of = row["as_of"].replace(second=0, microsecond=0)
    return StockAtLocation(
        **{**row, **seen_from_outside(row, today), "as_of": as_of},
        stale=last_seen_at is None or last_seen_at < heard_from_since,
    )


def seen_from_outside(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The fields of a location's row that are shown otherwise than they are kept."""
    closed = {date.fromisoformat(day) for day in row["closed_dates"]}
    if not row["opens_on_holidays"]:
        closed |= public_holidays(today.year) | public_holidays(today.year + 1)
    return {
        "closed_dates": sorted(day for day in closed if day >= today),
        "distance_km": round(row["distance_km"], 1),
    }
