"""Opening stock: what each place has of each SKU, and the deliveries that say so."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random

from tsunagu.contracts.messages import Location, Product, ReceiveStock
from tsunagu.contracts.values import LocationKind, ReceivedLine

DELIVERY_LINES_MAX = 200
"""Lines of one delivery: a lorry's worth, so that loading is many documents and not one."""

SCARCE_SHARE = 0.04
"""SKUs of which there is hardly any: orders and tills compete for them."""

ABSENT_SHARE = 0.15
"""SKUs that a store does not have: they come from elsewhere."""

_STORE_MEAN = 7  # pieces of a SKU in a store, where it has any
_WAREHOUSE_FROM, _WAREHOUSE_TO = 30, 90

Stock = Mapping[str, Mapping[str, int]]
"""Pieces by location and SKU; what is not there is not named."""


def opening_stock(places: Sequence[Location], products: Sequence[Product], rng: Random) -> Stock:
    """What every store and warehouse has at the beginning. Pickup points keep no stock."""
    scarce = {each.sku for each in products if rng.random() < SCARCE_SHARE}
    stock: dict[str, dict[str, int]] = {}
    for place in places:
        if place.kind is LocationKind.PICKUP_POINT:
            continue
        pieces = {}
        for each in products:
            count = _pieces(place.kind, each.sku in scarce, rng)
            if count:
                pieces[each.sku] = count
        stock[place.location_id] = pieces
    return stock


def _pieces(kind: LocationKind, is_scarce: bool, rng: Random) -> int:
    if is_scarce:
        return rng.choice((0, 0, 0, 1, 1, 2)) if kind is LocationKind.STORE else rng.randint(0, 2)
    if kind is LocationKind.WAREHOUSE:
        return rng.randint(_WAREHOUSE_FROM, _WAREHOUSE_TO)
    if rng.random() < ABSENT_SHARE:
        return 0
    return 1 + min(40, int(rng.expovariate(1 / _STORE_MEAN)))


def deliveries(stock: Stock, run_id: str, now: datetime) -> list[ReceiveStock]:
    """The opening stock as deliveries from the supplier; `run_id` tells those of different runs apart."""
    found = []
    for location_id, pieces in stock.items():
        lines = [ReceivedLine(sku=sku, quantity=count) for sku, count in pieces.items()]
        for part, start in enumerate(range(0, len(lines), DELIVERY_LINES_MAX), start=1):
            found.append(
                ReceiveStock(
                    occurred_at=now,
                    delivery_id=f"{run_id}-opening-{location_id}-{part}",
                    location_id=location_id,
                    supplier_id="opening",
                    lines=tuple(lines[start : start + DELIVERY_LINES_MAX]),
                )
            )
    return found
