"""Who may cancel what, and when: a test for each cell of the README's cancellation rows."""

from collections.abc import Callable
from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.values import OrderStatus, Payment, ReservationCause
from tsunagu.testing.harness import Harness, only

pytestmark = pytest.mark.component

SHORT = {"short": {"L2": 1}, "version": 2, "cause": ReservationCause.SHORT_PICK}

# How an order gets into each state.
PATHS: dict[OrderStatus, Callable[[Any], list[Any]]] = {
    OrderStatus.PLACED: lambda o: [o.place()],
    OrderStatus.CONFIRMED: lambda o: [o.place(), o.reserved()],
    OrderStatus.CHOICE: lambda o: [o.place(), o.reserved(), o.reserved({"L1": 2}, **SHORT)],
    OrderStatus.READY: lambda o: [o.place(), o.reserved(), o.ready()],
    OrderStatus.SHIPPED: lambda o: [o.place(ship=True), o.reserved(), o.shipped()],
    OrderStatus.COMPLETED: lambda o: [o.place(), o.reserved(), o.collected()],
    OrderStatus.RETURNED: lambda o: [
        o.place(),
        o.reserved(),
        o.collected(),
        o.return_items({"L1": 2, "L2": 1}),
    ],
    OrderStatus.CANCELLED: lambda o: [o.place(), o.reserved(), o.expired()],
    OrderStatus.REJECTED: lambda o: [o.place(), o.rejected({"L1": 2})],
}


async def bring(service: Harness, mother: Any, status: OrderStatus) -> m.Order:
    """Bring a new order into a state."""
    sent: list[Any] = []
    for message in PATHS[status](mother):
        sent += await service.deliver(message)
    order: m.Order = mother.state_in(sent)
    assert order.status is status
    return order


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (OrderStatus.PLACED, ["OrderCancelled", "RefundDue"]),
        (OrderStatus.CONFIRMED, ["CancelRequested"]),
        (OrderStatus.CHOICE, ["CancelRequested", "OrderCancelled", "RefundDue"]),
        (OrderStatus.READY, ["CancelRequested"]),
        (OrderStatus.SHIPPED, "too_late"),
        (OrderStatus.COMPLETED, "too_late"),
        (OrderStatus.RETURNED, "too_late"),
        (OrderStatus.CANCELLED, "already_ended"),
        (OrderStatus.REJECTED, "already_ended"),
    ],
)
async def test_cancel_order__in_each_state__has_its_outcome(
    service: Harness, mother: Any, status: OrderStatus, outcome: str | list[str]
) -> None:
    await bring(service, mother, status)
    sent = await service.deliver(mother.cancel())
    if isinstance(outcome, str):
        assert only(sent, m.CommandRefused).reason == outcome
        assert mother.said(sent) == ["CommandRefused"]
    else:
        assert mother.said(sent) == outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (OrderStatus.CONFIRMED, ["OrderCancelled", "RefundDue"]),
        (OrderStatus.CHOICE, ["OrderCancelled", "RefundDue"]),
        (OrderStatus.READY, ["OrderCancelled", "RefundDue"]),
    ],
)
async def test_pick_cancelled__after_a_cancel__ends_what_was_asked_for(
    service: Harness, mother: Any, status: OrderStatus, outcome: list[str]
) -> None:
    await bring(service, mother, status)
    asked = only(await service.deliver(mother.cancel()), m.CancelRequested)
    sent = await service.deliver(mother.pick_cancelled())
    assert mother.said(sent) == outcome
    assert only(sent, m.OrderCancelled).cancel_id == asked.cancel_id
    assert mother.state_in(sent).status is OrderStatus.CANCELLED
    assert mother.state_in(sent).refunded_jpy == 2500


@pytest.mark.parametrize("status", list(PATHS))
async def test_pick_cancelled__of_a_cancel_nobody_asked_for__changes_nothing(
    service: Harness, mother: Any, status: OrderStatus
) -> None:
    await bring(service, mother, status)
    assert await service.deliver(mother.pick_cancelled()) == []


@pytest.mark.parametrize("status", [OrderStatus.CONFIRMED, OrderStatus.CHOICE, OrderStatus.READY])
async def test_cancel_refused__the_order_goes_on_and_may_be_cancelled_again(
    service: Harness, mother: Any, status: OrderStatus
) -> None:
    await bring(service, mother, status)
    await service.deliver(mother.cancel({"L1": 2}))
    twice = await service.deliver(mother.cancel({"L1": 2}, cancel_id="C2"))
    assert only(twice, m.CommandRefused).reason == "nothing_to_cancel"
    refused = await service.deliver(mother.cancel_refused({"L1": 2}))
    assert mother.said(refused) == []
    assert mother.state_in(refused).status is status
    assert mother.said(await service.deliver(mother.cancel({"L1": 2}, cancel_id="C3"))) == ["CancelRequested"]


@pytest.mark.parametrize("status", list(PATHS))
async def test_cancel_refused__of_a_cancel_nobody_asked_for__changes_nothing(
    service: Harness, mother: Any, status: OrderStatus
) -> None:
    await bring(service, mother, status)
    assert await service.deliver(mother.cancel_refused({"L1": 2})) == []


