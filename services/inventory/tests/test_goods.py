"""Picks that fall short or come late, broken promises, transfers, carts' holds: on a real PostgreSQL."""

from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.testing.harness import all_of, only

pytestmark = pytest.mark.component


async def reserved(world: Any, order: m.OrderPlaced) -> m.StockReserved:
    """The order's first promise."""
    return only(await world.settle(order), m.StockReserved)


async def test_short_pick__missing__sourced_again_and_the_shelf_withheld_until_counted(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=5), a.stocked("S2", A=5))
    order = a.order([("A", 2)])
    held = (await reserved(world, order)).allocations[0]
    out = await world.settle(a.shorted(order.order_id, held, 2))
    broken = only(out, m.PromiseBroken)
    assert (broken.cause, broken.allocations[0].quantity) == ("short_pick", 2)
    again = only(out, m.StockReserved)
    assert (again.allocation_version, again.cause) == (2, "short_pick")
    assert [(x.location_id, x.quantity) for x in again.allocations] == [("S2", 2)]
    assert await world.available("S1", "A") == 0
    assert only(out, m.Task).kind == "count"
    out = await world.deliver(a.count("S1", {"A": 3}))
    assert await world.available("S1", "A") == 3
    assert only(out, m.Task).state == "done"


async def test_short_pick__part_of_a_line__the_found_part_stays(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=3), a.stocked("S2", A=1))
    order = a.order([("A", 3)])
    held = (await reserved(world, order)).allocations[0]
    out = await world.settle(a.picked(order.order_id, held, 2), a.shorted(order.order_id, held, 1))
    again = only(out, m.StockReserved)
    assert {(x.location_id, x.quantity) for x in again.allocations} == {("S1", 2), ("S2", 1)}


async def test_short_pick__nobody_has_it__rejected_with_what_is_still_held(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1, B=1))
    order = a.order([("A", 1), ("B", 1)])
    first = await reserved(world, order)
    short = next(x for x in first.allocations if x.sku == "A")
    out = await world.settle(a.shorted(order.order_id, short, 1))
    rejected = only(out, m.StockRejected)
    assert (rejected.allocation_version, rejected.cause) == (2, "short_pick")
    assert [line.line_id for line in rejected.short_lines] == ["L1"]
    assert [x.sku for x in rejected.allocations] == ["B"]
    await world.deliver(a.cancelled(order.order_id, [("L1", "A", 1)], order_finished=False))
    assert (await world.stock("S1", "B"))["reserved"] == 1


async def test_short_pick__damaged__set_apart_and_the_rest_stays_available(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=5))
    order = a.order([("A", 1)])
    held = (await reserved(world, order)).allocations[0]
    out = await world.settle(a.shorted(order.order_id, held, 1, "damaged"))
    assert [x.location_id for x in only(out, m.StockReserved).allocations] == ["S1"]
    stock = await world.stock("S1", "A")
    assert (stock["unsellable"], stock["reserved"], stock["available"]) == (1, 1, 3)


async def test_short_pick__reserved_stock_was_sold__those_pieces_are_withheld_until_somebody_counts(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=5))
    order = a.order([("A", 1)])
    held = (await reserved(world, order)).allocations[0]
    out = await world.settle(a.shorted(order.order_id, held, 1, "sold"))
    assert [x.location_id for x in only(out, m.StockReserved).allocations] == ["S1"]
    assert [task.kind for task in all_of(out, m.Task)] == ["count"]
    stock = await world.stock("S1", "A")
    assert (stock["withheld"], stock["unsellable"], stock["reserved"], stock["available"]) == (1, 0, 1, 3)


async def test_late_sale__takes_promised_goods__newest_promise_breaks_and_is_sourced(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=2), a.stocked("S2", A=1))
    older, newer = a.order([("A", 1)]), a.order([("A", 1)])
    await world.deliver(older, newer)
    sale = a.sale("S1", [("A", 1)])
    out = await world.settle(sale)
    broken = only(out, m.PromiseBroken)
    assert (broken.order_id, broken.cause, broken.cause_id) == (newer.order_id, "sale", sale.receipt_id)
    again = only(out, m.StockReserved)
    assert (again.order_id, again.cause, again.allocation_version) == (newer.order_id, "promise_broken", 2)
    assert [x.location_id for x in again.allocations] == ["S2"]
    stock = await world.stock("S1", "A")
    assert (stock["on_hand"], stock["reserved"], stock["available"]) == (1, 1, 0)


