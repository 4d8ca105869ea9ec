"""Transfers of one lane and departure are one shipment: told once, tracked once, paid once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup.domain.consolidation import Passenger, consolidate, shipment_id_of
from pickup.domain.model import TransferState
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import (
    CommandAccepted,
    ReportShipmentTracking,
    Shipment,
    TransferPlanned,
    TransferShipped,
)
from tsunagu.contracts.values import ShipmentState, TrackingStatus
from tsunagu.testing.harness import Harness, all_of, only

component = pytest.mark.component
SHIP_BY = datetime(2026, 4, 1, 6, tzinfo=UTC)
WAY = ("W001", "S001")


def passenger(transfer_id: str, **other: Any) -> Passenger:
    values: dict[str, Any] = {
        "transfer_id": transfer_id,
        "order_id": f"o-{transfer_id}",
        "from_location_id": WAY[0],
        "to_location_id": WAY[1],
        "carrier": "Yamabiko",
        "owner": "logistics-east",
        "cost_jpy": 800,
        "ship_by": SHIP_BY,
        "arrive_by": SHIP_BY + timedelta(days=1),
        "state": TransferState.SHIPPED,
        "left_at": SHIP_BY,
        "pieces": 1,
    }
    return Passenger(**{**values, **other})


@st.composite
def passengers(draw: st.DrawFn) -> list[Passenger]:
    """Transfers of one shipment, each as far as it likes."""
    made = []
    for number in range(draw(st.integers(1, 12))):
        state = draw(st.sampled_from(TransferState))
        has_left = state in (TransferState.SHIPPED, TransferState.RECEIVED)
        made.append(
            passenger(
                f"t{number}",
                state=state,
                left_at=SHIP_BY + timedelta(minutes=draw(st.integers(-60, 600))) if has_left else None,
                pieces=draw(st.integers(0, 40)) if has_left else 0,
                cost_jpy=draw(st.integers(0, 20_000)),
            )
        )
    return made


@given(passengers(), st.randoms())
def test_consolidate__in_any_order__is_the_same_shipment_whose_shares_are_its_cost(
    everybody: list[Passenger], random: Any
) -> None:
    shipment = consolidate(everybody)
    shuffled = list(everybody)
    random.shuffle(shuffled)
    assert consolidate(shuffled) == shipment
    live = {each.transfer_id for each in everybody if each.state is not TransferState.CANCELLED}
    assert {share.transfer_id for share in shipment.shares} == live
    shares = [share.cost_jpy for share in shipment.shares]
    if shipment.left_at is None:
        assert set(shares) <= {None}
    else:
        assert sum(share for share in shares if share is not None) == shipment.cost_jpy
        assert None not in shares


@given(passengers())
def test_consolidate__states__say_whether_anything_is_still_to_leave_or_to_arrive(
    everybody: list[Passenger],
) -> None:
    states = {each.state for each in everybody} - {TransferState.CANCELLED}
    expected = ShipmentState.SHIPPED
    if len(states) <= 1:
        expected = ShipmentState(next(iter(states), ShipmentState.CANCELLED))
    assert consolidate(everybody).state == expected


def test_consolidate__shares__follow_the_pieces_and_a_straggler_divides_the_same_cost_anew() -> None:
    first, second = passenger("a", pieces=2), passenger("b", pieces=1)
    late = passenger("c", pieces=5, state=TransferState.PLANNED, left_at=None)
    waits = consolidate([first, second, late])
    assert [share.cost_jpy for share in waits.shares] == [533, 267, 0]
    left = consolidate([first, second, passenger("c", pieces=5)])
    assert (left.cost_jpy, [share.cost_jpy for share in left.shares]) == (800, [200, 100, 500])


def test_shipment_id__another_way_or_departure__is_another_shipment() -> None:
    ids = {
        shipment_id_of(*WAY, SHIP_BY),
        shipment_id_of(WAY[1], WAY[0], SHIP_BY),
        shipment_id_of(*WAY, SHIP_BY + timedelta(days=1)),
    }
    assert len(ids) == 3
    assert shipment_id_of(*WAY, SHIP_BY) in ids


async def planned(pickup: Harness, a: Any, orders: int = 2) -> tuple[list[Any], list[TransferPlanned]]:
    """Orders whose goods lie at the other store, and their transfers."""
    made = [a.order(source=a.other) for _ in range(orders)]
    said = await pickup.deliver(*(order.confirmed() for order in made))
    by_order = {each.order_id: each for each in all_of(said, TransferPlanned)}
    return made, [by_order[order.order_id] for order in made]


def tracking(shipment_id: str | None, location_id: str, **other: Any) -> ReportShipmentTracking:
    values: dict[str, Any] = {
        "tracking_id": uuid7(),
        "shipment_id": shipment_id,
        "location_id": location_id,
        "status": TrackingStatus.IN_TRANSIT,
        "place": "Atsugi",
        "occurred_at": datetime.now(UTC),
    }
    return ReportShipmentTracking(**{**values, **other})


@pytest.mark.wide
@component
async def test_planned__two_orders_of_one_lane_and_day__are_one_shipment_told_once(
    pickup: Harness, a: Any
) -> None:
    orders, transfers = await planned(pickup, a)
    assert transfers[0].shipment_id == transfers[1].shipment_id
    shipment = only(await pickup.make_due("shipment"), Shipment)
    assert shipment.shipment_id == transfers[0].shipment_id
    assert (shipment.from_location_id, shipment.to_location_id) == (a.other, a.shop)
    assert (shipment.carrier, shipment.owner, shipment.cost_jpy) == ("Yamabiko", "logistics-east", 800)
    assert (shipment.ship_by, shipment.arrive_by) == (transfers[0].ship_by, transfers[0].arrive_by)
    assert (shipment.state, shipment.left_at, shipment.version) == ("planned", None, 1)
    assert {(part.transfer_id, part.order_id, part.cost_jpy) for part in shipment.transfers} == {
        (transfer.transfer_id, order.order_id, None)
        for transfer, order in zip(transfers, orders, strict=True)
    }


@pytest.mark.wide
@component
async def test_shipment__leaves_and_arrives__has_its_cost_divided_and_ends(pickup: Harness, a: Any) -> None:
    orders, transfers = await planned(pickup, a)
    await pickup.make_due("shipment")
    first, second = (transfer.transfer_id for transfer in transfers)
    await pickup.deliver(orders[0].pick(), orders[1].pick())
    said = await pickup.deliver(orders[0].ship(first))
    assert only(said, TransferShipped).shipment_id == transfers[0].shipment_id
    left = only(await pickup.make_due("shipment"), Shipment)
    assert (left.state, left.version) == ("shipped", 2)
    assert {part.transfer_id: part.cost_jpy for part in left.transfers} == {first: 800, second: 0}
    await pickup.deliver(orders[1].ship(second))
    both = only(await pickup.make_due("shipment"), Shipment)
    assert {part.cost_jpy for part in both.transfers} == {400}
    assert both.left_at == left.left_at
    await pickup.deliver(orders[0].receive(first), orders[1].receive(second))
    assert only(await pickup.make_due("shipment"), Shipment).state == "received"


@pytest.mark.wide
@component
async def test_shipment__received_and_never_reported_as_sent__has_left_all_the_same(
    pickup: Harness, a: Any
) -> None:
    orders, transfers = await planned(pickup, a, 1)
    arrived = orders[0].receive(transfers[0].transfer_id)
    await pickup.deliver(arrived)
    shipment = only(await pickup.make_due("shipment"), Shipment)
    assert (shipment.state, shipment.left_at) == ("received", arrived.occurred_at)
    assert [part.cost_jpy for part in shipment.transfers] == [800]


@pytest.mark.wide
@component
async def test_shipment__all_its_orders_are_cancelled__nothing_is_paid(pickup: Harness, a: Any) -> None:
    orders, _ = await planned(pickup, a)
    await pickup.make_due("shipment")
    await pickup.deliver(orders[0].cancel_requested())
    assert len(only(await pickup.make_due("shipment"), Shipment).transfers) == 1
    await pickup.deliver(orders[1].cancel_requested())
    last = only(await pickup.make_due("shipment"), Shipment)
    assert (last.state, last.left_at, last.transfers) == ("cancelled", None, ())


@pytest.mark.wide
@component
async def test_shipment__nothing_has_changed__is_not_told_again(pickup: Harness, a: Any) -> None:
    orders, transfers = await planned(pickup, a, 1)
    await pickup.deliver(orders[0].pick(), orders[0].ship(transfers[0].transfer_id))
    only(await pickup.make_due("shipment"), Shipment)
    again = orders[0].ship(transfers[0].transfer_id)
    await pickup.deliver(again)
    assert not all_of(await pickup.make_due("shipment"), Shipment)


@pytest.mark.wide
@component
async def test_tracking__out_of_order__the_latest_holds_and_each_is_accepted(pickup: Harness, a: Any) -> None:
    _, transfers = await planned(pickup, a, 1)
    shipment_id = transfers[0].shipment_id
    now = datetime.now(UTC)
    late = tracking(shipment_id, a.other, status=TrackingStatus.DELIVERED, occurred_at=now)
    early = tracking(shipment_id, a.other, occurred_at=now - timedelta(hours=1))
    said = await pickup.deliver(late, early)
    assert [each.command_id for each in all_of(said, CommandAccepted)] == [
        late.tracking_id,
        early.tracking_id,
    ]
    shipment = only(await pickup.make_due("shipment"), Shipment)
    assert shipment.tracking is not None
    assert (shipment.tracking.status, shipment.tracking.at) == (TrackingStatus.DELIVERED, now)
    # What the carrier says receives nothing: goods are received where they are counted in.
    assert shipment.state == "planned"


@pytest.mark.wide
@component
async def test_tracking__of_a_shipment_that_is_not_planned_yet__is_told_once_it_is(
    pickup: Harness, a: Any
) -> None:
    first, transfers = await planned(pickup, a, 1)
    await pickup.deliver(first[0].cancel_requested())
    await pickup.connection.execute("TRUNCATE work, work_group, work_line, promise, goods, task, transfer")
    await pickup.connection.execute("DELETE FROM due_work")
    shipment_id = transfers[0].shipment_id
    await pickup.deliver(tracking(shipment_id, a.other))
    assert not all_of(await pickup.make_due("shipment"), Shipment)
    assert await pickup.connection.fetchval("SELECT said FROM shipment") is None
    _, again = await planned(pickup, a, 1)
    assert again[0].shipment_id == shipment_id
    shipment = only(await pickup.make_due("shipment"), Shipment)
    assert shipment.tracking is not None
    assert shipment.tracking.place == "Atsugi"


@pytest.mark.wide
@component
async def test_many_transfers__of_one_lane__take_one_row_of_due_work(pickup: Harness, a: Any) -> None:
    await planned(pickup, a, 30)
    due = await pickup.connection.fetchval("SELECT count(*) FROM due_work WHERE kind = 'shipment'")
    assert due == 1
    assert len(only(await pickup.make_due("shipment"), Shipment).transfers) == 30
