"""What a small retailer has before anything happens: its shops with their lanes, and its goods."""

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message

STORES, DEPOT = ("ginza", "shibuya", "ueno"), "depot"
LOCATIONS = (*STORES, DEPOT)
OUTLET = "outlet"
"""A store that sells before anybody has announced it."""

SKUS = ("coat", "scarf", "cup", "sock")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def master_data() -> list[Message]:
    """Locations, lanes and products, in the order in which they are announced."""
    messages: list[Message] = [location(name, north) for north, name in enumerate(LOCATIONS)]
    messages += [_lane(one, other) for one in LOCATIONS for other in STORES if one != other]
    messages += [_product(sku) for sku in SKUS]
    return messages


def location(name: str, north: int) -> m.Location:
    """A location; goods can be fetched at a store of STORES."""
    return m.Location.model_validate(
        {
            "location_id": name, "version": 1, "name_ja": name, "name_en": name, "company_id": "retail",
            "kind": "warehouse" if name == DEPOT else "store", "prefecture": "JP-13", "city": "千代田区",
            "address": "1-1", "latitude": 35.68 + north / 100, "longitude": 139.76, "pickup_enabled": name in STORES,
            "pick_minutes_per_day": 600,
        }
    )  # fmt: skip


def _lane(one: str, other: str) -> m.Lane:
    return m.Lane.model_validate(
        {
            "from_location_id": one, "to_location_id": other, "version": 1, "days": _DAYS, "cut_off": "12:00",
            "transit_days": 1, "carrier": "truck", "cost_jpy": 500, "owner": "logistics",
        }
    )  # fmt: skip


def _product(sku: str) -> m.Product:
    return m.Product.model_validate(
        {
            "sku": sku, "version": 1, "style_id": sku, "name_ja": sku, "name_en": sku, "category": "goods",
            "price_jpy": 1100, "tax_class": "standard", "active": True,
        }
    )  # fmt: skip
