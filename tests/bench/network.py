"""What headquarters say of the stores and goods that `queries.sql` makes: every service gets its copy."""

from collections.abc import Iterator

from tsunagu.contracts.messages import Lane, Location, Product
from tsunagu.contracts.values import LocationKind, TaxClass, Weekday

from .stock import LANES_PER_STORE

VERSION = 2  # the template's rows are of version 1
PICK_MINUTES_PER_DAY = 100_000  # no store is ever full: what comes of an order depends on no hour
CATEGORY = "everything"


def locations(stores: int) -> Iterator[Location]:
    """Stores S1, S2 … in a row, open all day."""
    for number in range(1, stores + 1):
        yield Location(
            location_id=f"S{number}",
            version=VERSION,
            name_ja=f"店{number}",
            name_en=f"Store {number}",
            company_id="C1",
            kind=LocationKind.STORE,
            prefecture="JP-13",
            city="Tokyo",
            address=f"1-1-{number}",
            latitude=35.0 + number * 0.001,
            longitude=139.0 + number * 0.001,
            pickup_enabled=True,
            pick_minutes_per_day=PICK_MINUTES_PER_DAY,
            walking_order=(CATEGORY,),
        )


def lanes(stores: int) -> Iterator[Lane]:
    """To each store from those that follow it in the row, which ends where it begins."""
    for store in range(1, stores + 1):
        for step in range(1, min(LANES_PER_STORE, stores - 1) + 1):
            yield Lane(
                version=VERSION,
                from_location_id=f"S{(store + step - 1) % stores + 1}",
                to_location_id=f"S{store}",
                days=tuple(Weekday),
                cut_off="20:00",
                carrier="Yamabiko",
                cost_jpy=500,
                owner="logistics",
            )


def products(skus: int) -> Iterator[Product]:
    """SKUs K1, K2 …."""
    for number in range(1, skus + 1):
        yield Product(
            sku=f"K{number}",
            version=VERSION,
            style_id=f"K{number}",
            name_ja=f"商品{number}",
            name_en=f"Product {number}",
            category=CATEGORY,
            price_jpy=1_000,
            tax_class=TaxClass.STANDARD,
            active=True,
        )
