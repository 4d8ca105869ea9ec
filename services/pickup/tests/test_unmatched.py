"""Work on transfers, parcels and orders that nobody knows: kept for a while, then told, so that somebody looks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pickup.settings import settings
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import (
    ConfirmDelivery,
    ReportTracking,
    ShipParcel,
    TransferPlanned,
    TransferReceived,
    WorkUnmatched,
)
from tsunagu.contracts.values import (
    PickedLine,
    SkuQuantity,
    TrackingStatus,
    TransferLine,
    TransferReceiptLine,
)
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def receipt(sku: str, received: int, line_id: str = "l1") -> TransferReceiptLine:
    return TransferReceiptLine(line_id=line_id, sku=sku, shipped=received, received=received)


async def waiting(pickup: Harness) -> int:
    """Facts that wait, and the ends of their waiting: as many of the one as of the other."""
    facts: int = await pickup.connection.fetchval("SELECT count(*) FROM waiting_fact")
    ends = await pickup.connection.fetchval("SELECT count(*) FROM due_work WHERE kind = 'unmatched'")
    assert facts == ends
    return facts


async def test_receipt__of_a_transfer_that_nobody_knows__waits_a_day_and_is_told(
    pickup: Harness, a: Any
) -> None:
    lines = (receipt("SHIRT", 2), receipt("SHIRT", 1, "l2"), receipt("SHOE", 0, "l3"))
    fact = a.order().receive("no such transfer", order_id=None, lines=lines, staff_ref="staff:7")
    before = datetime.now(UTC)
    assert await pickup.deliver(fact) == []
    due_at = await pickup.connection.fetchval("SELECT due_at FROM due_work WHERE kind = 'unmatched'")
    assert due_at >= before + timedelta(minutes=settings().unmatched_work_minutes)
    told = only(await pickup.make_due("unmatched"), WorkUnmatched)
    assert (told.record_key(), told.transfer_id, told.order_id) == (
        "no such transfer",
        "no such transfer",
        None,
    )
    assert (told.fact_type, told.fact_id) == (fact.WIRE_TYPE, fact.receiving_id)
    assert (told.location_id, told.staff_ref, told.version) == (a.shop, "staff:7", 1)
    assert (told.arrived, told.left) == ((SkuQuantity(sku="SHIRT", quantity=3),), ())
    assert await waiting(pickup) == 0
    assert not all_of(await pickup.make_due("unmatched"), WorkUnmatched)


async def test_every_fact_that_can_wait__is_told_in_the_end(pickup: Harness, a: Any) -> None:
    order = a.order()
    about: dict[str, Any] = {"order_id": order.order_id, "occurred_at": datetime.now(UTC)}
    picked = PickedLine(line_id="l1", sku="SHIRT", quantity=1)
    sent = TransferLine(line_id="l1", sku="SHOE", quantity=2)
    facts = [
        order.ship("t1", lines=(sent,)),
        order.ship("t2"),
        order.receive("t1"),
        ShipParcel(parcel_id="p1", location_id=a.shop, carrier="Yamabiko", lines=(picked,), **about),
        ReportTracking(tracking_id=uuid7(), parcel_id="p1", status=TrackingStatus.LOST, **about),
        ConfirmDelivery(confirmation_id=uuid7(), parcel_id="p1", **about),
    ]
    for fact in facts:
        assert await pickup.deliver(fact) == []
    assert await waiting(pickup) == len(facts)
    told = all_of(await pickup.make_due("unmatched"), WorkUnmatched)
    assert {(each.fact_type, each.fact_id) for each in told} == {
        (fact.WIRE_TYPE, fact.identity()) for fact in facts
    }
    assert sorted(each.version for each in told) == [1, 2, 3, 4, 5, 6]
    assert {each.record_key() for each in told} == {order.order_id}
    parts = {(each.transfer_id, each.parcel_id, each.location_id, each.arrived, each.left) for each in told}
    shirt, shoes = SkuQuantity(sku="SHIRT", quantity=1), SkuQuantity(sku="SHOE", quantity=2)
    assert parts == {
        ("t1", None, a.shop, (), (shoes,)),
        ("t2", None, a.shop, (), ()),
        ("t1", None, a.shop, (shirt,), ()),
        (None, "p1", a.shop, (), (shirt,)),
        (None, "p1", None, (), ()),
    }
    assert await waiting(pickup) == 0


async def test_receipt__of_a_transfer_that_is_planned_in_time__is_booked_and_never_told(
    pickup: Harness, a: Any
) -> None:
    order = a.order(source=a.other)
    confirmed = order.confirmed()
    transfer_id = only(await pickup.deliver(confirmed), TransferPlanned).transfer_id
    await pickup.connection.execute(
        "TRUNCATE work, work_group, work_line, promise, goods, task, transfer, inbox, document"
    )
    assert await pickup.deliver(order.receive(transfer_id)) == []
    assert only(await pickup.deliver(confirmed), TransferReceived).transfer_id == transfer_id
    assert await waiting(pickup) == 0