async def test_late_sale__the_newest_is_picked__an_older_promise_breaks(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2))
    older, newer = a.order([("A", 1)]), a.order([("A", 1)])
    first = all_of(await world.deliver(older, newer), m.StockReserved)
    held = next(x for x in first if x.order_id == newer.order_id).allocations[0]
    await world.deliver(a.picked(newer.order_id, held))
    out = await world.settle(a.sale("S1", [("A", 1)]))
    assert only(out, m.PromiseBroken).order_id == older.order_id
    assert only(out, m.StockRejected).order_id == older.order_id


async def test_late_sale__safety_stock_gives_way_before_a_promise(world: Any, a: Any) -> None:
    setting = m.SetSafetyStock(
        setting_id="s",
        location_id="S1",
        set_at=a.now(),
        occurred_at=a.now(),
        lines=({"sku": "A", "quantity": 1},),
    )
    await world.deliver(a.stocked("S1", A=2), setting, a.order([("A", 1)]))
    out = await world.settle(a.sale("S1", [("A", 1)]))
    assert not all_of(out, m.PromiseBroken)


async def test_late_pick__of_a_promise_that_moved__goods_come_back_and_the_others_are_freed(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S1", A=1), a.stocked("S2", A=1))
    order = a.order([("A", 1)])
    held = (await reserved(world, order)).allocations[0]
    await world.settle(a.sale("S1", [("A", 1)]))
    assert await world.available("S2", "A") == 0
    out = await world.settle(a.picked(order.order_id, held))
    back = only(out, m.StockReserved)
    assert (back.cause, back.allocation_version) == ("late_pick", 3)
    assert [(x.location_id, x.quantity) for x in back.allocations] == [("S1", 1)]
    assert await world.available("S2", "A") == 1


async def test_late_pick__of_a_cancelled_order__staged_until_put_away(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1))
    order = a.order([("A", 1)])
    held = (await reserved(world, order)).allocations[0]
    await world.deliver(a.cancelled(order.order_id, [("L1", "A", 1)]))
    out = await world.settle(a.picked(order.order_id, held))
    assert not all_of(out, m.StockReserved)
    assert await world.available("S1", "A") == 0


async def test_pick__more_than_asked__the_rest_is_staged_and_a_discrepancy(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=3))
    order = a.order([("A", 1)])
    held = (await reserved(world, order)).allocations[0]
    out = await world.settle(a.picked(order.order_id, held, 2))
    task = only(out, m.Task)
    assert (task.kind, task.case) == ("discrepancy", "picked_beyond")
    stock = await world.stock("S1", "A")
    assert (stock["staged"], stock["reserved"], stock["available"]) == (2, 0, 1)


def shipped(a: Any, order_id: str | None, lines: list[dict[str, Any]]) -> m.TransferShipped:
    return m.TransferShipped(
        order_id=order_id, transfer_id="T1", version=1, from_location_id="S2", to_location_id="S1",
        shipping_id="SH1", lines=tuple(lines), occurred_at=a.now(),
    )  # fmt: skip


def arrived(
    a: Any,
    order_id: str | None,
    lines: list[dict[str, Any]],
    *,
    complete: bool = True,
    receiving_id: str = "R1",
) -> m.TransferReceived:
    return m.TransferReceived(
        order_id=order_id, transfer_id="T1", version=2, from_location_id="S2", to_location_id="S1",
        receiving_id=receiving_id, lines=tuple(lines), complete=complete, occurred_at=a.now(),
    )  # fmt: skip


async def in_transit(world: Any, a: Any, quantity: int = 2) -> tuple[m.OrderPlaced, Any]:
    """An order at S1 whose goods travel from S2."""
    await world.deliver(a.stocked("S2", A=quantity))
    order = a.order([("A", quantity)])
    held = (await reserved(world, order)).allocations[0]
    await world.deliver(a.picked(order.order_id, held), shipped(a, order.order_id, [a.line_of(held)]))
    return order, held


