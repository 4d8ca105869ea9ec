"""What travels together between two locations."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.message import State
from tsunagu.contracts.values import (
    DOCUMENT_LINES_MAX,
    Id,
    Instant,
    LocationId,
    Name,
    ShipmentPart,
    ShipmentState,
    ShipmentTracking,
    Yen,
)


class Shipment(State):
    """All transfers of one lane that leave with the same departure: one truck, one cost, one carrier to ask."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.shipment.v1"
    KEY: ClassVar[tuple[str, ...]] = ("shipment_id",)

    shipment_id: Id
    from_location_id: LocationId
    to_location_id: LocationId
    carrier: Name
    owner: Name
    """The department that answers for it and has its cost."""
    ship_by: Instant
    arrive_by: Instant
    state: ShipmentState
    left_at: Instant | None = None
    """When the first of it left; the cost is booked for that day."""
    cost_jpy: Yen
    """Cost of the journey, once for all transfers."""
    transfers: Annotated[tuple[ShipmentPart, ...], Field(max_length=DOCUMENT_LINES_MAX)]
    """Those that are not cancelled. Once it has left, their shares add up to `cost_jpy`."""
    tracking: ShipmentTracking | None = None
