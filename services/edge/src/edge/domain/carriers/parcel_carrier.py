"""A parcel carrier as they are in Japan: numbers of twelve digits, time bands, redelivery, parcels left at the door.

Its codes are a carrier's own business: a contract with another one is another file like this.
"""

import re

from edge.domain.carriers.carrier import Carrier, CarrierCodeError
from tsunagu.contracts.values import TrackingStatus

_NUMBER = re.compile(r"[0-9]{12}")
_CHECK_MODULUS = 7  # "7DR": the last digit is what the eleven before it leave when divided by seven


def _barcode(tracking_number: str) -> tuple[str, str]:
    """Codabar (NW-7) with its start and stop characters, as carriers' sorting machines read it."""
    if _NUMBER.fullmatch(tracking_number) is None:
        raise CarrierCodeError("A tracking number of this carrier has twelve digits.")
    digits, check = int(tracking_number[:11]), int(tracking_number[11])
    if digits % _CHECK_MODULUS != check:
        raise CarrierCodeError("The last digit of the tracking number does not fit: a digit is wrong.")
    return f"a{tracking_number}a", "codabar"


PARCEL_CARRIER = Carrier(
    name="parcel-carrier",
    statuses={
        "10": TrackingStatus.ACCEPTED,
        "20": TrackingStatus.IN_TRANSIT,
        "30": TrackingStatus.OUT_FOR_DELIVERY,
        "40": TrackingStatus.ATTEMPTED,
        "41": TrackingStatus.HELD_AT_DEPOT,
        "50": TrackingStatus.DELIVERED,
        "51": TrackingStatus.LEFT_AT_DOOR,
        "60": TrackingStatus.RETURNING,
        "61": TrackingStatus.RETURNED,
        "90": TrackingStatus.LOST,
    },
    barcode_of=_barcode,
    time_bands={
        "morning": "0812",
        "h14_16": "1416",
        "h16_18": "1618",
        "h18_20": "1820",
        "h19_21": "1921",
    },
)
