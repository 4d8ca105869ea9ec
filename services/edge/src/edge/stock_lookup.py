"""Which locations near a place have a product: the answer, and how it is found in the copy."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import asyncpg
from fastapi import Request
from pydantic import BaseModel, Field, StringConstraints
from pydantic_core import to_json
from starlette.responses import Response

from edge.domain.bands import Band
from edge.domain.places import Point
from edge.problems import FieldError, Problem
from edge.product_copy import find_product, no_such_product
from edge.settings import StockSettings
from edge.stock_copy import SQL
from edge.surroundings import Around, LocationNear, Neighbour, Surroundings
from tsunagu.chassis import Connection, clock
from tsunagu.contracts.values import Gtin, Id, Instant

Near = Annotated[
    str,
    Field(
        description="A prefecture (東京都, Tokyo, JP-13), a city with a store (渋谷区, 東京都府中市),"
        " or latitude,longitude in degrees"
    ),
    StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"),
]
Limit = Annotated[int | None, Field(ge=1, description="How many locations at the most")]


class Wanted(BaseModel):
    """What somebody asks: a product by SKU or barcode, near a place."""

    near: Near
    sku: Annotated[Id | None, Field(description="The SKU; or give `gtin`")] = None
    gtin: Annotated[Gtin | None, Field(description="The barcode; or give `sku`")] = None
    limit: Limit = None
    in_stock_only: Annotated[bool, Field(description="Leave out locations that have none")] = False


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
class StockFound:
    """What was found: the values of a `StockNear`, each as it is kept."""

    sku: str
    place: Point
    locations: list[dict[str, Any]]

    @property
    def locations_having_it(self) -> int:
        """How many of them have it."""
        return sum(location["band"] != Band.NONE for location in self.locations)

    def response(self) -> Response:
        """The `StockNear` as it is sent. It is made of what is known to be right, so that nothing looks at it again."""
        content = {
            "sku": self.sku,
            "latitude": self.place.latitude,
            "longitude": self.place.longitude,
            "locations": self.locations,
        }
        return Response(to_json(content), media_type="application/json")


class StockLookup:
    """Answers where products are: for most, one statement that looks at the locations nearby and no others."""

    def __init__(self, settings: StockSettings) -> None:
        self._settings = settings
        self.surroundings = Surroundings(settings)

    async def near(self, connection: Connection, wanted: Wanted) -> StockFound:
        """The locations with the product's band. Raises Problem 404 for an unknown product, 422 for such a place."""
        limit = min(
            wanted.limit or self._settings.locations_shown_default, self._settings.locations_shown_max
        )
        most = limit * self._settings.locations_looked_at_times
        around = await self.surroundings.of(connection, wanted.near, most)
        sku, looked_at = await _sku_of(connection, wanted), around.nearest
        rows = await connection.fetch(SQL.stock_at, sku, [one.location_id for one in looked_at])
        if not rows:
            raise no_such_product()
        by_location = {row["location_id"]: row for row in rows}
        having = [
            (one, row)
            for one in looked_at
            if (row := by_location.get(one.location_id)) is not None
            and not (wanted.in_stock_only and row["band"] == Band.NONE)
        ]
        if len(having) < limit and len(looked_at) < around.count:
            having = await self._everywhere(connection, sku, around, wanted.in_stock_only, limit)
        heard_from_since = clock.now() - timedelta(seconds=self._settings.feed_stale_seconds)
        return StockFound(
            sku, around.place, [_shown(one, row, heard_from_since) for one, row in having[:limit]]
        )

    async def _everywhere(
        self, connection: Connection, sku: str, around: Around, in_stock_only: bool, limit: int
    ) -> list[tuple[Neighbour, asyncpg.Record]]:
        """A product that few locations have: all of those, wherever they are."""
        place = around.place
        rows = await connection.fetch(
            SQL.stock_near, sku, place.latitude, place.longitude, in_stock_only, limit
        )
        neighbours = await self.surroundings.neighbours(connection, rows)
        return [(neighbours[row["location_id"]], row) for row in rows if row["location_id"] in neighbours]


async def _sku_of(connection: Connection, wanted: Wanted) -> str:
    if wanted.sku is not None and wanted.gtin is None:
        return wanted.sku
    if wanted.gtin is not None and wanted.sku is None:
        sku: str = (await find_product(connection, None, wanted.gtin))["sku"]
        return sku
    raise Problem(
        422,
        "invalid",
        "Give either sku or gtin.",
        errors=[FieldError(parameter="sku", detail="one of sku and gtin, not both")],
    )


def _shown(one: Neighbour, row: asyncpg.Record, heard_from_since: datetime) -> dict[str, Any]:
    last_seen_at = row["last_seen_at"]
    return {
        **one.shown,
        "distance_km": one.distance_km,
        "band": row["band"],
        # To the minute: finer times would tell when the store sells one.
        "as_of": row["as_of"].replace(second=0, microsecond=0),
        "stale": last_seen_at is None or last_seen_at < heard_from_since,
    }


def lookup_of(request: Request) -> StockLookup:
    """The process's own look at its copy of the stock."""
    lookup = request.app.state.stock_lookup
    assert isinstance(lookup, StockLookup)
    return lookup
