"""Stock near a place, and products, from edge's own copy."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from edge.product_copy import ProductView, find_product
from edge.stock_lookup import StockNear, Wanted, lookup_of
from edge.web_app import AtDoor, Holder, reading
from tsunagu.contracts.values import Id

router = APIRouter(tags=["stock"])


@router.get("/v1/stock", response_model=StockNear)
async def get_stock(
    request: Request, door: AtDoor, _: Holder, wanted: Annotated[Wanted, Query()]
) -> Response:
    """Where a product is, nearest first, in bands: plenty, available, few, none."""
    async with reading(door) as connection:
        found = await lookup_of(request).near(connection, wanted)
    return found.response()


@router.get("/v1/products/{sku_or_gtin}", response_model=ProductView, response_model_exclude_none=True)
async def get_product(
    sku_or_gtin: Annotated[Id, Path(description="A SKU, or a barcode of 8 or 12 to 14 digits")],
    door: AtDoor,
    _: Holder,
) -> dict[str, Any]:
    """A product by SKU or barcode."""
    async with reading(door) as connection:
        return await find_product(connection, sku_or_gtin, sku_or_gtin)
