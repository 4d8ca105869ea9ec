"""Goods travel: planned by a lane, in a shipment that its carrier tracks; and some arrive that nobody had sent."""

import httpx
import pytest
from tests.journeys.stories.acts import handover, place, work
from tests.journeys.stories.network import DEPOT, LANE_COST_JPY
from tests.journeys.stories.outside import Outside, now

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.topics import PICKUP_SHIPMENTS
from tsunagu.contracts.values import (
    ReceiptKind,
    Resolution,
    ShipmentState,
    TrackingStatus,
    TransferLine,
    TransferReceiptLine,
)

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


async def test_transfer__by_a_lane__is_shipped_tracked_received_and_collected(
    outside: Outside, carrier_key: str
) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({DEPOT: 1})
    order_id = await place(outside, store, shirt)
    planned = await outside.heard(m.TransferPlanned, order_id=order_id)
    assert (planned.carrier, planned.owner, planned.cost_jpy) == ("own-truck", "物流部", LANE_COST_JPY)
    await work(outside, "pick", order_id=order_id, location_id=DEPOT)
    await work(outside, "ship_transfer", order_id=order_id)
    await outside.heard(m.TransferShipped, order_id=order_id)

    def of_the_transfer(shipment: m.Shipment) -> bool:
        return shipment.shipment_id == planned.shipment_id

    left = await outside.state(
        PICKUP_SHIPMENTS,
        lambda shipment: of_the_transfer(shipment) and shipment.state is ShipmentState.SHIPPED,
        "the shipment has left",
    )
    assert [(part.transfer_id, part.cost_jpy) for part in left.transfers] == [
        (planned.transfer_id, LANE_COST_JPY)
    ]
    async with httpx.AsyncClient(base_url=outside.addresses.http["edge-partner"], timeout=10) as carrier:
        answer = await carrier.post(
            "/v1/carrier/shipment-events",
            headers={"Authorization": f"Bearer {carrier_key}"},
            json={
                "event_id": uuid7(),
                "code": "arrived",
                "at": now().isoformat(),
                "shipment_id": planned.shipment_id,
                "location_id": DEPOT,
            },
        )
    assert answer.status_code == 202, answer.text
    await outside.state(
        PICKUP_SHIPMENTS,
        lambda shipment: (
            of_the_transfer(shipment)
            and shipment.tracking is not None
            and shipment.tracking.status is TrackingStatus.DELIVERED
            and shipment.state is ShipmentState.SHIPPED
        ),
        "the carrier says that it has arrived, and nobody has counted it in",
    )
    await work(outside, "receive_transfer", order_id=order_id)
    await outside.heard(m.OrderReady, order_id=order_id, location_id=store)
    await outside.send(handover(order_id, store))

    await outside.told(
        order_id,
        {
            "order": ["OrderPlaced", "OrderConfirmed", "OrderReady", "OrderCompleted"],
            "pickup": [
                "TransferPlanned",
                "PickRequested",
                "PickCompleted",
                "TransferShipped",
                "TransferReceived",
                "PickupReady",
                "PickupCollected",
            ],
            "inventory": ["StockReserved", "StockReceived", "StockIssued"],
        },
    )
    await outside.state(
        PICKUP_SHIPMENTS,
        lambda shipment: of_the_transfer(shipment) and shipment.state is ShipmentState.RECEIVED,
        "all of the shipment has arrived",
    )


async def test_receipt__of_a_transfer_that_nobody_knows__is_booked_apart_until_somebody_has_settled_it(
    outside: Outside,
) -> None:
    store, transfer_id = outside.a_store(), uuid7()
    shirt = await outside.a_sku({store: 1})
    await outside.send(_receipt(transfer_id, store, shirt))

    unmatched = await outside.heard(m.WorkUnmatched, transfer_id=transfer_id)
    assert [(piece.sku, piece.quantity) for piece in unmatched.arrived] == [(shirt, 1)]
    task = await outside.task("discrepancy", location_id=store)
    await outside.available(store, shirt, 1)
    await outside.send(
        m.SettleDiscrepancy(
            settlement_id=uuid7(),
            discrepancy_id=task.task_id,
            location_id=store,
            resolution=Resolution.ACCEPT,
            occurred_at=now(),
        )
    )
    await outside.available(store, shirt, 2)


async def test_receipt__of_a_transfer_that_nobody_shipped__is_booked_and_where_it_came_from_has_to_look(
    outside: Outside,
) -> None:
    origin, store, transfer_id = outside.a_store(), outside.a_store(), uuid7()
    shirt = await outside.a_sku({origin: 1, store: 1})
    await outside.send(
        m.PlanTransfer(
            transfer_id=transfer_id,
            from_location_id=origin,
            to_location_id=store,
            lines=(TransferLine(line_id="1", sku=shirt, quantity=1),),
            occurred_at=now(),
        )
    )
    await outside.heard(m.TransferPlanned, transfer_id=transfer_id)
    await outside.send(_receipt(transfer_id, store, shirt))

    received = await outside.heard(m.StockReceived, location_id=store, kind=ReceiptKind.TRANSFER)
    assert [(line.sku, line.quantity) for line in received.lines] == [(shirt, 1)]
    await outside.available(store, shirt, 2)
    await outside.available(origin, shirt, 0)
    await outside.task("discrepancy", location_id=origin)


def _receipt(transfer_id: str, store: str, sku: str) -> m.ReceiveTransfer:
    return m.ReceiveTransfer(
        receiving_id=uuid7(),
        transfer_id=transfer_id,
        location_id=store,
        lines=(TransferReceiptLine(line_id="1", sku=sku, shipped=1, received=1),),
        complete=True,
        occurred_at=now(),
    )