@pytest.mark.parametrize("status", list(PATHS))
async def test_choice_unanswered__in_each_state__ends_only_what_is_in_question(
    service: Harness, mother: Any, status: OrderStatus
) -> None:
    await bring(service, mother, status)
    sent = await service.make_due("choice_unanswered")
    if status is OrderStatus.CHOICE:
        assert mother.said(sent) == ["OrderCancelled", "RefundDue"]
        assert [line.line_id for line in only(sent, m.OrderCancelled).lines] == ["L2"]
    else:
        assert sent == []


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (OrderStatus.PLACED, ["OrderCancelled", "RefundDue"]),
        (OrderStatus.CONFIRMED, ["OrderCancelled", "RefundDue"]),
        (OrderStatus.CHOICE, ["OrderCancelled", "RefundDue"]),
        (OrderStatus.READY, ["OrderCancelled", "RefundDue"]),
        (OrderStatus.SHIPPED, []),
        (OrderStatus.COMPLETED, []),
        (OrderStatus.RETURNED, []),
        (OrderStatus.CANCELLED, []),
        (OrderStatus.REJECTED, []),
    ],
)
async def test_no_show__in_each_state__ends_only_what_is_open(
    service: Harness, mother: Any, status: OrderStatus, outcome: list[str]
) -> None:
    await bring(service, mother, status)
    sent = await service.deliver(mother.expired())
    assert mother.said(sent) == outcome
    if outcome:
        assert only(sent, m.OrderCancelled).reason == "no_show"


async def test_cancel__of_an_unknown_order__is_refused(service: Harness, mother: Any) -> None:
    refusal = only(await service.deliver(mother.cancel()), m.CommandRefused)
    assert refusal.reason == "unknown_order"
    assert mother.said(await service.deliver(mother.place())) == ["OrderPlaced"]


async def test_cancel__of_an_unknown_line__is_refused(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place())
    assert only(await service.deliver(mother.cancel({"L9": 1})), m.CommandRefused).reason == "unknown_line"


async def test_cancel__handed_over_before_pickup_heard_of_it__only_the_rest_is_cancelled(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.ready())
    await service.deliver(mother.cancel())
    sent = await service.deliver(
        mother.collected({"L1": 2}), mother.cancel_refused({"L1": 2}), mother.pick_cancelled()
    )
    assert mother.said(sent) == ["OrderCompleted", "OrderCancelled", "RefundDue"]
    assert [line.line_id for line in only(sent, m.OrderCancelled).lines] == ["L2"]
    assert only(sent, m.RefundDue).amount_jpy == 500
    assert mother.state_in(sent).status is OrderStatus.COMPLETED


async def test_cancel__two_claims_and_a_handover__the_later_claim_has_nothing_left(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.ready())
    await service.deliver(mother.cancel({"L1": 1}), mother.cancel({"L1": 1}, cancel_id="C2"))
    await service.deliver(mother.collected({"L1": 1}))
    await service.sent()
    assert mother.said(await service.deliver(mother.cancel({"L1": 1}, cancel_id="C3"))) == ["CommandRefused"]
    assert await service.deliver(mother.pick_cancelled("C2")) == []
    granted = await service.deliver(mother.pick_cancelled())
    assert [line.quantity for line in only(granted, m.OrderCancelled).lines] == [1]


async def test_reservation__after_the_order_was_cancelled__leaves_it_cancelled(
    service: Harness, mother: Any
) -> None:
    """Inventory reads OrderPlaced, then OrderCancelled, under one key: what it reserved between them it frees."""
    cancelled = await service.deliver(mother.place(), mother.cancel())
    assert mother.said(cancelled) == ["OrderPlaced", "OrderCancelled", "RefundDue"]
    assert await service.deliver(mother.reserved()) == []


async def test_reservation__of_a_line_cancelled_meanwhile__promises_only_the_rest(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.cancel({"L1": 1}))
    confirmed = only(await service.deliver(mother.reserved()), m.OrderConfirmed)
    assert [(line.line_id, line.quantity) for line in confirmed.lines] == [("L1", 1), ("L2", 1)]
    assert [(a.line_id, a.quantity) for a in confirmed.allocations] == [("L1", 1), ("L2", 1)]


async def test_handover__after_close__is_settled_and_the_outcome_stands(
    service: Harness, mother: Any
) -> None:
    await bring(service, mother, OrderStatus.CANCELLED)
    sent = await service.deliver(mother.collected(after_close=True, done_offline=True))
    settlement = only(sent, m.SettlementDue)
    assert (settlement.amount_jpy, settlement.owed_by.value, settlement.location_id) == (
        2500,
        "shopper",
        "shibuya",
    )
    assert mother.said(sent) == ["SettlementDue"]
    assert mother.state_in(sent).status is OrderStatus.CANCELLED
    assert await service.deliver(mother.collected({"L1": 2}, after_close=True)) == []


async def test_handover__after_close_and_paid_at_the_till__nothing_is_owed(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(payment=Payment.AT_PICKUP), mother.reserved(), mother.expired())
    await service.sent()
    paid = mother.collected({"L1": 2}, amounts={"L1": 2000}, receipt_id="r1", after_close=True)
    assert only(await service.deliver(paid), m.SettlementDue).amount_jpy == 0