async def test_transfer__shipped_and_received__off_there_and_staged_here(world: Any, a: Any) -> None:
    order, held = await in_transit(world, a)
    assert (await world.stock("S2", "A"))["on_hand"] == 0
    assert (await world.stock("S1", "A"))["in_transit"] == 2
    line = {**a.line_of(held), "shipped": 2, "received": 2}
    out = await world.settle(arrived(a, order.order_id, [line]))
    stock = await world.stock("S1", "A")
    assert (stock["on_hand"], stock["staged"], stock["in_transit"], stock["available"]) == (2, 2, 0, 0)
    assert only(out, m.StockReceived).kind == "transfer"
    assert not all_of(out, m.Task)
    await world.deliver(a.collected(order.order_id, "S1", [a.line_of(held)]))
    assert (await world.stock("S1", "A"))["on_hand"] == 0


async def test_transfer__cancelled_on_the_way__arrives_free(world: Any, a: Any) -> None:
    order, held = await in_transit(world, a)
    await world.deliver(a.cancelled(order.order_id, [("L1", "A", 2)]))
    await world.deliver(arrived(a, order.order_id, [{**a.line_of(held), "shipped": 2, "received": 2}]))
    assert await world.available("S1", "A") == 2


async def test_transfer__pickup_lets_go_before_order_says_so__arrives_free(world: Any, a: Any) -> None:
    order, held = await in_transit(world, a)
    gone = m.PickCancelled(
        order_id=order.order_id, version=3, cancel_id="C", occurred_at=a.now(),
        lines=({**a.line_of(held), "location_id": "S1", "state": "in_transit"},),
    )  # fmt: skip
    await world.deliver(gone, arrived(a, order.order_id, [{**a.line_of(held), "shipped": 2, "received": 2}]))
    out = await world.settle(a.cancelled(order.order_id, [("L1", "A", 2)]))
    assert await world.available("S1", "A") == 2
    assert not all_of(out, m.StockReserved)


async def test_transfer__less_arrives__discrepancy_and_the_order_is_sourced_again(world: Any, a: Any) -> None:
    order, held = await in_transit(world, a)
    await world.deliver(a.stocked("S3", A=1))
    out = await world.settle(arrived(a, order.order_id, [{**a.line_of(held), "shipped": 2, "received": 1}]))
    assert only(out, m.PromiseBroken).cause == "transfer_short"
    again = only(out, m.StockReserved)
    assert sorted((x.location_id, x.quantity) for x in again.allocations) == [("S2", 1), ("S3", 1)]
    task = only(out, m.Task)
    assert (task.kind, task.case) == ("discrepancy", "transfer_differs")
    assert (await world.stock("S1", "A"))["in_transit"] == 0


async def test_transfer__two_promises_of_one_line_in_it__nothing_differs(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=2), a.stocked("S3", A=1))
    order = a.order([("A", 3)])
    elsewhere = next(x for x in (await reserved(world, order)).allocations if x.location_id == "S3")
    await world.deliver(a.stocked("S2", A=1))
    both = only(await world.settle(a.shorted(order.order_id, elsewhere, 1)), m.StockReserved).allocations
    assert [(x.location_id, x.quantity) for x in both] == [("S2", 2), ("S2", 1)]
    await world.deliver(
        *(a.picked(order.order_id, held) for held in both),
        shipped(a, order.order_id, [a.line_of(held) for held in both]),
    )
    counted = [{**a.line_of(held), "shipped": held.quantity, "received": held.quantity} for held in both]
    out = await world.settle(arrived(a, order.order_id, counted))
    assert not all_of(out, m.Task)
    assert not all_of(out, m.PromiseBroken)
    stock = await world.stock("S1", "A")
    assert (stock["staged"], stock["in_transit"]) == (3, 0)


async def test_transfer__in_two_parts__the_rest_stays_in_transit(world: Any, a: Any) -> None:
    order, held = await in_transit(world, a)
    line = {**a.line_of(held), "shipped": 2, "received": 1}
    out = await world.settle(arrived(a, order.order_id, [line], complete=False))
    assert not all_of(out, m.PromiseBroken)
    assert (await world.stock("S1", "A"))["in_transit"] == 1
    await world.deliver(arrived(a, order.order_id, [line], receiving_id="R2"))
    stock = await world.stock("S1", "A")
    assert (stock["staged"], stock["in_transit"]) == (2, 0)


