"""What shoppers may ask of the catalogue and of the stores."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import StringConstraints

from edge.domain.gtins import gtin14
from edge.problems import FieldError, Problem
from edge.product_copy import find_product
from edge.shopper.activity import Recorder
from edge.shopper.catalogue.searching import find_by_words, variants_of
from edge.shopper.catalogue.views import ProductsFound, ProductWithVariants, StoresNear
from edge.shopper.guest import AVisit, visitor_fields
from edge.shopper.settings import settings_of
from edge.shopper.slowing import slow_down
from edge.stock_copy import SQL
from edge.stock_lookup import Limit, Near, lookup_of
from edge.web_app import AtDoor, reading
from tsunagu.chassis import Connection
from tsunagu.contracts.messages import ProductScanned, ProductViewed
from tsunagu.contracts.values import Id, LocationId

router = APIRouter(dependencies=[Depends(slow_down)], tags=["catalogue"])


@router.get("/v1/products", response_model=ProductsFound, response_model_exclude_none=True)
async def search_products(
    door: AtDoor,
    q: Annotated[
        str,
        Query(
            description="Words of the name, brand, colour, size or category: full-width or half-width,"
            " in any case, in hiragana or katakana. All of them must be there."
        ),
        StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"),
    ],
    limit: Annotated[int | None, Query(ge=1, description="How many products at the most")] = None,
) -> dict[str, Any]:
    """Products on sale by words, one of each style."""
    settings = settings_of(door)
    shown = min(limit or settings.products_shown_default, settings.products_shown_max)
    async with reading(door) as connection:
        found = await find_by_words(connection, q, ranked_max=settings.products_ranked_max, limit=shown + 1)
    return {"products": found[:shown], "more": len(found) > shown}


@router.get(
    "/v1/products/{sku_or_gtin}", response_model=ProductWithVariants, response_model_exclude_none=True
)
async def get_product(
    sku_or_gtin: Annotated[Id, Path(description="A SKU, or a barcode of 8 or 12 to 14 digits")],
    door: AtDoor,
    activity: Recorder,
    visit: AVisit,
    location_id: Annotated[
        LocationId | None, Query(description="The store whose shelf shows the barcode, where it was scanned")
    ] = None,
) -> dict[str, Any]:
    """A product with its other sizes and colours. A barcode with `location_id` was scanned in that store.

    That is remembered for the guest of the cookie, which is made where there is none: when they buy it weeks later, the
    store that showed it is known.
    """
    settings = settings_of(door)
    async with reading(door) as connection:
        if location_id is not None:
            await _must_be_known(connection, location_id)
        product = await find_product(connection, sku_or_gtin, sku_or_gtin)
        variants = await variants_of(connection, product, settings.variants_shown_max)
    sku = product["sku"]
    if location_id is not None and gtin14(sku_or_gtin):
        store, visitor = location_id, visitor_fields(visit.become_guest())
        await activity.record(
            door,
            lambda said: ProductScanned(**said, **visitor, gtin=sku_or_gtin, sku=sku, location_id=store),
        )
    else:
        visitor = visitor_fields(visit.guest())
        await activity.record(
            door, lambda said: ProductViewed(**said, **visitor, sku=sku, location_id=location_id)
        )
    return {**product, "variants": variants, "ways": settings.ways}


@router.get("/v1/stores", response_model=StoresNear)
async def get_stores(
    request: Request, door: AtDoor, near: Annotated[Near, Query()], limit: Annotated[Limit, Query()] = None
) -> dict[str, Any]:
    """Stores near a place, nearest first."""
    settings = settings_of(door)
    shown = min(limit or settings.locations_shown_default, settings.locations_shown_max)
    async with reading(door) as connection:
        around = await lookup_of(request).surroundings.of(connection, near, shown)
    return {
        "latitude": around.place.latitude,
        "longitude": around.place.longitude,
        "stores": [{**one.shown, "distance_km": one.distance_km} for one in around.nearest],
    }


async def _must_be_known(connection: Connection, location_id: str) -> None:
    if not await connection.fetchval(SQL.read_location_id, location_id):
        raise Problem(
            422,
            "invalid",
            "The store is not known.",
            errors=[FieldError(parameter="location_id", detail="no location has this id")],
        )
