"""Who buys, where, and what: the choices that orders and till sales share."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random

from tsunagu.contracts.messages import Location, Product
from tsunagu.retailer.catalogue import TAX_PERCENT
from tsunagu.retailer.intentions import WEBSHOP, Item

LINES_MAX = 3
"""Different SKUs in one purchase; three pieces of clothing are a full bag."""

_TRIES = 8  # draws for a SKU that a shelf has; after them the shopper takes fewer
_CARD_SHARE = 0.7  # customers who show their card at the till


class Crowd:
    """The customers by their number: each has a home store, a card, an EC account and a device."""

    def __init__(self, seed: int, stores: Sequence[Location]) -> None:
        self._seed = seed
        self._stores = stores
        # The larger city comes first, and has more customers.
        self._weights = list(accumulate(1 / (place + 3) for place in range(len(stores))))

    def home(self, customer: int) -> Location:
        """The store where the customer mostly goes."""
        place = Random(f"{self._seed}:home:{customer}").random() * self._weights[-1]
        return self._stores[bisect_left(self._weights, place)]

    def card(self, customer: int) -> str | None:
        """The member card; some have none."""
        has_card = Random(f"{self._seed}:card:{customer}").random() < _CARD_SHARE
        return f"card:{4_900_000_000 + customer}" if has_card else None

    def account(self, customer: int, channel: str) -> str:
        """The EC account, the web shop's, or the device of the app."""
        return f"{channel if channel in ('ec', WEBSHOP) else 'device'}:{100_000 + customer}"


class Assortment:
    """The products with how much they are wanted: the n-th is bought 1/n as often as the first (Zipf)."""

    def __init__(self, products: Sequence[Product], rng: Random) -> None:
        self._products = list(products)
        rng.shuffle(self._products)
        self._weights = list(accumulate(1 / (place + 5) for place in range(len(self._products))))

    def basket(self, units: int, rng: Random, may_take: Callable[[str], int]) -> tuple[Item, ...]:
        """`units` pieces in a few lines. `may_take` says how many pieces of a SKU can be taken; 0 tries another."""
        lines = rng.randint(1, min(units, LINES_MAX))
        counts = [units // lines + (1 if place < units % lines else 0) for place in range(lines)]
        items: dict[str, Item] = {}
        for count in counts:
            for _ in range(_TRIES):
                product = self._draw(rng)
                quantity = min(count, may_take(product.sku))
                if quantity > 0 and product.sku not in items:
                    items[product.sku] = Item(
                        product.sku, quantity, product.price_jpy, TAX_PERCENT[product.tax_class]
                    )
                    break
        return tuple(items.values())

    def _draw(self, rng: Random) -> Product:
        return self._products[bisect_left(self._weights, rng.random() * self._weights[-1])]
