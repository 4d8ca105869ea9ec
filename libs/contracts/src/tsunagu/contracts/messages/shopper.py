"""What shoppers do before they buy."""

from typing import ClassVar

from tsunagu.contracts.message import ReportedFact
from tsunagu.contracts.values import Channel, Count, Gtin, Id, LocationId, PersonRef, Prefecture, Ref


class ShopperActivity(ReportedFact):
    """A visitor of a channel did something; `device_id` is a kiosk's or staff's, never the shopper's own."""

    KEY: ClassVar[tuple[str, ...]] = ("visitor_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("activity_id",)

    activity_id: Id
    visitor_id: Ref
    channel: Channel
    customer_ref: PersonRef | None = None


class ProductViewed(ShopperActivity):
    """A visitor looked at a product."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.shopper.product_viewed.v1"

    sku: Id
    location_id: LocationId | None = None


class ProductScanned(ShopperActivity):
    """A visitor scanned a barcode on a shelf; the store that showed it is remembered."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.shopper.product_scanned.v1"

    gtin: Gtin
    sku: Id | None = None
    location_id: LocationId


class StockLookedUp(ShopperActivity):
    """A visitor asked which stores have a product."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.shopper.stock_looked_up.v1"

    sku: Id
    prefecture: Prefecture | None = None
    location_id: LocationId | None = None
    """The store it was asked for or from."""
    locations_found: Count
    """How many of the shown stores had it."""
