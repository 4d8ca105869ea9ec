"""What shoppers may ask: which stores near them have a product, and what a barcode is."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from edge.domain.bands import Band
from edge.problems import FieldError, Problem
from edge.product_copy import ProductView, find_product
from edge.shopper.activity import Recorder, Visitor
from edge.shopper.settings import Settings
from edge.shopper.slowing import slow_down
from edge.stock_copy import SQL
from edge.stock_lookup import (
    InStockOnly,
    Limit,
    Near,
    OptionalGtin,
    OptionalSku,
    StockNear,
    Wanted,
    stock_near,
)
from edge.web_app import AtDoor, reading
from tsunagu.contracts.messages import ProductScanned, StockLookedUp
from tsunagu.contracts.values import Gtin, LocationId

router = APIRouter(dependencies=[Depends(slow_down)])


@router.get("/v1/stock", response_model=StockNear)
async def get_stock(
    door: AtDoor,
    activity: Recorder,
    visitor: Visitor,
    near: Near,
    sku: OptionalSku = None,
    gtin: OptionalGtin = None,
    limit: Limit = None,
    in_stock_only: InStockOnly = False,
) -> StockNear:
    """Which stores near a place have a product, nearest first, in bands: plenty, available, few, none."""
    settings = door.settings
    assert isinstance(settings, Settings)
    async with reading(door) as connection:
        found = await stock_near(connection, Wanted(sku, gtin, near, limit, in_stock_only), settings)
    having = sum(location.band is not Band.NONE for location in found.locations)
    await activity.record(
        door,
        lambda activity_id, now: StockLookedUp(
            activity_id=activity_id,
            visitor_id=visitor,
            channel=settings.channel,
            sku=found.sku,
            locations_found=having,
            occurred_at=now,
        ),
    )
    return found


@router.get("/v1/products/{gtin}", response_model=ProductView, response_model_exclude_none=True)
async def get_product(
    gtin: Gtin,
    door: AtDoor,
    activity: Recorder,
    visitor: Visitor,
    location_id: Annotated[
        LocationId | None, Query(description="The store whose shelf shows the barcode, where it was scanned")
    ] = None,
) -> dict[str, Any]:
    """A product by its barcode. With `location_id` it counts as scanned in that store, which is remembered."""
    settings = door.settings
    assert isinstance(settings, Settings)
    async with reading(door) as connection:
        product = await find_product(connection, None, gtin)
        if location_id is not None and not await connection.fetchval(SQL.read_location_id, location_id):
            raise Problem(
                422,
                "invalid",
                "The store is not known.",
                errors=[FieldError(parameter="location_id", detail="no location has this id")],
            )
    if location_id is not None:
        await activity.record(
            door,
            lambda activity_id, now: ProductScanned(
                activity_id=activity_id,
                visitor_id=visitor,
                channel=settings.channel,
                gtin=gtin,
                sku=product["sku"],
                location_id=location_id,
                occurred_at=now,
            ),
        )
    return product