async def test_transfer__without_an_order__available_at_the_destination(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=5))
    line = {"line_id": "1", "sku": "A", "quantity": 3}
    pick = m.PickCompleted(
        transfer_id="T1", version=1, location_id="S2", pick_id="P", line_id="1", sku="A", quantity=3,
        occurred_at=a.now(),
    )  # fmt: skip
    await world.deliver(pick, shipped(a, None, [line]))
    stock = await world.stock("S2", "A")
    assert (stock["on_hand"], stock["staged"]) == (2, 0)
    received = {"line_id": "1", "sku": "A", "shipped": 3, "received": 4, "damaged": 1}
    out = await world.deliver(arrived(a, None, [received]))
    task = only(out, m.Task)
    assert (task.kind, task.case) == ("discrepancy", "transfer_differs")
    assert await world.available("S1", "A") == 3
    assert (await world.stock("S1", "A"))["on_hand"] == 4


async def test_transfer__received_before_we_hear_that_it_left__same_books(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=2))
    order = a.order([("A", 2)])
    held = (await reserved(world, order)).allocations[0]
    line = {**a.line_of(held), "shipped": 2, "received": 2}
    await world.deliver(a.picked(order.order_id, held), arrived(a, order.order_id, [line], complete=False))
    assert (await world.stock("S1", "A"))["staged"] == 2
    await world.deliver(shipped(a, order.order_id, [a.line_of(held)]))
    there, here = await world.stock("S2", "A"), await world.stock("S1", "A")
    assert (there["on_hand"], there["staged"]) == (0, 0)
    assert (here["on_hand"], here["staged"], here["in_transit"]) == (2, 2, 0)


async def test_transfer__counted_in_at_another_place__goods_are_there(world: Any, a: Any) -> None:
    order, held = await in_transit(world, a)
    line = {**a.line_of(held), "shipped": 2, "received": 2}
    elsewhere = arrived(a, order.order_id, [line]).model_copy(update={"to_location_id": "S3"})
    await world.deliver(elsewhere)
    assert (await world.stock("S1", "A"))["in_transit"] == 0
    assert (await world.stock("S3", "A"))["staged"] == 2


async def test_transfer__lost_pieces_turn_up__the_order_has_them_back(world: Any, a: Any) -> None:
    order, held = await in_transit(world, a)
    await world.deliver(a.stocked("S3", A=1))
    line = {**a.line_of(held), "shipped": 2, "received": 1}
    await world.settle(arrived(a, order.order_id, [line]))
    assert await world.available("S3", "A") == 0
    out = await world.settle(arrived(a, order.order_id, [line], receiving_id="R2"))
    back = only(out, m.StockReserved)
    assert (back.cause, sum(x.quantity for x in back.allocations)) == ("late_pick", 2)
    assert await world.available("S3", "A") == 1
    assert (await world.stock("S1", "A"))["staged"] == 2


async def test_put_away__of_goods_that_were_never_staged__changes_nothing(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2))
    back = m.PutAwayCompleted(
        version=1,
        location_id="S1",
        put_away_id="P",
        lines=({"sku": "A", "quantity": 1},),
        occurred_at=a.now(),
    )
    await world.deliver(back)
    assert await world.available("S1", "A") == 2


async def test_unmatched_handover__with_a_receipt__plain_sale(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=3))
    line = {"line_id": "1", "sku": "A", "quantity": 1, "amount_jpy": 1000, "tax_percent": 10, "order_id": "O"}
    await world.deliver(
        m.HandoverUnmatched(
            order_id="O", location_id="S1", lines=(line,), receipt_id="R", occurred_at=a.now()
        )
    )
    assert await world.available("S1", "A") == 2


async def test_unmatched_handover__by_code__somebody_has_to_look(world: Any, a: Any) -> None:
    out = await world.deliver(
        m.HandoverUnmatched(order_id="O", location_id="S1", lines=(), handover_id="H", occurred_at=a.now())
    )
    task = only(out, m.Task)
    assert (task.kind, task.case) == ("discrepancy", "handed_over_unknown")


# Carts' holds


def hold(a: Any, hold_id: str, quantity: int, seconds: float = 60, at: str = "S1") -> m.HoldStock:
    return m.HoldStock(
        hold_id=hold_id, location_id=at, held_until=a.now(seconds), channel="ec", occurred_at=a.now(),
        lines=({"sku": "A", "quantity": quantity},),
    )  # fmt: skip


