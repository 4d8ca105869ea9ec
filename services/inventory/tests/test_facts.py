"""What tills, warehouses and counters report, on a real PostgreSQL."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.topics import INVENTORY_COMMANDS, POS_SALES
from tsunagu.testing.harness import all_of, only, record_of

pytestmark = pytest.mark.component


async def test_sale__booked_with_its_receipt(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=3))
    sale = a.sale("S1", [("A", 2)])
    out = await world.deliver(sale)
    assert only(out, m.Availability).available == 1
    row = await world.connection.fetchrow("SELECT * FROM movement WHERE type = 'sale'")
    assert (row["quantity"], row["document_id"]) == (-2, sale.receipt_id)
    assert row["occurred_at"] == sale.occurred_at < row["recorded_at"]


async def test_sale__line_of_an_order__skipped(world: Any, a: Any) -> None:
    documents = (a.sale, a.void, a.till_return)
    await world.deliver(*(document("S1", [("A", 2)], order_id="O1") for document in documents))
    assert await world.stock("S1", "A") == {}
    await world.deliver(a.sale("S1", [("A", 2)], order_id="O1"), a.sale("S1", [("A", 1)]))
    assert (await world.stock("S1", "A"))["on_hand"] == -1


async def test_sale__sent_twice__booked_once(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=3))
    sale = a.sale("S1", [("A", 1)])
    await world.running.deliver_records(POS_SALES, [record_of(sale), record_of(sale)])
    await world.running.deliver_records(POS_SALES, [record_of(sale)])
    assert (await world.stock("S1", "A"))["on_hand"] == 2


async def test_void__before_its_sale__adds_up(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=3))
    sale = a.sale("S1", [("A", 1)])
    await world.deliver(a.void("S1", [("A", 1)], receipt_id=sale.receipt_id), sale)
    assert (await world.stock("S1", "A"))["on_hand"] == 3


async def test_sale__below_zero__booked_and_never_shown_below_zero(world: Any, a: Any) -> None:
    out = await world.deliver(a.stocked("S1", A=1), a.sale("S1", [("A", 3)]))
    assert (await world.stock("S1", "A"))["on_hand"] == -2
    assert all_of(out, m.Availability)[-1].available == 0


async def test_till_return__only_resellable_becomes_available(world: Any, a: Any) -> None:
    out = await world.deliver(
        a.till_return("S1", [("A", 1)]),
        a.till_return("S1", [("B", 1)], "damaged"),
        a.till_return("S1", [("C", 1)], "inspect"),
    )
    assert [await world.available("S1", sku) for sku in "ABC"] == [1, 0, 0]
    task = only(out, m.Task)
    assert (task.kind, task.case) == ("discrepancy", "returned")


async def test_sale__unknown_sku_and_location__booked_marked_and_asked_about(world: Any, a: Any) -> None:
    out = await world.deliver(a.sale("S1", [("X", 1)]), a.sale("S9", [("A", 1)]))
    assert (await world.stock("S1", "X"))["on_hand"] == -1
    assert {task.kind for task in all_of(out, m.Task)} == {"unknown_sku", "unknown_location"}
    marks = await world.connection.fetch("SELECT mark FROM movement")
    assert {row["mark"] for row in marks} == {"unknown_sku", "unknown_location"}
    closed = all_of(await world.deliver(a.product("X"), a.location("S9")), m.Task)
    assert [task.state for task in closed] == ["done", "done"]


async def test_sale__from_the_future__booked_when_recorded_and_marked(world: Any, a: Any) -> None:
    await world.deliver(a.sale("S1", [("A", 1)], occurred_at=a.now(86_400)))
    row = await world.connection.fetchrow("SELECT * FROM movement")
    assert row["mark"] == "future"
    assert row["occurred_at"] == row["recorded_at"]


async def test_receive__damaged_part__on_hand_and_not_available(world: Any, a: Any) -> None:
    delivery = m.ReceiveStock(
        delivery_id="D1",
        location_id="S1",
        occurred_at=a.now(),
        lines=({"sku": "A", "quantity": 5, "damaged": 2},),
    )
    out = await world.deliver(delivery)
    assert only(out, m.StockReceived).document_id == "D1"
    assert await world.available("S1", "A") == 3
    task = only(out, m.Task)
    settle = m.SettleDiscrepancy(
        settlement_id="T1", discrepancy_id=task.task_id, location_id="S1", resolution="write_off",
        lines=({"sku": "A", "change": -2},), occurred_at=a.now(),
    )  # fmt: skip
    out = await world.deliver(settle)
    assert only(out, m.StockAdjusted).lines[0].on_hand == 3
    assert only(out, m.Task).state == "done"
    assert await world.available("S1", "A") == 3
    again = m.SettleDiscrepancy(**{**settle.model_dump(), "settlement_id": "T2"})
    assert only(await world.deliver(again), m.CommandRefused).reason == "already_settled"


async def test_settle__accept_after_inspection__goods_are_on_sale_again(world: Any, a: Any) -> None:
    task = only(await world.deliver(a.till_return("S1", [("A", 2)], "inspect")), m.Task)
    settle = m.SettleDiscrepancy(
        settlement_id="T1",
        discrepancy_id=task.task_id,
        location_id="S1",
        resolution="accept",
        occurred_at=a.now(),
    )
    assert only(await world.deliver(settle), m.CommandAccepted).command_id == "T1"
    assert await world.available("S1", "A") == 2


async def test_settle__unknown_discrepancy__refused(world: Any, a: Any) -> None:
    settle = m.SettleDiscrepancy(
        settlement_id="T1", discrepancy_id="none", location_id="S1", resolution="accept", occurred_at=a.now()
    )
    assert only(await world.deliver(settle), m.CommandRefused).reason == "unknown_discrepancy"


async def test_adjust__says_what_is_on_hand_after_it(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=5))
    loss = m.AdjustStock(
        adjustment_id="J1", location_id="S1", reason="loss", occurred_at=a.now(),
        lines=({"sku": "A", "change": -2}, {"sku": "A", "change": -1}),
    )  # fmt: skip
    lines = only(await world.deliver(loss), m.StockAdjusted).lines
    assert [line.on_hand for line in lines] == [3, 2]


async def test_safety_stock__subtracted_once_and_the_latest_setting_counts(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=5))

    def setting(setting_id: str, quantity: int, seconds: int, sku: str = "A") -> m.SetSafetyStock:
        return m.SetSafetyStock(
            setting_id=setting_id, location_id="S1", set_at=a.now(seconds), occurred_at=a.now(),
            lines=({"sku": sku, "quantity": quantity},),
        )  # fmt: skip

    out = await world.deliver(setting("new", 2, -10), setting("old", 4, -20))
    assert len(all_of(out, m.CommandAccepted)) == 2
    assert await world.available("S1", "A") == 3
    assert only(await world.deliver(setting("x", 1, 0, "X")), m.CommandRefused).reason == "unknown_sku"
    assert await world.stock("S1", "X") == {}


async def test_feed__sales_in_a_row__one_news_per_interval(world: Any, a: Any) -> None:
    out = await world.deliver(a.sale("S1", [("A", 1)]), a.sale("S2", [("A", 1)]))
    assert {feed.location_id for feed in all_of(out, m.Feed)} == {"S1", "S2"}
    assert not all_of(await world.deliver(a.sale("S1", [("A", 1)])), m.Feed)
    await world.connection.execute("UPDATE feed SET published_at = published_at - interval '11 seconds'")
    assert only(await world.deliver(a.sale("S1", [("A", 1)])), m.Feed).version == 2


# Counts


async def test_count__absolute_at_its_moment__later_sales_move_it_on(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=10))
    counted_at = a.now(-5)
    await world.deliver(a.sale("S1", [("A", 1)], occurred_at=a.now(-2)))
    out = await world.deliver(a.count("S1", {"A": 8}, counted_at=counted_at))
    counted = only(out, m.StockCounted)
    assert (counted.outcome, counted.lines[0].expected) == ("applied", 10)
    assert (await world.stock("S1", "A"))["on_hand"] == 7


async def test_count__late_sale_that_it_had_seen__changes_nothing(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=10), a.count("S1", {"A": 9}, counted_at=a.now(-2)))
    await world.deliver(a.sale("S1", [("A", 1)], occurred_at=a.now(-30)))
    assert (await world.stock("S1", "A"))["on_hand"] == 9


async def test_count__last_receipt_of_a_register__decides_before_the_time(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=10))
    seen = ({"register_id": "R1", "business_date": date(2026, 4, 1), "receipt_number": 5},)
    await world.deliver(a.count("S1", {"A": 7}, receipts_seen=seen, counted_at=a.now(-10)))
    await world.deliver(a.sale("S1", [("A", 1)], receipt_number=5, occurred_at=a.now(-1)))
    assert (await world.stock("S1", "A"))["on_hand"] == 7
    await world.deliver(a.sale("S1", [("A", 1)], receipt_number=6, occurred_at=a.now(-20)))
    assert (await world.stock("S1", "A"))["on_hand"] == 6


async def test_count__shelf__compared_with_on_hand_less_staged(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=5))
    order = a.order([("A", 2)])
    held = only(await world.deliver(order), m.StockReserved).allocations[0]
    await world.deliver(a.picked(order.order_id, held))
    out = await world.deliver(a.count("S1", {"A": 3}, scope="shelf"))
    assert only(out, m.StockCounted).lines[0].expected == 3
    assert (await world.stock("S1", "A"))["on_hand"] == 5


async def test_count__older_than_one_applied__moves_nothing(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=10))
    await world.deliver(a.count("S1", {"A": 4}, counted_at=a.now(-10)))
    await world.deliver(a.count("S1", {"A": 9}, counted_at=a.now(-20)))
    assert (await world.stock("S1", "A"))["on_hand"] == 4


async def test_count__above_the_limit__waits_for_approval(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=500, B=1))
    count = a.count("S1", {"A": 5, "B": 0})
    out = await world.deliver(count)
    assert only(out, m.StockCounted).outcome == "awaiting_approval"
    task = only(out, m.Task)
    assert (task.kind, task.count_id) == ("approve_count", count.count_id)
    assert {line.sku: (line.quantity, line.expected) for line in task.lines} == {"A": (5, 500), "B": (0, 1)}
    assert (await world.stock("S1", "B"))["on_hand"] == 1
    await world.deliver(a.sale("S1", [("A", 1)]))
    approval = {"count_id": count.count_id, "location_id": "S1", "occurred_at": a.now()}
    out = await world.deliver(m.ApproveCount(approval_id="P1", approved=True, **approval))
    counted = only(out, m.StockCounted)
    assert (counted.version, counted.approval_id) == (2, "P1")
    assert only(out, m.Task).state == "done"
    assert (await world.stock("S1", "A"))["on_hand"] == 4 + (await _sales_before(world, count))
    again = m.ApproveCount(approval_id="P2", approved=False, **approval)
    assert only(await world.deliver(again), m.CommandRefused).reason == "not_awaiting_approval"


async def _sales_before(world: Any, count: m.CountStock) -> int:
    """Sales that happened before the count are in it already."""
    return int(
        await world.connection.fetchval(
            "SELECT count(*) FROM movement WHERE type = 'sale' AND occurred_at <= $1", count.counted_at
        )
    )


async def test_count__refused__becomes_a_recount_task(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S1", A=500))
    count = a.count("S1", {"A": 5})
    await world.deliver(count)
    refusal = m.ApproveCount(
        approval_id="P1", count_id=count.count_id, location_id="S1", approved=False, occurred_at=a.now()
    )
    out = await world.deliver(refusal)
    assert only(out, m.StockCounted).outcome == "refused"
    assert {(task.kind, task.state) for task in all_of(out, m.Task)} == {
        ("count", "open"),
        ("approve_count", "done"),
    }
    assert (await world.stock("S1", "A"))["on_hand"] == 500


async def test_facts__in_any_order_and_doubled__same_stock(world: Any, a: Any) -> None:
    """All orders of a delivery, two sales, a void and a count: the count stands, and what it has not seen is added."""
    for place, sku in enumerate(["A", "B", "C"]):
        sale = a.sale("S1", [(sku, 2)], occurred_at=a.now(-30))
        facts = [
            a.stocked("S1", **{sku: 10}),
            sale,
            a.void("S1", [(sku, 2)], receipt_id=sale.receipt_id, occurred_at=a.now(-5)),
            a.count("S1", {sku: 7}, counted_at=a.now(-20)),
            a.sale("S1", [(sku, 1)], occurred_at=a.now(-10)),
        ]
        orders = list(permutations(facts))[place :: len(facts)]
        for number, order in enumerate(orders[:8]):
            for fact in [*order, order[0]]:
                renamed = fact.model_copy(update=_renamed(fact, number))
                topic = POS_SALES if hasattr(fact, "receipt_id") else INVENTORY_COMMANDS
                await world.running.deliver_records(topic, [record_of(renamed)])
            store = f"N{number}"
            assert (await world.stock(store, sku))["on_hand"] == 7 + 2 - 1, [type(fact) for fact in order]


def _renamed(fact: Any, number: int) -> dict[str, Any]:
    """The same fact at another store, under ids of its own."""
    names = ("receipt_id", "void_id", "adjustment_id", "count_id")
    ids = {name: f"{getattr(fact, name)}-{number}" for name in names if hasattr(fact, name)}
    return {"location_id": f"N{number}", **ids}
