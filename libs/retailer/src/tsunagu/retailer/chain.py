"""The whole synthetic retailer: places, lanes, products and opening stock, from a seed and sizes."""

from dataclasses import dataclass
from random import Random

from tsunagu.contracts.messages import Lane, Location, Product
from tsunagu.contracts.values import LocationKind
from tsunagu.retailer import catalogue, network, stock
from tsunagu.retailer.sizes import Sizes
from tsunagu.retailer.stock import Stock


@dataclass(frozen=True, slots=True)
class Chain:
    """A retailer at the beginning of a day."""

    locations: tuple[Location, ...]
    lanes: tuple[Lane, ...]
    products: tuple[Product, ...]
    stock: Stock

    @property
    def stores(self) -> tuple[Location, ...]:
        """The places with tills."""
        return tuple(place for place in self.locations if place.kind is LocationKind.STORE)

    @property
    def pickup_places(self) -> tuple[Location, ...]:
        """The places where shoppers can fetch an order."""
        return tuple(place for place in self.locations if place.pickup_enabled)


def build_chain(seed: int, sizes: Sizes, version: int = 1) -> Chain:
    """The retailer of a seed; the same seed and sizes give the same one.

    `version` is that of the state messages: a later load of the same places must have a higher one.
    """
    places = network.locations(sizes.stores, Random(f"{seed}:network"), version)
    products = catalogue.products(sizes.skus, Random(f"{seed}:catalogue"), version)
    opening = stock.opening_stock(places, products, Random(f"{seed}:stock"))
    return Chain(places, network.lanes(places, version), products, opening)
