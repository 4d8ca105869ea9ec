"""Who may cancel what, and when: docs/cancelling.md is played cell by cell, then what no single cell says."""

import re
from collections.abc import Awaitable, Callable
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import CancelledBy, OrderStatus, ParcelEnd, Payment, ReservationCause
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = pytest.mark.component

PAGE = Path(__file__).parents[3] / "docs" / "cancelling.md"
SHORT = {"short": {"L2": 1}, "version": 2, "cause": ReservationCause.SHORT_PICK}


class Way(NamedTuple):
    """How an order gets into a row of the page."""

    status: OrderStatus
    messages: Callable[[Any], list[Any]]


PATHS: dict[str, Way] = {
    "placed": Way(OrderStatus.PLACED, lambda o: [o.place()]),
    "confirmed": Way(OrderStatus.CONFIRMED, lambda o: [o.place(), o.reserved()]),
    "choice": Way(OrderStatus.CHOICE, lambda o: [o.place(), o.reserved(), o.reserved({"L1": 2}, **SHORT)]),
    "ready": Way(OrderStatus.READY, lambda o: [o.place(), o.reserved(), o.ready()]),
    "partly collected": Way(
        OrderStatus.READY, lambda o: [o.place(), o.reserved(), o.ready(), o.collected({"L1": 2})]
    ),
    "partly shipped": Way(
        OrderStatus.CONFIRMED,
        lambda o: [o.place(both_ways=True), o.reserved(), o.shipped(quantities={"L2": 1})],
    ),
    "shipped": Way(OrderStatus.SHIPPED, lambda o: [o.place(ship=True), o.reserved(), o.shipped()]),
    "completed": Way(OrderStatus.COMPLETED, lambda o: [o.place(), o.reserved(), o.collected()]),
    "returned": Way(
        OrderStatus.RETURNED,
        lambda o: [o.place(), o.reserved(), o.collected(), o.return_items({"L1": 2, "L2": 1})],
    ),
    "cancelled": Way(OrderStatus.CANCELLED, lambda o: [o.place(), o.reserved(), o.expired()]),
    "rejected": Way(OrderStatus.REJECTED, lambda o: [o.place(), o.rejected({"L1": 2})]),
}


class Cause(NamedTuple):
    """What a column of the page is about: whose wish it is, and how it comes about."""

    by: CancelledBy
    happens: Callable[[Harness, Any], Awaitable[list[Message]]]
    follows_a_cancel: bool = False


def delivering(message: Callable[[Any], Any]) -> Callable[[Harness, Any], Awaitable[list[Message]]]:
    return lambda service, mother: service.deliver(message(mother))


CAUSES: dict[str, Cause] = {
    "`CancelOrder` by a customer": Cause(CancelledBy.CUSTOMER, delivering(lambda o: o.cancel())),
    "`CancelOrder` by a store": Cause(
        CancelledBy.STORE, delivering(lambda o: o.cancel(by=CancelledBy.STORE))
    ),
    "`CancelOrder` by the system": Cause(
        CancelledBy.SYSTEM, delivering(lambda o: o.cancel(by=CancelledBy.SYSTEM))
    ),
    "`PickCancelled`": Cause(CancelledBy.CUSTOMER, delivering(lambda o: o.pick_cancelled()), True),
    "`CancelRefused`": Cause(
        CancelledBy.CUSTOMER, delivering(lambda o: o.cancel_refused({"L1": 2, "L2": 1})), True
    ),
    "choice unanswered": Cause(CancelledBy.SYSTEM, lambda service, _: service.make_due("choice_unanswered")),
    "`PickupExpired`": Cause(CancelledBy.SYSTEM, delivering(lambda o: o.expired())),
    "`ParcelEnded`: lost": Cause(CancelledBy.SYSTEM, delivering(lambda o: o.parcel_ended(ParcelEnd.LOST))),
    "`ParcelEnded`: came back": Cause(
        CancelledBy.SYSTEM, delivering(lambda o: o.parcel_ended(ParcelEnd.RETURNED))
    ),
}


class Cell(NamedTuple):
    """A cell of the page: what order says, and what the order is afterwards, where that is something else."""

    state: str
    cause: str
    text: str

    @property
    def said(self) -> list[str]:
        return re.findall(r"`(\w+)`", self.text)

    @property
    def afterwards(self) -> str | None:
        found = re.search(r"→ (\w+)$", self.text)
        return found[1] if found else None


