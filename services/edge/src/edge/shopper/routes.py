"""What shoppers may ask of the stock: which stores near them have a product."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from edge.shopper.activity import activity_of
from edge.shopper.guest import Visit, visitor_fields
from edge.shopper.slowing import slow_down
from edge.stock_lookup import StockNear, Wanted, lookup_of
from edge.web_app import door_of, reading
from tsunagu.contracts.messages import StockLookedUp

router = APIRouter(tags=["stock"])


# Asked far more often than all else, it has no dependencies: FastAPI takes longer for each of them than the look into
# the copy takes (stock_lookup in tests/bench).
@router.get("/v1/stock", response_model=StockNear)
async def get_stock(request: Request, wanted: Annotated[Wanted, Query()]) -> Response:
    """Which stores near a place have a product, nearest first, in bands: plenty, available, few, none."""
    await slow_down(request)
    door = door_of(request)
    async with reading(door) as connection:
        found = await lookup_of(request).near(connection, wanted)
    response = found.response()
    visitor = visitor_fields(Visit(request, response).guest())
    await activity_of(request).record(
        door,
        lambda said: StockLookedUp(
            **said, **visitor, sku=found.sku, locations_found=found.locations_having_it
        ),
    )
    return response
