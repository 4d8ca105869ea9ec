"""Goods go out, piece by piece, and come back, sometimes before anybody knows that they went out."""

from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Event
from tsunagu.contracts.values import OrderStatus, Payment, RefundBy
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = pytest.mark.component


async def test_handover__in_parts__each_completes_its_lines(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.ready())
    await service.sent()
    first = await service.deliver(mother.collected({"L1": 1}))
    assert not only(first, m.OrderCompleted).order_finished
    assert mother.state_in(first).status is OrderStatus.READY
    second = await service.deliver(mother.collected({"L1": 1, "L2": 1}))
    assert only(second, m.OrderCompleted).order_finished


async def test_handover__more_than_ordered_or_another_sku__only_what_fits_counts(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    completed = only(await service.deliver(mother.collected({"L1": 5, "L9": 1})), m.OrderCompleted)
    assert [(line.line_id, line.quantity) for line in completed.lines] == [("L1", 2)]


async def test_handover__second_half_of_a_double_one__only_adds_its_receipt(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.collected())
    await service.sent()
    sent = await service.deliver(mother.collected({}, receipt_id="r2"))
    assert mother.said(sent) == []
    assert mother.state_in(sent).receipt_ids == ("r2",)


async def test_handover__paid_at_the_till__costs_what_the_till_took(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(payment=Payment.AT_PICKUP), mother.reserved())
    await service.sent()
    sent = await service.deliver(mother.collected(amounts={"L1": 1801, "L2": 500}, receipt_id="r1"))
    assert [line.amount_jpy for line in only(sent, m.OrderCompleted).lines] == [1801, 500]
    shares = [
        only(await service.deliver(mother.return_items({"L1": 1}, number)), m.ItemsReturned)
        .lines[0]
        .amount_jpy
        for number in ("R1", "R2")
    ]
    assert sum(shares) == 1801


async def test_ready__per_group__is_said_once_when_all_that_is_promised_waits(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    assert mother.said(await service.deliver(mother.ready({"L1": 2}))) == []
    assert mother.said(await service.deliver(mother.ready({"L2": 1}))) == ["OrderReady"]
    assert await service.deliver(mother.ready()) == []


async def test_parcel__lost_messages_about_closed_orders__are_settled_once(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(ship=True), mother.cancel())
    await service.sent()
    assert only(await service.deliver(mother.shipped()), m.SettlementDue).amount_jpy == 2500
    delivered = await service.deliver(mother.delivered())
    assert mother.said(delivered) == []


async def test_parcel__delivered_twice__completes_what_was_in_it_once(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(ship=True), mother.reserved(), mother.shipped(quantities={"L1": 1}))
    await service.sent()
    first, again = mother.delivered(quantities={"L1": 1}), mother.delivered(quantities={"L1": 1})
    assert mother.said(await service.deliver(first)) == ["OrderCompleted"]
    assert await service.deliver(again) == []


async def test_return__of_prepaid_goods__is_refunded_within_what_was_paid(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.collected())
    await service.sent()
    first = await service.deliver(mother.return_items({"L1": 1}))
    assert mother.said(first) == ["ItemsReturned", "RefundDue"]
    assert only(first, m.ItemsReturned).location_id == "umeda"
    refund = only(first, m.RefundDue)
    assert (refund.amount_jpy, refund.cause_id) == (1000, only(first, m.ItemsReturned).return_id)
    assert refund.refund_by is RefundBy.CHANNEL
    beyond = await service.deliver(mother.return_items({"L1": 3}, "R2"))
    assert mother.said(beyond) == ["ItemsReturned", "RefundDue", "ReturnUnmatched"]
    assert only(beyond, m.RefundDue).amount_jpy == 1000
    assert [line.quantity for line in only(beyond, m.ReturnUnmatched).lines] == [2]
    last = await service.deliver(mother.return_items({"L2": 1}, "R3"))
    assert mother.state_in(last).status is OrderStatus.RETURNED
    assert mother.state_in(last).refunded_jpy == 2500


async def test_return__paid_at_pickup_and_reported_by_a_channel__a_till_owes_what_one_had_taken(
    service: Harness, mother: Any
) -> None:
    paid = mother.collected(amounts={"L1": 1801, "L2": 500}, receipt_id="r1")
    await service.deliver(mother.place(payment=Payment.AT_PICKUP), mother.reserved(), paid)
    await service.sent()
    sent = [
        *await service.deliver(mother.return_items({"L1": 1}, "R1")),
        *await service.deliver(mother.return_items({"L1": 1, "L2": 1}, "R2")),
    ]
    assert mother.said(sent) == ["ItemsReturned", "RefundDue"] * 2
    refunds = all_of(sent, m.RefundDue)
    assert [(refund.amount_jpy, refund.refund_by) for refund in refunds] == [
        (900, RefundBy.TILL),
        (1401, RefundBy.TILL),
    ]
    assert mother.state_in(sent).refunded_jpy == 2301


async def test_return__paid_at_pickup_for_more_than_the_price__is_refunded_as_paid(
    service: Harness, mother: Any
) -> None:
    paid = mother.collected({"L2": 1}, amounts={"L2": 600}, receipt_id="r1")
    await service.deliver(mother.place(payment=Payment.AT_PICKUP), mother.reserved(), paid)
    await service.sent()
    assert only(await service.deliver(mother.return_items({"L2": 1})), m.RefundDue).amount_jpy == 600


@pytest.mark.parametrize(("paid_back_jpy", "left_jpy"), [(2000, []), (2100, []), (1500, [500])])
async def test_till_return__paid_at_pickup__only_what_the_till_has_not_paid_back_is_due(
    service: Harness, mother: Any, paid_back_jpy: int, left_jpy: list[int]
) -> None:
    await service.deliver(mother.place(payment=Payment.AT_PICKUP), mother.reserved(), mother.collected())
    await service.sent()
    sent = await service.deliver(mother.till_return({"L1": 2}, amounts={"L1": paid_back_jpy}))
    assert only(sent, m.ItemsReturned).lines[0].amount_jpy == 2000
    assert [refund.amount_jpy for refund in all_of(sent, m.RefundDue)] == left_jpy


async def test_till_return__what_the_till_paid_back_is_not_refunded_again(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.collected())
    await service.sent()
    sent = await service.deliver(mother.till_return({"L1": 2}, amounts={"L1": 1500}))
    returned = only(sent, m.ItemsReturned)
    assert returned.receipt_id == returned.return_id
    assert (returned.lines[0].amount_jpy, only(sent, m.RefundDue).amount_jpy) == (2000, 500)


async def test_till_return__paid_in_advance_and_all_paid_back__nothing_is_due(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.collected())
    await service.sent()
    sent = await service.deliver(mother.till_return({"L1": 2}, amounts={"L1": 2000}))
    assert mother.said(sent) == ["ItemsReturned"]


async def test_till_return__line_not_named__goes_to_a_line_of_that_sku(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.collected())
    await service.sent()
    sent = await service.deliver(mother.till_return({"L2": 1}, amounts={"L2": 0}, named=False))
    assert [line.line_id for line in only(sent, m.ItemsReturned).lines] == ["L2"]


async def test_void__of_an_orders_line__is_its_resellable_return(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(payment=Payment.AT_PICKUP), mother.reserved(), mother.collected())
    await service.sent()
    void = mother.till_void({"L1": 2}, amounts={"L1": 2000})
    returned = only(await service.deliver(void), m.ItemsReturned)
    assert (returned.return_id, returned.lines[0].disposition) == (void.void_id, "resellable")


async def test_till_return__without_an_order__is_passed_over(service: Harness, mother: Any) -> None:
    plain = mother.till_return({"L1": 1}, amounts={"L1": 1000})
    lines = tuple(line.model_copy(update={"order_id": None, "order_line_id": None}) for line in plain.lines)
    assert await service.deliver(plain.model_copy(update={"lines": lines})) == []


async def test_return__before_its_handover__waits_for_it(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    assert mother.said(await service.deliver(mother.return_items({"L1": 1, "L2": 1}))) == []
    assert mother.said(await service.deliver(mother.collected({"L1": 2}))) == ["OrderCompleted"]
    rest = await service.deliver(mother.collected({"L2": 1}))
    assert mother.said(rest) == ["OrderCompleted", "ItemsReturned", "RefundDue"]
    assert await service.connection.fetchval("SELECT count(*) FROM due_work") == 0


async def test_return__its_handover_never_comes__becomes_a_plain_return(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.collected({"L1": 2}))
    await service.deliver(mother.return_items({"L1": 1, "L2": 1}))
    await service.sent()
    sent = await service.make_due("return_unmatched")
    assert mother.said(sent) == ["ItemsReturned", "RefundDue", "ReturnUnmatched"]
    assert [line.line_id for line in only(sent, m.ReturnUnmatched).lines] == ["L2"]


async def test_return__its_order_is_cancelled_while_it_waits__becomes_a_plain_return(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.return_items({"L1": 1}))
    await service.sent()
    sent = await service.deliver(mother.expired())
    assert mother.said(sent) == ["OrderCancelled", "RefundDue", "ReturnUnmatched"]


async def test_return__of_an_order_nobody_knows__waits_and_becomes_a_plain_return(
    service: Harness, mother: Any
) -> None:
    assert await service.deliver(mother.till_return({"L1": 1}, amounts={"L1": 1000})) == []
    sent = await service.make_due("return_unmatched")
    plain = only(sent, m.ReturnUnmatched)
    assert (plain.order_id, plain.lines[0].amount_jpy) == (mother.order_id, 1000)


async def test_return__before_its_order__is_booked_with_the_handover(service: Harness, mother: Any) -> None:
    await service.deliver(mother.return_items({"L1": 1}))
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    assert mother.said(await service.deliver(mother.collected())) == [
        "OrderCompleted",
        "ItemsReturned",
        "RefundDue",
    ]


async def test_return__its_id_comes_again_by_another_way__is_booked_once(
    service: Harness, mother: Any
) -> None:
    await service.deliver(
        mother.place(), mother.reserved(), mother.collected(), mother.return_items({"L1": 1})
    )
    await service.connection.execute("DELETE FROM inbox")
    await service.connection.execute("DELETE FROM document")
    await service.sent()
    assert await service.deliver(mother.return_items({"L1": 1})) == []


async def test_events__of_an_order_that_is_not_here__are_passed_over(service: Harness, mother: Any) -> None:
    assert await service.deliver(mother.reserved(), mother.ready(), mother.collected()) == []
    assert mother.said(await service.deliver(mother.place())) == ["OrderPlaced"]


async def test_batch__a_whole_life_in_one_batch_of_each_topic__versions_only_rise(
    service: Harness, mother: Any
) -> None:
    sent = await service.deliver(
        mother.place(), mother.reserved(), mother.ready(), mother.collected(), mother.return_items({"L1": 1})
    )
    events: list[Any] = [message for message in sent if isinstance(message, Event)]
    versions = [event.version for event in events]
    assert versions == sorted(set(versions))
    states = [state.version for state in all_of(sent, m.Order)]
    assert states == sorted(set(states))
    assert states[-1] == versions[-1]


async def test_handover__a_line_from_two_shelves__is_told_once_with_all_its_pieces(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    handover = mother.collected({"L1": 1, "L2": 1})
    from_two = handover.model_copy(update={"lines": (*handover.lines, handover.lines[0])})
    completed = only(await service.deliver(from_two), m.OrderCompleted)
    assert [(line.line_id, line.quantity) for line in completed.lines] == [("L1", 2), ("L2", 1)]
    assert completed.order_finished
