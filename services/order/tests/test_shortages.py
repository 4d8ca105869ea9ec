"""What was promised can't be had after all: other goods, a choice, or the end of those lines."""

from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.values import ChoiceKind, FulfilmentMethod, OrderStatus, Payment, ReservationCause
from tsunagu.testing.harness import Harness, only

pytestmark = pytest.mark.component

SHORT_PICK = ReservationCause.SHORT_PICK


async def test_rejected__before_confirmation__ends_the_order_and_refunds_it(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place())
    sent = await service.deliver(mother.rejected({"L1": 1}, reason="unknown_sku"))
    assert mother.said(sent) == ["OrderRejected", "RefundDue"]
    assert only(sent, m.OrderRejected).reason == "unknown_sku"
    refund = only(sent, m.RefundDue)
    assert (refund.amount_jpy, refund.cause_id) == (2500, mother.order_id)


async def test_rejected__paid_at_pickup__nothing_to_refund(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(payment=Payment.AT_PICKUP))
    assert mother.said(await service.deliver(mother.rejected({"L1": 1}))) == ["OrderRejected"]


async def test_partial__lines_that_can_be_had_are_confirmed_and_the_others_refunded(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(allow_partial=True))
    sent = await service.deliver(mother.reserved({"L1": 2}, short={"L2": 1}))
    assert mother.said(sent) == ["OrderConfirmed", "RefundDue"]
    confirmed = only(sent, m.OrderConfirmed)
    assert [line.line_id for line in confirmed.lines] == ["L1"]
    assert [line.line_id for line in confirmed.short_lines] == ["L2"]
    assert only(sent, m.RefundDue).amount_jpy == 500
    done = await service.deliver(mother.collected({"L1": 2}))
    assert only(done, m.OrderCompleted).order_finished


async def test_partial__what_can_be_had_was_cancelled_meanwhile__is_rejected(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(allow_partial=True), mother.cancel({"L1": 2}))
    await service.sent()
    sent = await service.deliver(mother.reserved({"L1": 2}, short={"L2": 1}))
    assert mother.said(sent) == ["OrderRejected", "RefundDue"]
    assert mother.state_in(sent).refunded_jpy == 2500