async def test_hold__keeps_goods_from_others_until_released(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2))
    out = await world.deliver(hold(a, "H1", 2), hold(a, "H2", 1))
    assert only(out, m.StockHeld).hold_id == "H1"
    assert only(out, m.CommandRefused).reason == "out_of_stock"
    assert only(await world.settle(a.order([("A", 1)])), m.StockRejected)
    release = m.ReleaseHold(release_id="R", hold_id="H1", location_id="S1", occurred_at=a.now())
    assert only(await world.deliver(release), m.StockReleased).reason == "released"
    assert await world.available("S1", "A") == 2
    again = release.model_copy(update={"release_id": "R2"})
    assert only(await world.deliver(again), m.CommandRefused).reason == "hold_ended"


async def test_hold__time_is_up__free_again(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2), hold(a, "H1", 2, seconds=0.3))
    await world.connection.execute("UPDATE hold SET held_until = now() - interval '1 second'")
    out = await world.running.make_due("expire_hold")
    assert only(out, m.StockReleased).reason == "expired"
    assert await world.available("S1", "A") == 2


async def test_hold__extended__lasts_longer(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2), hold(a, "H1", 2))
    longer = m.ExtendHold(
        extension_id="E", hold_id="H1", location_id="S1", held_until=a.now(600), occurred_at=a.now()
    )
    held = only(await world.deliver(longer), m.StockHeld)
    assert (held.version, held.held_until) == (2, longer.held_until)
    assert not await world.running.make_due("expire_hold")
    assert await world.available("S1", "A") == 0


@pytest.mark.parametrize(("seconds", "reason"), [(-1, "held_until_past"), (86_400, "held_too_long")])
async def test_hold__wrong_time__refused(world: Any, a: Any, seconds: float, reason: str) -> None:
    await world.deliver(a.stocked("S1", A=2))
    assert only(await world.deliver(hold(a, "H1", 1, seconds)), m.CommandRefused).reason == reason


async def test_place__names_a_hold__consumes_it(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=2), hold(a, "H1", 2))
    out = await world.settle(a.order([("A", 1)], hold_id="H1"))
    assert only(out, m.StockReserved)
    assert only(out, m.StockReleased).reason == "consumed"
    assert await world.available("S1", "A") == 1


async def test_place__two_orders_name_one_hold__only_the_first_draws_on_it(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1), hold(a, "H1", 1))
    first, second = a.order([("A", 1)], hold_id="H1"), a.order([("A", 1)], hold_id="H1")
    out = await world.settle(first, second)
    assert only(out, m.StockReserved).order_id == first.order_id
    assert only(out, m.StockRejected).order_id == second.order_id


async def test_place__hold_is_gone__sourced_afresh(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1))
    assert only(await world.settle(a.order([("A", 1)], hold_id="never")), m.StockReserved)


async def test_place__shipped_from_where_the_cart_holds_it(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=9), a.stocked("S3", A=1), hold(a, "H1", 1, at="S3"))
    out = await world.settle(a.order([("A", 1)], at=None, hold_id="H1"))
    assert [x.location_id for x in only(out, m.StockReserved).allocations] == ["S3"]


async def test_place__hold_covers_a_part__the_hold_is_used_in_the_second_step(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=1), a.stocked("S2", B=1), hold(a, "H1", 1))
    out = await world.settle(a.order([("A", 1), ("B", 1)], hold_id="H1"))
    assert {(x.sku, x.location_id) for x in only(out, m.StockReserved).allocations} == {
        ("A", "S1"),
        ("B", "S2"),
    }
    assert (await world.stock("S1", "A"))["held"] == 0


async def test_transfer__complete_receipt_names_one_line_of_two__the_other_is_given_up(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S2", A=1, B=3))
    first = {"line_id": "1", "sku": "A", "quantity": 1}
    second = {"line_id": "2", "sku": "B", "quantity": 3}
    await world.deliver(shipped(a, None, [first, second]))
    assert (await world.stock("S1", "B"))["in_transit"] == 3
    out = await world.settle(arrived(a, None, [{"line_id": "1", "sku": "A", "shipped": 1, "received": 1}]))
    assert (await world.stock("S1", "B"))["in_transit"] == 0
    task = only(out, m.Task)
    assert (task.kind, task.case) == ("discrepancy", "transfer_differs")
