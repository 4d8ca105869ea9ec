"""What is to come: announced from outside, planned and sent from other locations; on a real PostgreSQL."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.domain.deliveries import still_to_come
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.topics import INVENTORY_COMMANDS
from tsunagu.testing.harness import all_of, only, record_of

component = pytest.mark.component
pieces = st.dictionaries(st.sampled_from("ABC"), st.integers(1, 9))


@given(pieces, pieces)
def test_still_to_come__any_pieces__never_negative_and_what_came_beyond_counts_for_no_other_sku(
    announced: dict[str, int], received: dict[str, int]
) -> None:
    left = still_to_come(announced, received)
    assert all(0 < quantity <= announced[sku] for sku, quantity in left.items())
    for sku, quantity in announced.items():
        assert left.get(sku, 0) + min(quantity, received.get(sku, 0)) == quantity


async def to_come(world: Any, location_id: str = "S1", sku: str = "A") -> int:
    return int((await world.stock(location_id, sku))["announced"])


@pytest.mark.wide
@component
async def test_announced__received_in_parts_and_more_than_announced__adds_up_and_is_never_negative(
    world: Any, a: Any
) -> None:
    notice = a.announced("S1", A=5, B=2)
    only(await world.deliver(notice), m.CommandAccepted)
    assert [await to_come(world), await to_come(world, sku="B"), await world.available("S1", "A")] == [
        5,
        2,
        0,
    ]
    await world.deliver(a.delivered("S1", notice.delivery_id, A=2))
    assert [await to_come(world), await world.available("S1", "A")] == [3, 2]
    await world.deliver(a.delivered("S1", notice.delivery_id, A=7), a.delivered("S1", A=1))
    assert [await to_come(world), await to_come(world, sku="B"), await world.available("S1", "A")] == [
        0,
        2,
        10,
    ]


@pytest.mark.wide
@component
async def test_announced__received_whole_under_the_same_id_before_it_was_announced__nothing_is_to_come(
    world: Any, a: Any
) -> None:
    notice = a.announced("S1", A=5)
    arrival = a.delivered("S1", A=4).model_copy(update={"delivery_id": notice.delivery_id})
    await world.deliver(arrival)
    await world.deliver(notice)
    assert await to_come(world) == 1


@pytest.mark.wide
@component
async def test_announced__arrives_at_another_location__is_expected_no_more_where_it_was_announced(
    world: Any, a: Any
) -> None:
    notice = a.announced("S1", A=5)
    await world.deliver(notice)
    await world.deliver(a.delivered("S2", notice.delivery_id, A=5))
    assert [await to_come(world), await world.available("S2", "A")] == [0, 5]


@pytest.mark.wide
@component
async def test_announced__the_same_id_with_another_body__is_a_dead_letter_and_the_first_stands(
    world: Any, a: Any
) -> None:
    notice = a.announced("S1", A=5)
    other = a.announced("S1", A=9).model_copy(update={"delivery_id": notice.delivery_id})
    await world.running.deliver_records(INVENTORY_COMMANDS, [record_of(notice), record_of(notice)])
    await world.running.deliver_records(INVENTORY_COMMANDS, [record_of(other)])
    assert await to_come(world) == 5
    letters = await world.connection.fetch("SELECT reason FROM dead_letter")
    assert [row["reason"] for row in letters] == ["conflicting_body"]


@pytest.mark.wide
@component
async def test_announced__of_an_unknown_sku_or_location__expected_and_asked_about(world: Any, a: Any) -> None:
    out = await world.deliver(a.announced("S1", X=2), a.announced("S9", A=1))
    assert [await to_come(world, sku="X"), await to_come(world, "S9")] == [2, 1]
    assert {task.kind for task in all_of(out, m.Task)} == {"unknown_sku", "unknown_location"}


@pytest.mark.wide
@component
async def test_announced__overdue__a_task_until_somebody_settles_it_and_then_no_longer_to_come(
    world: Any, a: Any
) -> None:
    notice = a.announced("S1", at=a.now(-86_400 * 4), A=5, B=1)
    await world.deliver(notice)
    await world.deliver(a.delivered("S1", notice.delivery_id, B=1))
    task = only(await world.running.work_due(), m.Task)
    assert (task.kind, [(line.sku, line.quantity) for line in task.lines]) == ("discrepancy", [("A", 5)])
    assert task.case == "not_come"
    assert await to_come(world) == 5
    settled = m.SettleDiscrepancy(
        settlement_id=uuid7(), discrepancy_id=task.task_id, location_id="S1", resolution="claim", occurred_at=a.now()
    )  # fmt: skip
    out = await world.settle(settled)
    assert (only(out, m.Task).state, await to_come(world)) == ("done", 0)
    await world.deliver(a.delivered("S1", notice.delivery_id, A=5))
    assert [await to_come(world), await world.available("S1", "A")] == [0, 5]


@pytest.mark.wide
@component
async def test_announced__overdue_and_comes_after_all__the_task_closes_itself(world: Any, a: Any) -> None:
    notice = a.announced("S1", at=a.now(-86_400 * 4), A=5)
    await world.settle(notice)
    out = await world.deliver(a.delivered("S1", notice.delivery_id, A=4))
    assert not all_of(out, m.Task)
    out = await world.deliver(a.delivered("S1", notice.delivery_id, A=1))
    assert only(out, m.Task).state == "done"
    late = m.SettleDiscrepancy(
        settlement_id=uuid7(), discrepancy_id=only(out, m.Task).task_id, location_id="S1", resolution="claim",
        occurred_at=a.now(),
    )  # fmt: skip
    assert only(await world.deliver(late), m.CommandRefused).reason == "already_settled"


@pytest.mark.wide
@component
async def test_announced__all_came_in_time__nobody_is_asked(world: Any, a: Any) -> None:
    notice = a.announced("S1", A=5)
    await world.deliver(notice)
    await world.deliver(a.delivered("S1", notice.delivery_id, A=5))
    assert not all_of(await world.running.make_due("delivery_overdue"), m.Task)


def a_step(planned: m.TransferPlanned, kind: Any, quantity: int, **values: Any) -> Any:
    """A later event about a transfer of A, of so many pieces."""
    line: dict[str, Any] = {"line_id": "A", "sku": "A", "quantity": quantity}
    if kind is m.TransferReceived:
        line = {"line_id": "A", "sku": "A", "shipped": quantity, "received": quantity}
        values = {"receiving_id": uuid7(), "complete": True, **values}
    return kind(**{
        "transfer_id": planned.transfer_id, "version": 2, "from_location_id": planned.from_location_id,
        "to_location_id": planned.to_location_id, "occurred_at": planned.occurred_at, "lines": (line,), **values,
    })  # fmt: skip


@pytest.mark.wide
@component
async def test_transfer__planned_sent_received__counts_once_at_each_step(world: Any, a: Any) -> None:
    planned = a.transfer_planned("S2", "S1", A=3)
    steps = (
        (planned, (3, 0)),
        (a_step(planned, m.TransferShipped, 2, shipping_id=uuid7()), (0, 2)),
        (a_step(planned, m.TransferReceived, 2), (0, 0)),
    )
    await world.deliver(a.stocked("S2", A=3))
    for event, expected in steps:
        await world.deliver(event)
        row = await world.stock("S1", "A")
        assert (row["planned"], row["in_transit"]) == expected


@pytest.mark.wide
@component
async def test_transfer__cancelled_or_received_before_it_was_sent__is_planned_no_more(
    world: Any, a: Any
) -> None:
    cancelled, early = a.transfer_planned("S2", "S1", A=3), a.transfer_planned("S2", "S1", A=2)
    await world.deliver(a.stocked("S2", A=9), cancelled, early)
    assert (await world.stock("S1", "A"))["planned"] == 5
    await world.deliver(a_step(cancelled, m.TransferCancelled, 3, reason="not_needed"))
    assert (await world.stock("S1", "A"))["planned"] == 2
    await world.deliver(a_step(early, m.TransferReceived, 2))
    row = await world.stock("S1", "A")
    assert (row["planned"], row["in_transit"], row["on_hand"]) == (0, 0, 2)


deliveries = st.lists(
    st.tuples(st.dictionaries(st.sampled_from("AB"), st.integers(1, 5), min_size=1),
              st.lists(st.dictionaries(st.sampled_from("AB"), st.integers(1, 4), min_size=1), max_size=3)),
    min_size=1, max_size=3,
)  # fmt: skip


@pytest.mark.wide
@component
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries, st.randoms(use_true_random=False))
async def test_announced__announcements_and_parts_in_any_order_and_twice__the_same_is_to_come(
    world: Any, a: Any, deliveries: list[tuple[dict[str, int], list[dict[str, int]]]], random: Any
) -> None:
    store = f"I{uuid7()}"
    messages: list[Any] = []
    expected: Counter[str] = Counter()
    for announced, parts in deliveries:
        notice = a.announced(store, **announced)
        messages += [notice, *(a.delivered(store, notice.delivery_id, **part) for part in parts)]
        came: Counter[str] = Counter()
        for part in parts:
            came.update(part)
        expected.update(still_to_come(announced, came))
    records = [record_of(message) for message in messages] * 2
    random.shuffle(records)
    while records:
        size = random.randint(1, len(records))
        await world.running.deliver_records(INVENTORY_COMMANDS, records[:size])
        records = records[size:]
    rows = await world.connection.fetch("SELECT sku, announced FROM stock WHERE location_id = $1", store)
    assert +Counter({row["sku"]: row["announced"] for row in rows}) == expected
