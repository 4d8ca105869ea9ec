"""Products and stores as shoppers see them."""

from typing import Annotated

from pydantic import BaseModel, Field

from edge.product_copy import ProductView
from edge.surroundings import LocationNear
from tsunagu.contracts.values import FulfilmentMethod


class ProductsFound(BaseModel):
    """Products that have the words, one of each style; the others of a style are its `variants`."""

    products: list[ProductView]
    more: Annotated[bool, Field(description="There are more than are shown")]


class ProductWithVariants(ProductView):
    """A product with the other sizes and colours of its style that are on sale."""

    variants: list[ProductView]
    ways: Annotated[list[FulfilmentMethod], Field(description="How it can be received")]


class StoresNear(BaseModel):
    """Stores and other places where shoppers may go, nearest first."""

    latitude: float
    longitude: float
    stores: list[LocationNear]
