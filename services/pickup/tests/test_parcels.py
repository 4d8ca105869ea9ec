"""Parcels to shoppers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pickup.retelling import open_keys
from tsunagu.contracts.messages import (
    CommandAccepted,
    ConfirmDelivery,
    ParcelDelivered,
    ParcelEnded,
    ParcelShipped,
    ParcelTracked,
    PickCancelled,
    PickRequested,
    PickupReady,
    ReportTracking,
    ShipParcel,
    Task,
)
from tsunagu.contracts.values import FulfilmentMethod, ParcelEnd, PickedLine, TaskState, TrackingStatus
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


def tracked(order: Any, status: TrackingStatus, **other: Any) -> ReportTracking:
    values = {
        "tracking_id": f"{status}-{order.order_id}",
        "parcel_id": f"parcel-{order.order_id}",
        "order_id": order.order_id,
        "status": status,
        "occurred_at": datetime.now(UTC),
    }
    return ReportTracking(**{**values, **other})


async def goods(pickup: Harness, order: Any) -> dict[str, int]:
    """The order's pieces by state."""
    rows = await pickup.connection.fetch(
        "SELECT state, sum(pieces)::int AS pieces FROM goods WHERE work_id = $1 AND pieces > 0 GROUP BY state",
        order.order_id,
    )
    return {row["state"]: row["pieces"] for row in rows}


async def sent_parcel(pickup: Harness, a: Any) -> Any:
    """An order of which all is in one parcel."""
    order = a.order(method=FulfilmentMethod.SHIP, source=a.warehouse)
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    await pickup.deliver(ship(order))
    return order


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
    seen = tracked(order, TrackingStatus.OUT_FOR_DELIVERY)
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


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(TrackingStatus.LOST, ParcelEnd.LOST), (TrackingStatus.RETURNED, ParcelEnd.RETURNED)],
)
async def test_parcel__lost_or_back__has_ended_once_and_is_no_work_any_more(
    pickup: Harness, a: Any, status: TrackingStatus, outcome: ParcelEnd
) -> None:
    order = await sent_parcel(pickup, a)
    out = await pickup.deliver(tracked(order, status))
    assert only(out, ParcelTracked).status is status
    ended = only(out, ParcelEnded)
    assert (ended.outcome, ended.location_id, ended.group_id) == (outcome, a.warehouse, "g1")
    assert [(line.line_id, line.quantity, line.allocation_id) for line in ended.lines] == [("l1", 1, "a1")]
    assert await goods(pickup, order) == {"undelivered": 1}
    again = await pickup.deliver(tracked(order, status, tracking_id="again"))
    assert [type(message) for message in again] == [ParcelTracked]
    assert await open_keys(pickup.connection, [order.order_id]) == set()
    assert await pickup.deliver(order.cancelled()) == []


async def test_parcel__on_its_way_back__has_not_ended(pickup: Harness, a: Any) -> None:
    order = await sent_parcel(pickup, a)
    assert not all_of(await pickup.deliver(tracked(order, TrackingStatus.RETURNING)), ParcelEnded)
    assert await goods(pickup, order) == {"parcelled": 1}


async def test_parcel__lost_and_back_after_all__is_told_and_its_goods_stay_where_they_are(
    pickup: Harness, a: Any
) -> None:
    order = await sent_parcel(pickup, a)
    await pickup.deliver(tracked(order, TrackingStatus.LOST))
    back = only(await pickup.deliver(tracked(order, TrackingStatus.RETURNED)), ParcelEnded)
    assert (back.outcome, [line.quantity for line in back.lines]) == (ParcelEnd.RETURNED, [1])
    late = await pickup.deliver(tracked(order, TrackingStatus.LOST, tracking_id="late"))
    assert not all_of(late, ParcelEnded)
    assert await goods(pickup, order) == {"undelivered": 1}


async def test_parcel__lost_and_delivered_after_all__is_delivered_after_close(
    pickup: Harness, a: Any
) -> None:
    order = await sent_parcel(pickup, a)
    await pickup.deliver(tracked(order, TrackingStatus.LOST))
    arrived = only(await pickup.deliver(delivered(order)), ParcelDelivered)
    assert (arrived.after_close, [line.quantity for line in arrived.lines]) == (True, [1])
    assert await goods(pickup, order) == {"arrived_late": 1}


async def test_parcel__delivered_and_reported_lost_later__stays_delivered(pickup: Harness, a: Any) -> None:
    order = await sent_parcel(pickup, a)
    await pickup.deliver(delivered(order))
    assert not all_of(await pickup.deliver(tracked(order, TrackingStatus.LOST)), ParcelEnded)
    assert await goods(pickup, order) == {"parcelled": 1}


@pytest.mark.parametrize("status", [TrackingStatus.DELIVERED, TrackingStatus.LEFT_AT_DOOR])
async def test_parcel__arrived_by_the_carriers_status__is_delivered_once(
    pickup: Harness, a: Any, status: TrackingStatus
) -> None:
    order = await sent_parcel(pickup, a)
    fact = tracked(order, status)
    out = await pickup.deliver(fact)
    assert (only(out, ParcelTracked).status, only(out, ParcelTracked).tracking_id) == (
        status,
        fact.tracking_id,
    )
    arrived = only(out, ParcelDelivered)
    assert ([line.quantity for line in arrived.lines], arrived.occurred_at) == ([1], fact.occurred_at)
    again = await pickup.deliver(tracked(order, status, tracking_id="again"))
    assert [type(message) for message in again] == [ParcelTracked]
    confirmed = delivered(order)
    assert only(await pickup.deliver(confirmed), CommandAccepted).command_id == confirmed.confirmation_id
    assert await open_keys(pickup.connection, [order.order_id]) == set()


async def test_parcel__nobody_was_there__when_it_comes_again_is_passed_on(pickup: Harness, a: Any) -> None:
    order = await sent_parcel(pickup, a)
    again_at = datetime(2026, 4, 2, 9, tzinfo=UTC)
    fact = tracked(order, TrackingStatus.ATTEMPTED, redelivery_at=again_at, time_band="h18_20")
    seen = only(await pickup.deliver(fact), ParcelTracked)
    assert (seen.redelivery_at, seen.time_band) == (again_at, "h18_20")
    assert await goods(pickup, order) == {"parcelled": 1}


async def test_lost__before_it_is_known_to_be_shipped__waits_for_it(pickup: Harness, a: Any) -> None:
    order = a.order(method=FulfilmentMethod.SHIP, source=a.warehouse)
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    assert await pickup.deliver(tracked(order, TrackingStatus.LOST)) == []
    out = await pickup.deliver(ship(order))
    assert [type(message) for message in out if isinstance(message, ParcelShipped | ParcelEnded)] == [
        ParcelShipped,
        ParcelEnded,
    ]
