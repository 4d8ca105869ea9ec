"""Parcels to shoppers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tsunagu.contracts.messages import (
    ConfirmDelivery,
    ParcelDelivered,
    ParcelShipped,
    ParcelTracked,
    PickCancelled,
    PickRequested,
    PickupReady,
    ReportTracking,
    ShipParcel,
    Task,
)
from tsunagu.contracts.values import FulfilmentMethod, PickedLine, TaskState, TrackingStatus
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = pytest.mark.component


def ship(order: Any, **other: Any) -> ShipParcel:
    values = {
        "parcel_id": f"parcel-{order.order_id}",
        "order_id": order.order_id,
        "location_id": order.source,
        "carrier": "Yamabiko",
        "lines": tuple(
            PickedLine(line_id=line.line_id, sku=line.sku, quantity=line.quantity) for line in order.lines()
        ),
        "occurred_at": datetime.now(UTC),
    }
    return ShipParcel(**{**values, **other})


def delivered(order: Any) -> ConfirmDelivery:
    return ConfirmDelivery(
        confirmation_id=f"delivery-{order.order_id}",
        parcel_id=f"parcel-{order.order_id}",
        order_id=order.order_id,
        occurred_at=datetime.now(UTC),
    )


async def test_parcel__picked_shipped_tracked_delivered(pickup: Harness, a: Any) -> None:
    order = a.order(method=FulfilmentMethod.SHIP, source=a.warehouse)
    asked = only(await pickup.deliver(order.confirmed()), PickRequested)
    assert (asked.location_id, asked.destination_id, asked.transfer_id) == (a.warehouse, None, None)
    picked = await pickup.deliver(order.pick())
    assert not all_of(picked, PickupReady)
    assert {task.kind for task in all_of(picked, Task)} == {"pick", "ship_parcel"}
    sent = await pickup.deliver(ship(order))
    shipped = only(sent, ParcelShipped)
    assert [(line.line_id, line.quantity, line.allocation_id) for line in shipped.lines] == [("l1", 1, "a1")]
    assert (shipped.group_id, shipped.after_close) == ("g1", False)
    assert only(sent, Task).state is TaskState.DONE
    seen = ReportTracking(
        tracking_id="t1",
        parcel_id=shipped.parcel_id,
        order_id=order.order_id,
        status=TrackingStatus.OUT_FOR_DELIVERY,
        occurred_at=datetime.now(UTC),
    )
    assert only(await pickup.deliver(seen), ParcelTracked).status is TrackingStatus.OUT_FOR_DELIVERY
    arrived = only(await pickup.deliver(delivered(order)), ParcelDelivered)
    assert (arrived.lines, arrived.location_id) == (shipped.lines, a.warehouse)


async def test_delivered__before_it_is_known_to_be_shipped__waits_for_it(pickup: Harness, a: Any) -> None:
    order = a.order(method=FulfilmentMethod.SHIP, source=a.warehouse)
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    assert await pickup.deliver(delivered(order)) == []
    out = await pickup.deliver(ship(order))
    assert [type(message) for message in out if isinstance(message, ParcelShipped | ParcelDelivered)] == [
        ParcelShipped,
        ParcelDelivered,
    ]


async def test_parcel__that_leaves_after_the_cancel__is_booked_after_close(pickup: Harness, a: Any) -> None:
    order = a.order(method=FulfilmentMethod.SHIP, source=a.warehouse)
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    only(await pickup.deliver(order.cancel_requested()), PickCancelled)
    assert only(await pickup.deliver(ship(order)), ParcelShipped).after_close
