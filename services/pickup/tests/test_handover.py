"""Handover by code, by receipt, by both, before the order is known, and never known."""

from typing import Any

import pytest

from pickup.settings import settings
from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    HandoverUnmatched,
    PickCompleted,
    PickRequested,
    PickupCollected,
    PickupReady,
    Task,
)
from tsunagu.contracts.values import TaskState
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = pytest.mark.component


async def picked(pickup: Harness, order: Any) -> PickupReady:
    """The order waits for its shopper."""
    await pickup.deliver(order.confirmed())
    out = await pickup.deliver(*(order.pick(place) for place in range(len(order.skus))))
    return only(out, PickupReady)


async def test_receipt_after_handover__is_one_handover__and_only_adds_its_receipt(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await picked(pickup, order)
    await pickup.deliver(order.hand_over())
    receipt = order.receipt()
    second = only(await pickup.deliver(receipt), PickupCollected)
    assert (second.lines, second.receipt_id) == ((), receipt.receipt_id)


async def test_handover_after_receipt__is_one_handover__and_is_accepted(pickup: Harness, a: Any) -> None:
    order = a.order()
    ready = await picked(pickup, order)
    await pickup.deliver(order.receipt())
    out = await pickup.deliver(order.hand_over(code_hash=ready.code_hash))
    only(out, CommandAccepted)
    assert not all_of(out, PickupCollected)


async def test_handover__after_the_receipt_of_another_piece__gives_all_that_waits(
    pickup: Harness, a: Any
) -> None:
    order = a.order(quantity=2)
    await pickup.deliver(order.confirmed(), order.pick(quantity=1))
    first = order.receipt().lines[0].model_copy(update={"quantity": 1, "amount_jpy": 1100})
    await pickup.deliver(a.receipt(first))
    only(await pickup.deliver(order.pick(quantity=1)), PickupReady)
    collected = only(await pickup.deliver(order.hand_over()), PickupCollected)
    assert [line.quantity for line in collected.lines] == [1]


async def test_handover__a_second_time__is_refused(pickup: Harness, a: Any) -> None:
    order = a.order()
    await picked(pickup, order)
    await pickup.deliver(order.hand_over())
    assert only(await pickup.deliver(order.hand_over()), CommandRefused).reason == "already_collected"


async def test_handover__at_another_store__says_where_the_goods_are(pickup: Harness, a: Any) -> None:
    order = a.order()
    await picked(pickup, order)
    refused = only(await pickup.deliver(order.hand_over(location_id=a.other)), CommandRefused)
    assert refused.reason == "not_here"
    assert a.shop in refused.detail or a.other in refused.detail


async def test_handover__before_the_goods_are_picked__is_refused(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    assert only(await pickup.deliver(order.hand_over()), CommandRefused).reason == "not_ready"


@pytest.mark.parametrize("said", [{"staff_ref": None}, {"desk_check": None}])
async def test_handover__without_a_code_and_a_check__is_refused_and_says_what_is_missing(
    pickup: Harness, a: Any, said: dict[str, Any]
) -> None:
    order = a.order()
    await picked(pickup, order)
    out = await pickup.deliver(order.hand_over(**said))
    assert not all_of(out, PickupCollected)
    refused = only(out, CommandRefused)
    assert refused.reason == "desk_check_missing"
    assert "staff_ref" in refused.detail
    assert "desk_check" in refused.detail


async def test_handover__with_a_check_at_the_desk__says_who_looked_at_what(pickup: Harness, a: Any) -> None:
    order = a.order()
    await picked(pickup, order)
    collected = only(await pickup.deliver(order.hand_over(desk_check="order_mail")), PickupCollected)
    assert (collected.proof, collected.desk_check, collected.staff_ref) == ("desk", "order_mail", "staff:7")


async def test_handover__after_its_receipt__needs_no_check(pickup: Harness, a: Any) -> None:
    order = a.order()
    await picked(pickup, order)
    await pickup.deliver(order.receipt())
    only(await pickup.deliver(order.hand_over(desk_check=None)), CommandAccepted)


async def test_handover__of_more_than_its_receipt__needs_a_check(pickup: Harness, a: Any) -> None:
    order = a.order(skus=("SHIRT", "SHOE"))
    await picked(pickup, order)
    paid = order.receipt().lines[0]
    await pickup.deliver(a.receipt(paid))
    both = tuple({"line_id": line, "quantity": 1} for line in ("l1", "l2"))
    out = await pickup.deliver(order.hand_over(desk_check=None, lines=both))
    assert only(out, CommandRefused).reason == "desk_check_missing"


async def test_offline_handover__without_a_check__has_happened_and_is_booked(pickup: Harness, a: Any) -> None:
    order = a.order()
    await picked(pickup, order)
    out = await pickup.deliver(order.hand_over(desk_check=None, staff_ref=None, done_offline=True))
    assert only(out, PickupCollected).desk_check is None


async def test_handover__without_a_check__where_none_is_required__is_done(
    pickup: Harness, a: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSUNAGU_PICKUP_DESK_CHECK_REQUIRED", "false")
    settings.cache_clear()
    try:
        order = a.order()
        await picked(pickup, order)
        only(await pickup.deliver(order.hand_over(desk_check=None)), PickupCollected)
    finally:
        monkeypatch.undo()
        settings.cache_clear()


async def test_handover__of_an_unknown_order__is_refused(pickup: Harness, a: Any) -> None:
    out = await pickup.deliver(a.order().hand_over())
    assert only(out, CommandRefused).reason == "unknown_order"


async def test_receipt__before_the_pick__collects_from_the_shelf_and_ends_the_pick_list(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    out = await pickup.deliver(order.receipt())
    assert [(line.quantity, line.allocation_id) for line in only(out, PickupCollected).lines] == [(1, "a1")]
    assert only(out, Task).state is TaskState.DONE


async def test_receipt__before_the_order_is_known__waits_for_it(pickup: Harness, a: Any) -> None:
    order = a.order()
    receipt = order.receipt()
    assert await pickup.deliver(receipt) == []
    out = await pickup.deliver(order.confirmed())
    assert only(out, PickupCollected).receipt_id == receipt.receipt_id
    assert not all_of(await pickup.make_due("unmatched"), HandoverUnmatched)


async def test_receipt__of_an_order_that_nobody_knows__is_a_plain_sale_in_the_end(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    receipt = order.receipt()
    await pickup.deliver(receipt)
    unmatched = only(await pickup.make_due("unmatched"), HandoverUnmatched)
    assert (unmatched.order_id, unmatched.receipt_id) == (order.order_id, receipt.receipt_id)
    assert unmatched.lines == receipt.lines
    # The sale has been booked as plain; the order that turns up later is not handed over with it.
    late = await pickup.deliver(order.confirmed())
    assert not all_of(late, PickupCollected)
    only(late, PickRequested)


async def test_offline_handover__of_an_order_that_nobody_knows__is_unmatched_in_the_end(
    pickup: Harness, a: Any
) -> None:
    handover = a.order().hand_over(done_offline=True)
    assert await pickup.deliver(handover) == []
    unmatched = only(await pickup.make_due("unmatched"), HandoverUnmatched)
    assert (unmatched.handover_id, unmatched.lines) == (handover.handover_id, ())


async def test_offline_handover__before_the_order_is_known__is_booked_when_it_is(
    pickup: Harness, a: Any
) -> None:
    order = a.order(quantity=2)
    await pickup.deliver(order.hand_over(done_offline=True))
    collected = only(await pickup.deliver(order.confirmed()), PickupCollected)
    assert collected.done_offline
    assert sum(line.quantity for line in collected.lines) == 2


async def test_receipt__with_more_than_was_ordered__the_rest_is_a_plain_sale(pickup: Harness, a: Any) -> None:
    order = a.order(quantity=2)
    await picked(pickup, order)
    line = order.receipt().lines[0].model_copy(update={"quantity": 3, "amount_jpy": 3301})
    out = await pickup.deliver(a.receipt(line))
    collected, rest = only(out, PickupCollected), only(out, HandoverUnmatched)
    assert [(each.quantity, each.amount_jpy) for each in collected.lines] == [(2, 2200)]
    assert [(each.quantity, each.amount_jpy) for each in rest.lines] == [(1, 1101)]


async def test_receipt__with_lines_of_two_orders_and_a_plain_one__collects_both(
    pickup: Harness, a: Any
) -> None:
    first, second = a.order(), a.order(skus=("SHOE",))
    await picked(pickup, first)
    await picked(pickup, second)
    plain = (
        first.receipt().lines[0].model_copy(update={"line_id": "p", "order_id": None, "order_line_id": None})
    )
    other = second.receipt().lines[0].model_copy(update={"line_id": "s"})
    out = await pickup.deliver(a.receipt(first.receipt().lines[0], other, plain))
    assert {event.order_id for event in all_of(out, PickupCollected)} == {first.order_id, second.order_id}
    assert not all_of(out, HandoverUnmatched)


async def test_pick__that_is_heard_of_after_the_shopper_has_gone__is_not_staged_any_more(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    pick = order.pick()
    await pickup.deliver(order.receipt())
    out = await pickup.deliver(pick)
    only(out, CommandAccepted)
    assert not all_of(out, PickCompleted)
    extra = only(await pickup.deliver(order.pick()), PickCompleted)
    assert extra.quantity == 1


async def test_pick__before_the_order_is_known__is_booked_at_once_and_fits_later(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    early = only(await pickup.deliver(order.pick()), PickCompleted)
    assert (early.order_id, early.quantity) == (order.order_id, 1)
    out = await pickup.deliver(order.confirmed())
    only(out, PickupReady)
    assert not all_of(out, PickRequested)