def cells_of(page: str) -> list[Cell]:
    """The cells of all tables of a page, whose first column is the state and whose first row the causes."""
    cells: list[Cell] = []
    causes: list[str] = []
    for line in page.splitlines():
        if not line.startswith("|"):
            causes = []
            continue
        state, *texts = (text.strip() for text in line.strip("|").split("|"))
        if not causes:
            causes = texts
        elif set(state) != {"-"}:
            cells += [Cell(state, cause, text) for cause, text in zip(causes, texts, strict=True)]
    return cells


CELLS = cells_of(PAGE.read_text(encoding="utf-8"))


async def bring(service: Harness, mother: Any, state: str) -> m.Order:
    """Bring a new order into a state."""
    sent: list[Any] = []
    for message in PATHS[state].messages(mother):
        sent += await service.deliver(message)
    order: m.Order = mother.state_in(sent)
    assert order.status is PATHS[state].status
    return order


def test_page__every_state_and_every_cause__has_one_cell() -> None:
    assert {path.status for path in PATHS.values()} == set(OrderStatus)
    assert sorted((cell.state, cell.cause) for cell in CELLS) == sorted(product(PATHS, CAUSES))
    assert [cell for cell in CELLS if not cell.said and cell.text != "–"] == []


@pytest.mark.wide  # a hundred lives of orders; what stands below is the rules behind the page
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.state}, {cell.cause}")
async def test_cancellation__each_cell_of_the_page__is_what_happens(
    shared_service: Harness, mother: Any, cell: Cell
) -> None:
    cause = CAUSES[cell.cause]
    order = await bring(shared_service, mother, cell.state)
    if cause.follows_a_cancel:
        before = mother.own(await shared_service.deliver(mother.cancel()))
        order = mother.state_in([order, *before])
    sent = mother.own(await cause.happens(shared_service, mother))
    assert mother.answers(sent) == cell.said
    assert mother.state_in([order, *sent]).status == (cell.afterwards or order.status)
    for event in sent:
        if isinstance(event, m.CancelRequested | m.OrderCancelled):
            assert event.cancelled_by is cause.by


@pytest.mark.parametrize("state", list(PATHS))
async def test_pick_cancelled__of_a_cancel_nobody_asked_for__changes_nothing(
    service: Harness, mother: Any, state: str
) -> None:
    await bring(service, mother, state)
    assert await service.deliver(mother.pick_cancelled()) == []


@pytest.mark.parametrize("state", ["confirmed", "choice", "ready"])
async def test_cancel_refused__the_order_goes_on_and_may_be_cancelled_again(
    service: Harness, mother: Any, state: str
) -> None:
    await bring(service, mother, state)
    await service.deliver(mother.cancel({"L1": 2}))
    twice = await service.deliver(mother.cancel({"L1": 2}, cancel_id="C2"))
    assert only(twice, m.CommandRefused).reason == "nothing_to_cancel"
    refused = await service.deliver(mother.cancel_refused({"L1": 2}))
    assert mother.said(refused) == []
    assert mother.state_in(refused).status is PATHS[state].status
    assert mother.said(await service.deliver(mother.cancel({"L1": 2}, cancel_id="C3"))) == ["CancelRequested"]


@pytest.mark.parametrize("state", list(PATHS))
async def test_cancel_refused__of_a_cancel_nobody_asked_for__changes_nothing(
    service: Harness, mother: Any, state: str
) -> None:
    await bring(service, mother, state)
    assert await service.deliver(mother.cancel_refused({"L1": 2})) == []


async def test_pick_cancelled__after_a_cancel_of_a_store__says_that_the_store_has_cancelled(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    asked = only(await service.deliver(mother.cancel(by=CancelledBy.STORE)), m.CancelRequested)
    sent = await service.deliver(mother.pick_cancelled())
    cancelled = only(sent, m.OrderCancelled)
    assert (cancelled.cancel_id, cancelled.cancelled_by) == (asked.cancel_id, CancelledBy.STORE)
    assert mother.state_in(sent).refunded_jpy == 2500


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


@pytest.mark.parametrize(("prices", "owed"), [((0, 0), []), ((1000, 0), [[("L1", 2000)]])])
async def test_cancel__goods_that_cost_nothing__are_in_no_refund(
    service: Harness, mother: Any, prices: tuple[int, int], owed: list[Any]
) -> None:
    order = mother.place()
    lines = tuple(
        line.model_copy(update={"unit_price_jpy": price})
        for line, price in zip(order.lines, prices, strict=True)
    )
    await service.deliver(order.model_copy(update={"lines": lines}))
    sent = await service.deliver(mother.cancel())
    assert mother.said(sent)[0] == "OrderCancelled"
    refunds = all_of(sent, m.RefundDue)
    assert [[(line.line_id, line.amount_jpy) for line in refund.lines] for refund in refunds] == owed


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
    await bring(service, mother, "cancelled")
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
