"""The retailer's own truck run: drivers scan where they leave and where they arrive."""

from edge.domain.carriers.carrier import Carrier
from tsunagu.contracts.values import TrackingStatus


def _barcode(tracking_number: str) -> tuple[str, str]:
    """Any id will do: a driver's device reads QR codes."""
    return tracking_number, "qr"


OWN_TRUCK = Carrier(
    name="own-truck",
    statuses={
        "loaded": TrackingStatus.ACCEPTED,
        "departed": TrackingStatus.IN_TRANSIT,
        "arrived": TrackingStatus.DELIVERED,
        "turned_back": TrackingStatus.RETURNING,
        "back": TrackingStatus.RETURNED,
    },
    barcode_of=_barcode,
)
