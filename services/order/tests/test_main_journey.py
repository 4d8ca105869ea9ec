"""An order from placed to completed, as events, as state, and in the database."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from order.batch import SQL
from tsunagu.contracts import messages as m
from tsunagu.contracts.values import FulfilmentMethod, OrderStatus, Payment
from tsunagu.testing.harness import Harness, only

pytestmark = pytest.mark.component


async def test_pickup__placed_confirmed_ready_collected__one_event_and_one_state_each(
    service: Harness, mother: Any
) -> None:
    placed = await service.deliver(mother.place(hold_id="H1"))
    event = only(placed, m.OrderPlaced)
    assert (event.hold_id, event.customer_ref, len(event.lines), event.version) == ("H1", "card:1", 2, 1)
    assert mother.state_in(placed).status is OrderStatus.PLACED

    confirmed = await service.deliver(mother.reserved())
    promise = only(confirmed, m.OrderConfirmed)
    assert [(line.line_id, line.quantity) for line in promise.lines] == [("L1", 2), ("L2", 1)]
    assert promise.allocations == mother.reserved().allocations
    assert mother.state_in(confirmed).status is OrderStatus.CONFIRMED

    ready = await service.deliver(mother.ready())
    assert only(ready, m.OrderReady).pickup_by == mother.ready().pickup_by
    assert mother.state_in(ready).status is OrderStatus.READY

    collected = await service.deliver(mother.collected(receipt_id="receipt-1"))
    completed = only(collected, m.OrderCompleted)
    assert completed.order_finished
    assert (completed.receipt_id, completed.method, completed.staff_ref) == (
        "receipt-1",
        FulfilmentMethod.PICKUP,
        "staff:7",
    )
    assert [line.amount_jpy for line in completed.lines] == [2000, 500]
    assert [(s.allocation_id, s.quantity) for s in completed.sources] == [("AL1v1", 2), ("AL2v1", 1)]
    assert completed.touchpoints == mother.place().touchpoints
    final = mother.state_in(collected)
    assert (final.status, final.receipt_ids, final.version) == (OrderStatus.COMPLETED, ("receipt-1",), 4)


async def test_ship__between_parcel_and_delivery__the_order_is_shipped(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(ship=True), mother.reserved())
    under_way = await service.deliver(mother.shipped())
    shipped = only(under_way, m.OrderShipped)
    assert mother.said(under_way) == ["OrderShipped"]
    assert (shipped.group_id, shipped.parcel_id, shipped.carrier) == ("G1", "P1", "carrier")
    assert [(line.line_id, line.quantity) for line in shipped.lines] == [("L1", 2), ("L2", 1)]
    assert mother.state_in(under_way).status is OrderStatus.SHIPPED
    assert mother.state_in(under_way).groups[0].parcel_ids == ("P1",)
    delivered = await service.deliver(mother.delivered())
    completed = only(delivered, m.OrderCompleted)
    assert (completed.parcel_id, completed.order_finished) == ("P1", True)
    assert mother.state_in(delivered).status is OrderStatus.COMPLETED


async def test_many_orders_in_one_batch__statements_do_not_depend_on_their_number(
    service: Harness, mother: Any, another_mother: Any
) -> None:
    many = [type(mother)() for _ in range(20)]
    await service.deliver(mother.place(), mother.reserved())  # the partitions' first records
    counted: list[int] = []
    for batch in ([another_mother], many):
        await service.deliver(*[one.place() for one in batch])
        executed: list[str] = []
        with service.connection.query_logger(lambda record, seen=executed: seen.append(record.query)):
            await service.deliver(*[one.reserved() for one in batch])
        counted.append(len(executed))
    assert counted[0] == counted[1]


async def test_place__expired_at_receipt__is_rejected_and_never_placed(service: Harness, mother: Any) -> None:
    late = await service.deliver(mother.place(valid_until=mother.now.replace(year=2020)))
    assert mother.said(late) == ["OrderRejected", "RefundDue"]
    assert only(late, m.OrderRejected).reason == "expired"
    assert only(late, m.RefundDue).amount_jpy == 2500
    assert mother.state_in(late).status is OrderStatus.REJECTED


async def test_place__unpaid_and_15_minutes_old__is_expired_by_default(service: Harness, mother: Any) -> None:
    old = mother.now.replace(year=2020)
    unpaid = await service.deliver(mother.place(occurred_at=old, payment=Payment.AT_PICKUP))
    assert mother.said(unpaid) == ["OrderRejected"]
    paid = type(mother)()
    assert mother.said(await service.deliver(paid.place(occurred_at=old))) == ["OrderPlaced"]


async def test_place__an_id_that_was_placed_before_the_inbox_forgot_it__is_refused(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place())
    await service.connection.execute("DELETE FROM inbox")
    await service.connection.execute("DELETE FROM document")
    again = await service.deliver(mother.place())
    assert only(again, m.CommandRefused).reason == "already_placed"


async def test_queries__all__are_valid_on_the_migrated_database(service: Harness) -> None:
    for query in SQL.all().values():
        await service.connection.prepare(query)


@pytest.mark.parametrize(("hours", "promise"), [(1, "kept"), (-1, "late")])
async def test_ready__is_counted_by_whether_it_kept_the_promised_time(
    service: Harness, mother: Any, hours: int, promise: str
) -> None:
    def counted() -> dict[str, float]:
        name = "tsunagu_order_ready_total"
        return {each: REGISTRY.get_sample_value(name, {"promise": each}) or 0 for each in ("kept", "late")}

    promised = mother.now + timedelta(hours=hours)
    await service.deliver(mother.place(), mother.reserved().model_copy(update={"ready_by": promised}))
    before = counted()
    await service.deliver(mother.ready())
    assert counted() == {**before, promise: before[promise] + 1}
