"""Goods between locations: late news, losses, and transfers without an order."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup.domain.lanes import trip
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
from tsunagu.contracts.values import TaskState, TransferLine, TransferReceiptLine, Weekday
from tsunagu.testing.harness import Harness, all_of, only

component = pytest.mark.component
TOKYO = timezone(timedelta(hours=9))


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


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.sets(st.sampled_from(Weekday), min_size=1),
    st.integers(0, 29),
    st.integers(0, 3),
)
def test_trip__leaves_at_the_next_cut_off_of_one_of_its_days(
    now: datetime, days: set[Weekday], hour: int, transit: int
) -> None:
    ship_by, arrive_by = trip(now, days, f"{hour:02}:30", transit, TOKYO)
    assert now < ship_by <= now + timedelta(days=8)
    business_day = (ship_by - timedelta(hours=hour, minutes=30)).astimezone(TOKYO)
    assert (business_day.hour, business_day.minute) == (0, 0)
    assert tuple(Weekday)[business_day.weekday()] in days
    assert arrive_by - ship_by == timedelta(days=transit)
    # No earlier departure was passed over.
    earlier = [business_day - timedelta(days=back) for back in range(1, 9)]
    for day in earlier:
        leaves = day + timedelta(hours=hour, minutes=30)
        assert tuple(Weekday)[day.weekday()] not in days or leaves <= now
