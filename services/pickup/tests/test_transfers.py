"""Goods between locations: late news, losses, and transfers without an order."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pickup.domain.scene import Haulage, Scene, Trip
from pickup.settings import settings
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import (
    CancelTransfer,
    CommandRefused,
    ConfirmPick,
    PickCompleted,
    PickRequested,
    PickupReady,
    PlanTransfer,
    Task,
    TransferCancelled,
    TransferPlanned,
    TransferReceived,
    TransferShipped,
)
from tsunagu.contracts.values import (
    JAPAN,
    OpeningHours,
    TaskState,
    TransferLine,
    TransferReceiptLine,
    Weekday,
)
from tsunagu.planning import Hours, Lane, holidays, midnight
from tsunagu.testing.harness import Harness, all_of, only

component = pytest.mark.component


def plan(a: Any, **other: Any) -> PlanTransfer:
    values = {
        "transfer_id": uuid7(),
        "from_location_id": a.other,
        "to_location_id": a.shop,
        "lines": (TransferLine(line_id="t1", sku="SHIRT", quantity=3),),
        "occurred_at": datetime.now(UTC),
    }
    return PlanTransfer(**{**values, **other})


@component
async def test_received_before_shipped__the_goods_are_there_once(pickup: Harness, a: Any) -> None:
    order = a.order(source=a.other)
    planned = only(await pickup.deliver(order.confirmed()), TransferPlanned)
    await pickup.deliver(order.pick())
    only(await pickup.deliver(order.receive(planned.transfer_id)), PickupReady)
    line = TransferLine(line_id="l1", sku="SHIRT", quantity=1)
    late = await pickup.deliver(order.ship(planned.transfer_id, lines=(line,)))
    assert [each.quantity for each in only(late, TransferShipped).lines] == [1]
    states = await pickup.connection.fetch("SELECT state, place, pieces FROM goods WHERE pieces > 0")
    assert [tuple(row) for row in states] == [("staged", a.shop, 1)]


@component
async def test_received_less_than_shipped__the_group_waits_for_what_is_missing(
    pickup: Harness, a: Any
) -> None:
    order = a.order(source=a.other, quantity=2)
    planned = only(await pickup.deliver(order.confirmed()), TransferPlanned)
    await pickup.deliver(order.pick())
    await pickup.deliver(order.ship(planned.transfer_id))
    out = await pickup.deliver(order.receive(planned.transfer_id, 1))
    assert only(out, TransferReceived).complete
    assert not all_of(out, PickupReady)
    again = order.allocations("W001", "c")[0].model_copy(update={"quantity": 1})
    held = order.allocations()[0].model_copy(update={"quantity": 1})
    asked = only(await pickup.deliver(order.reallocated(held, again)), PickRequested)
    assert [(each.allocation_id, each.quantity) for each in asked.allocations] == [("c1", 1)]


@component
async def test_shipped__before_the_order_is_known__waits_for_it(pickup: Harness, a: Any) -> None:
    order = a.order(source=a.other)
    confirmed = order.confirmed()
    transfer_id = only(await pickup.deliver(confirmed), TransferPlanned).transfer_id
    # A database built anew reads the same news again, in whichever order the topics are read.
    await pickup.connection.execute(
        "TRUNCATE work, work_group, work_line, promise, goods, task, transfer, inbox, document"
    )
    shipped = order.ship(transfer_id, lines=(TransferLine(line_id="l1", sku="SHIRT", quantity=1),))
    assert await pickup.deliver(shipped) == []
    out = await pickup.deliver(confirmed)
    assert only(out, TransferShipped).shipping_id == shipped.shipping_id


@component
async def test_no_lane__between_the_locations__somebody_has_to_find_a_carrier(
    pickup: Harness, a: Any
) -> None:
    planned = only(await pickup.deliver(a.order(source=a.warehouse).confirmed()), TransferPlanned)
    assert (planned.carrier, planned.owner, planned.cost_jpy) == ("unassigned", "logistics", 0)


@component
async def test_plan__without_an_order__is_picked_shipped_and_received(pickup: Harness, a: Any) -> None:
    command = plan(a)
    out = await pickup.deliver(command)
    planned = only(out, TransferPlanned)
    assert (planned.transfer_id, planned.order_id, planned.carrier) == (command.transfer_id, None, "Yamabiko")
    task = only(out, Task)
    pick = ConfirmPick(
        pick_id=uuid7(),
        transfer_id=command.transfer_id,
        task_id=task.task_id,
        location_id=a.other,
        line_id="t1",
        sku="SHIRT",
        quantity=2,
        occurred_at=datetime.now(UTC),
    )
    picked = only(await pickup.deliver(pick), PickCompleted)
    assert (picked.order_id, picked.transfer_id) == (None, command.transfer_id)
    order = a.order(source=a.other)
    sent = await pickup.deliver(order.ship(command.transfer_id, order_id=None))
    assert [line.quantity for line in only(sent, TransferShipped).lines] == [2]
    lines = (TransferReceiptLine(line_id="t1", sku="SHIRT", shipped=2, received=2),)
    arrived = await pickup.deliver(order.receive(command.transfer_id, order_id=None, lines=lines))
    assert only(arrived, TransferReceived).order_id is None
    assert not all_of(arrived, PickupReady)
    open_tasks = await pickup.connection.fetchval(
        "SELECT count(*) FROM task WHERE state IN ('open', 'started')"
    )
    assert open_tasks == 0


@component
async def test_plan__to_a_location_that_nobody_knows__is_refused(pickup: Harness, a: Any) -> None:
    out = await pickup.deliver(plan(a, to_location_id="S999"))
    assert only(out, CommandRefused).reason == "unknown_location"
    assert not all_of(out, TransferPlanned)


@component
async def test_cancel_transfer__before_it_left__what_was_picked_is_put_away(pickup: Harness, a: Any) -> None:
    command = plan(a)
    await pickup.deliver(command)
    order = a.order(source=a.other)
    await pickup.deliver(order.pick(order_id=None, transfer_id=command.transfer_id, line_id="t1", quantity=2))
    cancel = CancelTransfer(
        cancel_id=uuid7(), transfer_id=command.transfer_id, reason="not_needed", occurred_at=datetime.now(UTC)
    )
    out = await pickup.deliver(cancel)
    assert only(out, TransferCancelled).cancel_id == cancel.cancel_id
    assert {(task.kind, task.state) for task in all_of(out, Task)} == {
        ("pick", TaskState.DONE),
        ("put_away", TaskState.OPEN),
    }
    again = cancel.model_copy(update={"cancel_id": uuid7()})
    assert only(await pickup.deliver(again), CommandRefused).reason == "already_left"


@component
async def test_cancel_transfer__that_serves_an_order__is_refused(pickup: Harness, a: Any) -> None:
    order = a.order(source=a.other)
    planned = only(await pickup.deliver(order.confirmed()), TransferPlanned)
    cancel = CancelTransfer(
        cancel_id=uuid7(), transfer_id=planned.transfer_id, reason="strike", occurred_at=datetime.now(UTC)
    )
    assert only(await pickup.deliver(cancel), CommandRefused).reason == "serves_order"


@pytest.fixture
def three_holidays(monkeypatch: pytest.MonkeyPatch) -> tuple[date, ...]:
    """Today and the two days after it are public holidays, and no others."""
    today = datetime.now(JAPAN).date()
    days = tuple(today + timedelta(days=n) for n in range(3))
    monkeypatch.setattr(holidays, "public_holidays", lambda _: frozenset(days))
    return days


async def planned_trip(pickup: Harness, a: Any) -> TransferPlanned:
    """How an order's goods at the other store are to come to its shop; the lane leaves daily at 15:00."""
    return only(await pickup.deliver(a.order(source=a.other).confirmed()), TransferPlanned)


