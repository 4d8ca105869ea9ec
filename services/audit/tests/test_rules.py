"""Rules that a row or a record alone can't be made to break: refunds, handovers, outcomes, goods."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.log import Asked
from audit.outcomes import OUTCOMES
from audit.rules import goods, messages, money, orders
from audit.tables import Refund, Sale
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import RefundBy

from .conftest import Case

NewCase = Callable[..., Case]
LINE = {
    "order_id": "o",
    "line_id": "l",
    "quantity": 2,
    "unit_price_jpy": 1000,
    "completed": 0,
    "cancelled": 2,
    "returned": 0,
    "completed_jpy": 0,
    "refunded_jpy": 2000,
}
ORDER = {"order_id": "o", "status": "cancelled", "version": 1}


def refunded(case: NewCase, *refunds: Refund, **line: Any) -> Case:
    found = case(order={"orders": [ORDER], "lines": [LINE | line]})
    order = found.scene.told.orders["o"]
    order.placed = order.ended = order.prepaid = True
    order.cancelled["l"] = 2
    order.refunds += refunds
    return found


@pytest.mark.parametrize(
    ("refunds", "red"),
    [
        ([Refund("l", 2, 2000)], ()),
        ([Refund("l", 1, 1000), Refund("l", 1, 1000)], ()),
        ([Refund("l", 2, 2000), Refund("l", 2, 2000)], ("doubled",)),
        ([Refund("l", 1, 1000)], ("lost",)),
        ([], ("lost",)),
        ([Refund("l", 2, 2001)], ("unbalanced",)),
        ([Refund("l", 2, 1999)], ("lost",)),
    ],
)
async def test_check_orders__a_prepaid_order_was_cancelled__is_refunded_once_and_in_full(
    case: NewCase, refunds: list[Refund], red: tuple[str, ...]
) -> None:
    found = refunded(case, *refunds)
    await orders.check_orders(found.scene)
    assert found.report.red == red
    assert all(finding.subject == "o" for heading in red for finding in found.report.of(heading))  # type: ignore[arg-type]


async def test_check_orders__goods_that_cost_nothing_were_cancelled__nothing_is_refunded(
    case: NewCase,
) -> None:
    found = refunded(case, unit_price_jpy=0, refunded_jpy=0)
    await orders.check_orders(found.scene)
    assert found.report.ok


async def test_check_orders__an_order_is_paid_at_pickup__nothing_is_refunded(case: NewCase) -> None:
    found = refunded(case, refunded_jpy=0)
    found.scene.told.orders["o"].prepaid = False
    await orders.check_orders(found.scene)
    assert found.report.ok


async def test_check_orders__the_till_shall_refund_what_the_channel_has__is_unbalanced(case: NewCase) -> None:
    found = refunded(case, Refund("l", 2, 2000, RefundBy.TILL))
    await orders.check_orders(found.scene)
    assert found.report.red == ("unbalanced",)


TILL = RefundBy.TILL


@pytest.mark.parametrize(
    ("over_a_till", "refunds", "red"),
    [
        (False, [Refund("l", 2, 1900, TILL)], ()),
        (False, [Refund("l", 2, 1901, TILL)], ("unbalanced",)),
        (False, [Refund("l", 2, 1900, TILL), Refund("l", 1, 0, TILL)], ("doubled",)),
        (False, [Refund("l", 2, 1899, TILL)], ("lost",)),
        (False, [Refund("l", 2, 1900)], ("unbalanced",)),
        (True, [], ()),
        (True, [Refund("l", 2, 400, TILL)], ()),
        (True, [Refund("l", 3, 400, TILL)], ("doubled",)),
    ],
)
async def test_check_orders__paid_at_the_till_and_brought_back__is_refunded_by_a_till_as_far_as_none_has(
    case: NewCase, over_a_till: bool, refunds: list[Refund], red: tuple[str, ...]
) -> None:
    refunded_jpy = min(1900, sum(refund.amount_jpy for refund in refunds))
    line = LINE | {
        "completed": 2,
        "cancelled": 0,
        "returned": 2,
        "completed_jpy": 1900,
        "refunded_jpy": refunded_jpy,
    }
    found = case(order={"orders": [ORDER | {"status": "returned"}], "lines": [line]})
    told = found.scene.told.orders["o"]
    told.placed, told.completed["l"], told.returned["l"] = True, 2, 2
    told.returned_unpaid_jpy["l"] = 0 if over_a_till else 1900
    told.refunds += refunds
    await orders.check_orders(found.scene)
    assert found.report.red == red


@pytest.mark.parametrize(
    ("in_parcel", "completed", "settled", "red"),
    [(3, 2, 1, ()), (3, 3, 0, ()), (3, 1, 1, ("lost",)), (3, 2, 0, ("lost",)), (3, 4, 0, ("doubled",))],
)
async def test_check_handed_over__parcel_left_after_part_was_cancelled__each_piece_is_completed_or_settled(
    case: NewCase, in_parcel: int, completed: int, settled: int, red: tuple[str, ...]
) -> None:
    found = case(order={"orders": [ORDER]})
    told = found.scene.told.orders["o"]
    told.late_parcels["l"], told.completed["l"], told.settled["l"] = in_parcel, completed, settled
    await orders.check_handed_over(found.scene)
    assert found.report.red == red


@pytest.mark.parametrize(
    ("handed_over", "completed", "red"), [(1, 1, ()), (1, 0, ("lost",)), (1, 2, ("doubled",))]
)
async def test_check_handed_over__pieces_reached_the_shopper__are_completed_once(
    case: NewCase, handed_over: int, completed: int, red: tuple[str, ...]
) -> None:
    found = case(order={"orders": [ORDER]})
    found.scene.told.orders["o"].handed_over["l"] = handed_over
    found.scene.told.orders["o"].completed["l"] = completed
    await orders.check_handed_over(found.scene)
    assert found.report.red == red


@pytest.mark.parametrize(
    ("completed", "cancelled", "settled", "red"),
    [(0, 2, 2, ()), (1, 1, 1, ()), (0, 2, 1, ("lost",)), (0, 0, 2, ("lost",)), (1, 1, 0, ("lost",))],
)
async def test_check_handed_over__cancelled_while_news_of_the_delivery_was_on_its_way__is_completed_or_settled(
    case: NewCase, completed: int, cancelled: int, settled: int, red: tuple[str, ...]
) -> None:
    found = case(order={"orders": [ORDER]})
    told = found.scene.told.orders["o"]
    told.handed_over["l"], told.completed["l"] = 2, completed
    told.cancelled["l"], told.settled["l"] = cancelled, settled
    await orders.check_handed_over(found.scene)
    assert found.report.red == red


@pytest.mark.parametrize(("left", "issued", "red"), [(2, 2, ()), (2, 1, ("lost",)), (2, 4, ("doubled",))])
async def test_check_issued__pieces_left_the_house__are_issued_once(
    case: NewCase, left: int, issued: int, red: tuple[str, ...]
) -> None:
    found = case()
    found.scene.told.orders["o"].left["l"] = left
    found.scene.told.orders["o"].issued["l"] = issued
    await orders.check_issued(found.scene)
    assert found.report.red == red


async def test_check_chain__inventory_never_answered__the_order_is_lost(case: NewCase) -> None:
    found = case(inventory={})
    found.scene.told.orders["o"].placed = True
    await orders.check_chain(found.scene)
    assert [finding.subject for finding in found.report.lost] == ["o"]


@pytest.mark.parametrize(
    ("kind", "answers", "red"),
    [
        (m.CancelOrder, [m.OrderCancelled], ()),
        (m.CancelOrder, [m.CancelRequested, m.OrderCancelled, m.RefundDue], ()),
        (m.CancelOrder, [m.CommandRefused], ()),
        (m.CancelOrder, [], ("lost",)),
        (m.CancelOrder, [m.OrderConfirmed], ("lost",)),
        (m.CancelOrder, [m.CommandRefused, m.CommandRefused], ("doubled",)),
        (m.CancelOrder, [m.CommandRefused, m.OrderCancelled], ("doubled",)),
        (m.SetSafetyStock, [m.CommandAccepted], ()),
        (m.SetSafetyStock, [], ("lost",)),
    ],
)
async def test_check_commands__each_has_exactly_one_outcome(
    case: NewCase, kind: type[Message], answers: list[type[Message]], red: tuple[str, ...]
) -> None:
    found = case()
    topic = next(topic for topic in t.TOPICS if kind in topic.messages)
    found.scene.log.asked["type", "c"] = Asked(kind, topic, "o", "c", ["first", "sent again"])
    found.scene.log.answers["first"] = answers
    await messages.check_commands(found.scene)
    assert found.report.red == red


@pytest.mark.parametrize(
    ("was_rebuilt", "events", "states", "red"),
    [
        (False, [1, 2, 4], [3, 4], ()),
        (False, [1, 2, 4], [4], ("lost",)),
        (True, [1, 2, 4], [4], ()),
        (True, [1, 2, 4], [], ()),
        (True, [1, 2], [2], ("lost",)),
        (True, [1, 4], [2, 4], ("lost",)),
        (True, [1, 5], [4, 5], ("lost",)),
    ],
)
async def test_check_versions__some_show_in_the_state_only__a_rebuilt_log_lacks_those_before_its_first_state(
    case: NewCase, was_rebuilt: bool, events: list[int], states: list[int], red: tuple[str, ...]
) -> None:
    found = case(order={"orders": [ORDER | {"version": 4}]})
    found.scene.was_rebuilt = was_rebuilt
    found.scene.told.versions["order.events"]["o"] = dict.fromkeys(events, 1)
    found.scene.told.versions["order.state"]["o"] = dict.fromkeys(states, 1)
    await messages.check_versions(found.scene)
    assert found.report.red == red


async def test_check_versions__the_log_was_rebuilt__a_gap_where_every_version_has_an_event_is_lost(
    case: NewCase,
) -> None:
    found = case(inventory={"orders": [ORDER | {"version": 3}]})
    found.scene.was_rebuilt = True
    found.scene.told.versions["inventory.events"]["o"] = {1: 1, 3: 1}
    await messages.check_versions(found.scene)
    assert [finding.why for finding in found.report.lost] == [
        "version 2 of it never came to inventory.events"
    ]


def test_outcomes__every_command_of_every_commands_topic_that_is_read_has_a_row() -> None:
    read = [topic for topic in t.TOPICS if topic.kind == "commands" and "audit" in topic.read_by]
    asked = {kind for topic in read for kind in topic.messages}
    assert asked == set(OUTCOMES)


async def test_check_commands__a_fact_waits_for_its_order__is_not_lost(case: NewCase) -> None:
    found = case(pickup={"waiting_facts": [{"work_id": "o", "message_id": "first"}]})
    found.scene.log.asked["type", "s"] = Asked(m.ShipTransfer, t.PICKUP_COMMANDS, "o", "s", ["first"])
    await messages.check_commands(found.scene)
    assert found.report.ok


async def test_check_goods__picked_pieces_are_nowhere__is_unbalanced(case: NewCase) -> None:
    found = case(pickup={"goods": [{"work_id": "o", "sku": "coat", "state": "staged", "pieces": 1}]})
    found.scene.told.picked["o", "coat"] = 2
    await goods.check_goods(found.scene)
    assert [finding.subject for finding in found.report.unbalanced] == ["o"]


@pytest.mark.parametrize(("state", "red"), [("collected", ()), ("taken", ()), ("staged", ("unbalanced",))])
async def test_check_goods__goods_were_handed_over__out_of_the_back_room_or_straight_from_the_shelf(
    case: NewCase, state: str, red: tuple[str, ...]
) -> None:
    found = case(pickup={"goods": [{"work_id": "o", "sku": "coat", "state": state, "pieces": 1}]})
    found.scene.told.collected["o", "coat"] = 1
    await goods.check_goods(found.scene)
    assert found.report.red == red


@pytest.mark.parametrize(
    ("state", "undelivered", "red"),
    [
        ("undelivered", 1, ()),
        ("arrived_late", 1, ()),
        ("parcelled", 1, ("unbalanced",)),
        ("undelivered", 0, ("unbalanced",)),
    ],
)
async def test_check_goods__a_parcel_was_given_up__its_pieces_are_said_to_be(
    case: NewCase, state: str, undelivered: int, red: tuple[str, ...]
) -> None:
    found = case(pickup={"goods": [{"work_id": "o", "sku": "coat", "state": state, "pieces": 1}]})
    found.scene.told.picked["o", "coat"] = 1
    found.scene.told.undelivered["o", "coat"] = undelivered
    await goods.check_goods(found.scene)
    assert found.report.red == red


@pytest.mark.parametrize(
    ("sale", "sold_jpy", "credited_jpy", "red"),
    [
        (Sale({"sale:r": 1000}), 1000, 1000, ()),
        (Sale({"sale:r": 1000}), 900, 900, ("unbalanced",)),
        (Sale({"sale:r": 1000}, {"return:x": 400}), 1000, 600, ()),
        (Sale({"sale:r": 1000}, {"return:x": 400}), 1000, 500, ("unbalanced",)),
        (Sale({"sale:r": 1000}, voided=True), 1000, 0, ()),
        (Sale({"sale:r": 1000}, voided=True), 1000, 1000, ("unbalanced",)),
    ],
)
async def test_check_credits__what_was_kept_of_a_sale_is_credited(
    case: NewCase, sale: Sale, sold_jpy: int, credited_jpy: int, red: tuple[str, ...]
) -> None:
    row = {"sale_id": "receipt:r", "sold_jpy": sold_jpy, "returned_jpy": sold_jpy - credited_jpy}
    documents = [{"sale_id": "receipt:r", "document_id": id} for id in (*sale.sold, *sale.returned)]
    credits = [{"sale_id": "receipt:r", "amount_jpy": credited_jpy}]
    found = case(insight={"sales": [row], "credits": credits, "documents": documents})
    found.scene.told.sales["receipt:r"] = sale
    await money.check_credits(found.scene)
    assert found.report.red == red
