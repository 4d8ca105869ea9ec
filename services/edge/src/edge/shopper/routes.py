"""What shoppers may ask of the stock: which stores near them have a product."""

from fastapi import APIRouter, Depends, Response

from edge.shopper.activity import Recorder
from edge.shopper.guest import AVisit, visitor_fields
from edge.shopper.slowing import slow_down
from edge.stock_lookup import (
    ALookup,
    InStockOnly,
    Limit,
    Near,
    OptionalGtin,
    OptionalSku,
    StockNear,
    Wanted,
)
from edge.web_app import AtDoor, reading
from tsunagu.contracts.messages import StockLookedUp

router = APIRouter(dependencies=[Depends(slow_down)], tags=["stock"])


@router.get("/v1/stock", response_model=StockNear)
async def get_stock(
    door: AtDoor,
    activity: Recorder,
    visit: AVisit,
    lookup: ALookup,
    near: Near,
    sku: OptionalSku = None,
    gtin: OptionalGtin = None,
    limit: Limit = None,
    in_stock_only: InStockOnly = False,
) -> Response:
    """Which stores near a place have a product, nearest first, in bands: plenty, available, few, none."""
    wanted = Wanted(sku, gtin, near, limit, in_stock_only)
    async with reading(door) as connection:
        found = await lookup.near(connection, wanted)
    visitor = visitor_fields(visit.guest())
    await activity.record(
        door,
        lambda said: StockLookedUp(
            **said, **visitor, sku=found.sku, locations_found=found.locations_having_it
        ),
    )
    return found.response()