@component
async def test_trip__the_lane_rests_on_holidays__leaves_on_the_first_day_after_them(
    pickup: Harness, a: Any, three_holidays: tuple[date, ...]
) -> None:
    runs = await planned_trip(pickup, a)
    assert runs.ship_by.astimezone(JAPAN).date() in three_holidays
    await pickup.deliver(a.lane(version=2, runs_on_holidays=False))
    rests = await planned_trip(pickup, a)
    first = midnight(three_holidays[-1] + timedelta(days=1))
    assert rests.ship_by == first + timedelta(hours=15)
    assert rests.arrive_by == first + timedelta(days=1)


@component
async def test_trip__the_place_that_sends_closes_on_holidays__leaves_on_the_first_day_after_them(
    pickup: Harness, a: Any, three_holidays: tuple[date, ...]
) -> None:
    await pickup.deliver(a.location(a.other, version=2, opens_on_holidays=False))
    planned = await planned_trip(pickup, a)
    assert planned.ship_by == midnight(three_holidays[-1] + timedelta(days=1)) + timedelta(hours=15)


@component
async def test_trip__the_destination_closes__arrives_when_it_opens(
    pickup: Harness, a: Any, three_holidays: tuple[date, ...]
) -> None:
    hours = tuple(OpeningHours(day=day, opens="10:00", closes="21:00") for day in Weekday)
    await pickup.deliver(a.location(a.shop, version=2, opening_hours=hours, opens_on_holidays=False))
    first = midnight(three_holidays[-1] + timedelta(days=1)) + timedelta(hours=10)
    assert (await planned_trip(pickup, a)).arrive_by == first
    closed = (three_holidays[-1] + timedelta(days=1),)
    await pickup.deliver(
        a.location(a.shop, version=3, opening_hours=hours, opens_on_holidays=False, closed_dates=closed)
    )
    assert (await planned_trip(pickup, a)).arrive_by == first + timedelta(days=1)


def trip_at(now: datetime) -> Trip:
    """How goods travel from a shop that is open from 10:00 to 21:00, on a lane that leaves daily at 9:00."""
    shop = Hours((600,) * 7, (1260,) * 7)
    haulage = {("S002", "S001"): Haulage(Lane((0, 1, 2, 3, 4, 5, 6), 540, 1), "truck", 500, "logistics")}
    scene = Scene(now, now, settings().policy(), haulage, hours={"S002": shop, "S001": shop})
    return scene.trip("S002", "S001")


def test_trip__planned_at_night__nobody_packs_before_the_shop_opens() -> None:
    for hour in (2, 12, 20):
        trip = trip_at(datetime(2026, 4, 1, hour, tzinfo=JAPAN))
        assert trip.ship_by == datetime(2026, 4, 2, 9, tzinfo=JAPAN)
        assert trip.arrive_by == datetime(2026, 4, 3, 10, tzinfo=JAPAN)
    assert trip_at(datetime(2026, 4, 1, 21, tzinfo=JAPAN)).ship_by == datetime(2026, 4, 3, 9, tzinfo=JAPAN)
