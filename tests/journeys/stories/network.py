"""The places, ways and products of all stories. Each takes some that no other has, so that all share one stack."""

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import Lane, Location, Product

STORES_MAX = 40
SKUS_MAX = 40
WINDOW_HOURS = 24
"""How long goods wait in most stores: no story lasts so long."""

DEPOT = "W01"
"""A warehouse with a lane to every store."""
HURRIED = "H01"
"""A store without a window of its own: the setting's is seconds long."""
REMINDING = "R01"
"""A store whose window is so long that the reminder is due some seconds after goods are ready."""
REMINDING_WINDOW_HOURS = 1

AREA = "kanto"
"""Of all stores."""

LANE_COST_JPY = 800
PRICE_JPY = 1980

STORES = tuple(f"S{number:02}" for number in range(STORES_MAX))
SKUS = tuple(f"SKU-{number:02}" for number in range(SKUS_MAX))


def barcode_of(sku: str) -> str:
    """What stands on the goods."""
    return f"49012345{SKUS.index(sku):05}"


def master_data() -> list[Message]:
    """What headquarters publish before anything happens."""
    stores = [_place(store, number, WINDOW_HOURS) for number, store in enumerate(STORES)]
    others = [
        _place(HURRIED, STORES_MAX, None),
        _place(REMINDING, STORES_MAX + 1, REMINDING_WINDOW_HOURS),
        _place(DEPOT, STORES_MAX + 2, None, kind="warehouse"),
    ]
    return [*stores, *others, *(_lane(store) for store in STORES), *(_product(sku) for sku in SKUS)]


def _place(location_id: str, number: int, window_hours: int | None, kind: str = "store") -> Location:
    return Location.model_validate(
        {
            "location_id": location_id,
            "version": 1,
            "name_ja": f"{location_id}店",
            "name_en": f"Store {location_id}",
            "company_id": "C1",
            "kind": kind,
            "prefecture": "JP-13",
            "city": "渋谷区",
            "address": "1-1",
            "latitude": 35.5 + number / 100,
            "longitude": 139.7,
            "pickup_enabled": kind == "store",
            # So much that no hour of the day is ever full: the outcome depends on none.
            "pick_minutes_per_day": 100_000,
            "pickup_window_hours": window_hours,
            "area": AREA,
        }
    )


def _lane(store: str) -> Lane:
    return Lane.model_validate(
        {
            "version": 1,
            "from_location_id": DEPOT,
            "to_location_id": store,
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "cut_off": "23:59",
            # A day and more: at no hour of the day does a transfer begin with the warning that it may be late.
            "transit_days": 2,
            "carrier": "own-truck",
            "cost_jpy": LANE_COST_JPY,
            "owner": "物流部",
        }
    )


def _product(sku: str) -> Product:
    return Product(
        sku=sku,
        version=1,
        gtins=(barcode_of(sku),),
        style_id=sku,
        name_ja="シャツ",
        name_en="Shirt",
        category="shirts",
        price_jpy=PRICE_JPY,
        tax_class="standard",
        active=True,
    )
