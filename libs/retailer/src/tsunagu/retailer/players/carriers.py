"""Carriers between places: they say where a shipment is, once it has left."""

import asyncio

from tsunagu.contracts.messages import ReportShipmentTracking, Shipment
from tsunagu.contracts.topics import PICKUP_SHIPMENTS
from tsunagu.contracts.values import TrackingStatus
from tsunagu.retailer.stage import Stage

SCAN_SECONDS = 0.5
"""Between two scans of a carrier."""


class Carriers:
    """All that drive for the retailer."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._under_way: set[str] = set()
        stage.news.listen(PICKUP_SHIPMENTS, Shipment, self._hear)

    def _hear(self, shipment: Shipment) -> None:
        if shipment.left_at is not None and shipment.shipment_id not in self._under_way:
            self._under_way.add(shipment.shipment_id)
            self._stage.begin(self._drive(shipment))

    async def _drive(self, shipment: Shipment) -> None:
        for status in (TrackingStatus.IN_TRANSIT, TrackingStatus.DELIVERED):
            await asyncio.sleep(SCAN_SECONDS)
            seen = ReportShipmentTracking(
                tracking_id=f"{self._stage.run_id}:{shipment.shipment_id}:{status}",
                shipment_id=shipment.shipment_id,
                location_id=shipment.from_location_id,
                status=status,
                occurred_at=self._stage.clock.now,
            )
            await self._stage.kafka.send(seen, "carrier/teiki")
