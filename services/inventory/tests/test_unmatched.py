"""Transfers that nobody sent, or nobody knows: goods are where they are, and somebody finds out why."""

from datetime import timedelta
from typing import Any

import pytest

from inventory.settings import settings
from tsunagu.contracts import messages as m
from tsunagu.testing.harness import all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]

LINE = {"line_id": "1", "sku": "A", "quantity": 2}


def arrived(a: Any, **values: Any) -> m.TransferReceived:
    """Two pieces of A have come from S2 to S1."""
    line = {"line_id": "1", "sku": "A", "shipped": 2, "received": 2}
    head = {"transfer_id": "T1", "version": 2, "from_location_id": "S2", "to_location_id": "S1"}
    about = {"receiving_id": "R1", "lines": (line,), "complete": True, "occurred_at": a.now()}
    return m.TransferReceived(**{**head, **about, **values})


def shipped(a: Any) -> m.TransferShipped:
    head = {"transfer_id": "T1", "version": 1, "from_location_id": "S2", "to_location_id": "S1"}
    return m.TransferShipped(**head, shipping_id="SH1", lines=(LINE,), occurred_at=a.now())


def unmatched(a: Any, **values: Any) -> m.WorkUnmatched:
    """A receipt of a transfer that nobody knows."""
    head = {"version": 1, "transfer_id": "T9", "location_id": "S1", "occurred_at": a.now()}
    fact = {"fact_type": "tsunagu.transfer.receive.v1", "fact_id": "R9"}
    return m.WorkUnmatched(**{**head, **fact, **values})


async def test_received__and_nobody_says_that_it_was_sent__somebody_looks_where_it_came_from(
    world: Any, a: Any
) -> None:
    await world.deliver(a.stocked("S2", A=5))
    assert not all_of(await world.deliver(arrived(a)), m.Task)
    assert (await world.stock("S2", "A"))["on_hand"] == 3
    assert await world.available("S1", "A") == 2
    due_at = await world.connection.fetchval("SELECT due_at FROM due_work WHERE kind = 'unreported'")
    assert due_at > a.now() + timedelta(minutes=settings().unreported_transfer_minutes - 1)
    task = only(await world.running.make_due("unreported"), m.Task)
    assert (task.kind, task.location_id, task.transfer_id) == ("discrepancy", "S2", "T1")
    assert task.case == "transfer_unsent"
    assert [(line.sku, line.quantity) for line in task.lines] == [("A", 2)]


async def test_received__and_reported_as_sent_later__nobody_has_to_look(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=5))
    await world.deliver(arrived(a), shipped(a))
    assert not all_of(await world.running.make_due("unreported"), m.Task)


async def test_received__as_sent__nobody_is_asked(world: Any, a: Any) -> None:
    await world.deliver(a.stocked("S2", A=5))
    await world.deliver(shipped(a), arrived(a))
    assert await world.connection.fetchval("SELECT count(*) FROM due_work WHERE kind = 'unreported'") == 0


async def test_unmatched_receipt__the_goods_are_on_hand_and_set_apart_until_somebody_accepts_them(
    world: Any, a: Any
) -> None:
    out = await world.deliver(unmatched(a, arrived=({"sku": "A", "quantity": 2},)))
    stock = await world.stock("S1", "A")
    assert (stock["on_hand"], stock["unsellable"], await world.available("S1", "A")) == (2, 2, 0)
    task = only(out, m.Task)
    assert (task.kind, task.location_id, task.transfer_id) == ("discrepancy", "S1", "T9")
    assert task.case == "arrived_unknown"
    said = only(out, m.StockReceived)
    assert (said.document_id, [(line.sku, line.damaged) for line in said.lines]) == ("R9", [("A", 2)])
    accepted = m.SettleDiscrepancy(
        settlement_id="SD",
        discrepancy_id=task.task_id,
        location_id="S1",
        resolution="accept",
        occurred_at=a.now(),
    )
    await world.deliver(accepted)
    assert await world.available("S1", "A") == 2


@pytest.mark.parametrize(
    ("about", "movement"), [({}, "transfer_out"), ({"transfer_id": None, "parcel_id": "P"}, "issue")]
)
async def test_unmatched_shipping__the_goods_are_gone_and_somebody_counts(
    world: Any, a: Any, about: dict[str, Any], movement: str
) -> None:
    await world.deliver(a.stocked("S1", A=5))
    left = ({"sku": "A", "quantity": 2},)
    out = await world.deliver(unmatched(a, order_id="O", left=left, fact_type="tsunagu.some.v1", **about))
    assert await world.available("S1", "A") == 3
    task = only(out, m.Task)
    assert (task.kind, task.case) == ("discrepancy", "left_unknown")
    assert not all_of(out, m.StockReceived)
    kinds = await world.connection.fetch("SELECT type FROM movement WHERE document_id = 'R9'")
    assert [row["type"] for row in kinds] == [movement]


async def test_unmatched_tracking__no_goods_and_no_place__nobody_is_asked(world: Any, a: Any) -> None:
    out = await world.deliver(unmatched(a, transfer_id=None, order_id="O", parcel_id="P", location_id=None))
    assert not all_of(out, m.Task)
