"""The carriers whose codes and labels are known here, one adapter each."""

from collections.abc import Mapping

from edge.domain.carriers.carrier import Carrier, CarrierCodeError, Label
from edge.domain.carriers.own_truck import OWN_TRUCK
from edge.domain.carriers.parcel_carrier import PARCEL_CARRIER

CARRIERS: Mapping[str, Carrier] = {carrier.name: carrier for carrier in (OWN_TRUCK, PARCEL_CARRIER)}
"""By name."""

__all__ = ["CARRIERS", "Carrier", "CarrierCodeError", "Label"]
