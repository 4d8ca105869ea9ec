"""Parcels that do not arrive: lost, back, or there after all."""

from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.values import OrderStatus, ParcelEnd
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


@pytest.mark.parametrize(
    ("end", "reason"), [(ParcelEnd.LOST, "parcel_lost"), (ParcelEnd.RETURNED, "parcel_returned")]
)
async def test_parcel__does_not_arrive__its_pieces_are_cancelled_and_refunded(
    service: Harness, mother: Any, end: ParcelEnd, reason: str
) -> None:
    await service.deliver(mother.place(ship=True), mother.reserved(), mother.shipped())
    await service.sent()
    sent = await service.deliver(mother.parcel_ended(end))
    cancelled, refund = only(sent, m.OrderCancelled), only(sent, m.RefundDue)
    assert (cancelled.reason, cancelled.parcel_id, cancelled.cancel_id) == (reason, "P1", None)
    assert (refund.amount_jpy, refund.cause_id, refund.reason) == (2500, "P1", reason)
    assert mother.state_in(sent).status is OrderStatus.CANCELLED
    assert await service.deliver(mother.parcel_ended(end)) == []


async def test_parcel__one_of_two_is_lost__the_order_is_completed_with_the_other(
    service: Harness, mother: Any
) -> None:
    one, other = {"L1": 1}, {"L1": 1, "L2": 1}
    await service.deliver(
        mother.place(ship=True), mother.reserved(), mother.shipped("P1", one), mother.shipped("P2", other)
    )
    await service.sent()
    lost = await service.deliver(mother.parcel_ended(ParcelEnd.LOST, "P1", one))
    assert [(line.line_id, line.quantity) for line in only(lost, m.OrderCancelled).lines] == [("L1", 1)]
    assert mother.state_in(lost).status is OrderStatus.SHIPPED
    arrived = await service.deliver(mother.delivered("P2", other))
    assert only(arrived, m.OrderCompleted).order_finished
    assert mother.state_in(arrived).status is OrderStatus.COMPLETED


async def test_parcel__arrives_after_it_was_given_up__the_shopper_owes_what_was_paid_back(
    service: Harness, mother: Any
) -> None:
    """A piece of the same line that is still in the house is not taken for the one that arrives."""
    one = {"L1": 1}
    await service.deliver(
        mother.place(ship=True),
        mother.reserved(),
        mother.shipped("P1", one),
        mother.parcel_ended(ParcelEnd.LOST),
    )
    await service.sent()
    sent = await service.deliver(mother.delivered("P1", one))
    assert mother.said(sent) == ["SettlementDue"]
    assert only(sent, m.SettlementDue).amount_jpy == 1000
    assert mother.state_in(sent).status is OrderStatus.CONFIRMED
    assert await service.deliver(mother.delivered("P1", one)) == []


async def test_parcel__delivered_and_reported_lost_later__stays_delivered(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(ship=True), mother.reserved(), mother.shipped(), mother.delivered())
    await service.sent()
    assert await service.deliver(mother.parcel_ended(ParcelEnd.LOST)) == []


async def test_parcel__left_after_the_cancel_and_is_lost__is_asked_money_for_once(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(ship=True), mother.cancel())
    await service.sent()
    assert mother.said(await service.deliver(mother.shipped())) == ["SettlementDue"]
    assert mother.said(await service.deliver(mother.parcel_ended(ParcelEnd.LOST))) == []
    assert mother.said(await service.deliver(mother.delivered())) == []


async def test_parcel__of_two_groups__is_told_for_each_with_what_was_still_open(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(both_ways=True), mother.reserved(), mother.cancel({"L1": 1}))
    await service.deliver(mother.pick_cancelled())
    await service.sent()
    sent = await service.deliver(mother.shipped(carrier="Yamabiko", tracking_number="T-1"))
    assert mother.said(sent) == ["OrderShipped", "OrderShipped", "SettlementDue"]
    shipped = all_of(sent, m.OrderShipped)
    assert [(event.group_id, [line.quantity for line in event.lines]) for event in shipped] == [
        ("G1", [1]),
        ("G2", [1]),
    ]
    assert {(event.parcel_id, event.carrier, event.tracking_number) for event in shipped} == {
        ("P1", "Yamabiko", "T-1")
    }


async def test_parcel__with_more_than_was_ordered__the_shopper_owes_the_rest(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(ship=True), mother.reserved(), mother.shipped("P1"))
    await service.sent()
    again = await service.deliver(mother.shipped("P2", {"L1": 1}))
    assert mother.said(again) == ["SettlementDue"]
    assert [(line.line_id, line.quantity) for line in only(again, m.SettlementDue).lines] == [("L1", 1)]
    assert only(again, m.SettlementDue).amount_jpy == 1000
    arrived = await service.deliver(mother.delivered("P1"), mother.delivered("P2", {"L1": 1}))
    assert mother.said(arrived) == ["OrderCompleted"]
    assert mother.state_in(arrived).status is OrderStatus.COMPLETED