async def test_reallocation__other_goods_in_full__promises_move(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    moved = await service.deliver(mother.reserved(version=2, cause=SHORT_PICK, location_id="shinjuku"))
    event = only(moved, m.OrderReallocated)
    assert mother.said(moved) == ["OrderReallocated"]
    assert (event.allocation_version, event.cause) == (2, SHORT_PICK)
    assert {a.location_id for a in event.allocations} == {"shinjuku"}


async def test_reallocation__lower_version_comes_later__the_highest_stands(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(version=3, location_id="shinjuku"))
    await service.sent()
    assert await service.deliver(mother.reserved(version=2)) == []


async def test_shortage__the_shopper_is_asked_and_the_rest_goes_on(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    short = await service.deliver(mother.reserved({"L1": 2}, version=2, short={"L2": 1}, cause=SHORT_PICK))
    assert mother.said(short) == ["OrderReallocated", "ChoiceRequested"]
    choice = only(short, m.ChoiceRequested)
    assert [(line.line_id, line.quantity) for line in choice.lines] == [("L2", 1)]
    assert {o.kind for o in choice.options} == {
        ChoiceKind.PICKUP_ELSEWHERE,
        ChoiceKind.SHIP,
        ChoiceKind.CANCEL,
    }
    assert mother.state_in(short).status is OrderStatus.CHOICE

    rest = await service.deliver(mother.ready({"L1": 2}))
    assert [line.line_id for line in only(rest, m.OrderReady).lines] == ["L1"]
    assert mother.state_in(rest).status is OrderStatus.CHOICE

    over = await service.make_due("choice_unanswered")
    assert mother.said(over) == ["OrderCancelled", "RefundDue"]
    assert mother.state_in(over).status is OrderStatus.READY
    cancelled = only(over, m.OrderCancelled)
    assert (cancelled.reason, cancelled.order_finished) == ("choice_unanswered", False)
    assert only(over, m.RefundDue).amount_jpy == 500


async def test_shortage__rejected_anew__asks_as_well(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    sent = await service.deliver(
        mother.rejected({"L2": 1}, version=2, held={"L1": 2}, cause=ReservationCause.PROMISE_BROKEN)
    )
    assert mother.said(sent) == ["OrderReallocated", "ChoiceRequested"]


async def test_shortage__of_everything__asks_about_everything(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    sent = await service.deliver(mother.rejected({"L1": 2, "L2": 1}, version=2, cause=SHORT_PICK))
    assert mother.said(sent) == ["ChoiceRequested"]
    over = await service.make_due("choice_unanswered")
    assert only(over, m.OrderCancelled).order_finished
    assert mother.state_in(over).refunded_jpy == 2500


async def test_shortage__more_of_the_same_line__asks_for_all_of_it(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.deliver(mother.reserved({"L1": 1, "L2": 1}, version=2, short={"L1": 1}, cause=SHORT_PICK))
    await service.sent()
    sent = await service.deliver(mother.reserved({"L2": 1}, version=3, short={"L1": 1}, cause=SHORT_PICK))
    assert [line.quantity for line in only(sent, m.ChoiceRequested).lines] == [2]


async def test_shortage__no_time_to_choose__is_cancelled_at_once(
    service: Harness, mother: Any, choice_at_once: None
) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    sent = await service.deliver(mother.reserved({"L1": 2}, version=2, short={"L2": 1}, cause=SHORT_PICK))
    assert mother.said(sent) == ["OrderReallocated", "OrderCancelled", "RefundDue"]
    assert only(sent, m.OrderCancelled).reason == "out_of_stock"


async def test_shortage__found_by_a_late_pick__is_in_question_no_more(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.deliver(mother.reserved({"L1": 2}, version=2, short={"L2": 1}, cause=SHORT_PICK))
    await service.sent()
    found = await service.deliver(mother.reserved(version=3, cause=ReservationCause.LATE_PICK))
    assert mother.said(found) == ["OrderReallocated"]
    assert mother.state_in(found).status is OrderStatus.CONFIRMED
    assert await service.connection.fetchval("SELECT count(*) FROM due_work") == 0


async def test_choice__answered_by_shipping__moves_the_line_and_forgets_the_timer(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.deliver(mother.reserved({"L1": 2}, version=2, short={"L2": 1}, cause=SHORT_PICK))
    await service.sent()
    sent = await service.deliver(mother.change({"L2": 1}))
    changed = only(sent, m.OrderChanged)
    assert mother.said(sent) == ["OrderChanged"]
    assert changed.changed_line_ids == ("L2",)
    assert changed.ended_allocations == ()
    ways = {group.group_id: group.method for group in changed.groups}
    assert {line.line_id: ways[line.group_id] for line in changed.lines} == {
        "L1": FulfilmentMethod.PICKUP,
        "L2": FulfilmentMethod.SHIP,
    }
    assert await service.connection.fetchval("SELECT count(*) FROM due_work") == 0
    again = await service.deliver(mother.reserved(version=3, cause=ReservationCause.CHANGED))
    assert mother.said(again) == ["OrderReallocated"]
    assert mother.state_in(again).status is OrderStatus.CONFIRMED


async def test_choice__answered_by_cancelling__needs_no_pickup(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.deliver(mother.reserved({"L1": 2}, version=2, short={"L2": 1}, cause=SHORT_PICK))
    await service.sent()
    assert mother.said(await service.deliver(mother.cancel({"L2": 1}))) == ["OrderCancelled", "RefundDue"]


async def test_change__part_of_a_line__is_split_and_its_latest_promises_end(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    changed = only(await service.deliver(mother.change({"L1": 1})), m.OrderChanged)
    assert [(a.allocation_id, a.quantity) for a in changed.ended_allocations] == [("AL1v1", 1)]
    assert sorted((line.sku, line.quantity) for line in changed.lines) == [("S1", 1), ("S1", 1), ("S2", 1)]
    rest_id, part_id = changed.changed_line_ids
    assert rest_id == "L1"
    assert part_id not in {"L1", "L2"}


async def test_change__of_what_is_left_of_a_line__ends_the_promise_that_is_still_held(
    service: Harness, mother: Any
) -> None:
    promised = mother.reserved()
    one, other = (
        promised.allocations[0].model_copy(update={"allocation_id": name, "quantity": 1})
        for name in ("one", "other")
    )
    promised = promised.model_copy(update={"allocations": (one, other, promised.allocations[1])})
    handed_over = mother.collected({"L1": 1})
    piece = handed_over.lines[0].model_copy(update={"allocation_id": "one"})
    await service.deliver(mother.place(), promised, handed_over.model_copy(update={"lines": (piece,)}))
    await service.sent()
    changed = only(await service.deliver(mother.change({"L1": 1})), m.OrderChanged)
    assert [a.allocation_id for a in changed.ended_allocations] == ["other"]


async def test_change__of_what_is_not_in_a_parcel_yet__ends_the_promise_that_is_still_held(
    service: Harness, mother: Any
) -> None:
    promised = mother.reserved()
    one, other = (
        promised.allocations[0].model_copy(update={"allocation_id": name, "quantity": 1})
        for name in ("one", "other")
    )
    promised = promised.model_copy(update={"allocations": (one, other, promised.allocations[1])})
    parcel = mother.shipped(quantities={"L1": 1})
    piece = parcel.lines[0].model_copy(update={"allocation_id": "other"})
    await service.deliver(mother.place(), promised, parcel.model_copy(update={"lines": (piece,)}))
    await service.sent()
    changed = only(await service.deliver(mother.change({"L1": 1})), m.OrderChanged)
    assert [a.allocation_id for a in changed.ended_allocations] == ["one"]


async def test_change__whole_group__keeps_its_lines_and_moves(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    changed = only(
        await service.deliver(
            mother.change(method=FulfilmentMethod.PICKUP, location_id="umeda", prefecture=None)
        ),
        m.OrderChanged,
    )
    assert [(g.group_id, g.location_id) for g in changed.groups] == [("G1", "umeda")]
    assert changed.changed_line_ids == ("L1", "L2")


@pytest.mark.parametrize(
    ("before", "changes", "reason"),
    [
        ([], {}, "not_confirmed_yet"),
        (["reserved", "ready"], {}, "too_late"),
        (["reserved", "collected"], {}, "too_late"),
        (["reserved", "expired"], {}, "already_ended"),
        (["reserved"], {"group_id": "G9"}, "unknown_group"),
        (["reserved"], {"lines": {"L9": 1}}, "unknown_line"),
        (
            ["reserved"],
            {"method": FulfilmentMethod.PICKUP, "location_id": "shibuya", "prefecture": None},
            "no_change",
        ),
    ],
)
async def test_change__not_possible__is_refused_with_its_reason(
    service: Harness, mother: Any, before: list[str], changes: dict[str, Any], reason: str
) -> None:
    await service.deliver(mother.place(), *[getattr(mother, step)() for step in before])
    await service.sent()
    sent = await service.deliver(mother.change(**changes))
    assert mother.said(sent) == ["CommandRefused"]
    assert only(sent, m.CommandRefused).reason == reason


async def test_change__unpaid_goods__are_not_shipped(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(payment=Payment.AT_PICKUP), mother.reserved())
    await service.sent()
    assert only(await service.deliver(mother.change()), m.CommandRefused).reason == "not_prepaid"
