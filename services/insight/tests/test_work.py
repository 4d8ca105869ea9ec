"""What work costs: minutes per order by store, what was measured of them, and the figure of before beside it."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from insight.domain.days import business_day
from insight.handlers.figures import PUBLISH_KPIS
from insight.store.work import SQL
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.ids import uuid7

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def figures_of(insight: Any) -> dict[tuple[str, str], m.KpiValue]:
    """The totals that are published now, by name and scope."""
    sent = await insight.make_due(PUBLISH_KPIS)
    return {(k.name, k.scope): k for k in sent if isinstance(k, m.KpiValue) and k.period == "total"}


async def test_minutes_per_order__measured_and_planned__all_tasks_of_orders_by_orders_completed(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(
        mothers.task("pick", order_id="o1", minutes=4.0, measured=True),
        mothers.task(
            "hand", kind="hand_over", order_id="o1", minutes=None, planned_minutes=2.0, measured=False
        ),
        mothers.task("wave", kind="pick_wave", minutes=None, planned_minutes=9.0),
        mothers.task("loose", kind="put_away", minutes=5.0, measured=True),
        mothers.task("send", order_id="o2", location_id="umeda", minutes=6.0, measured=True),
        topic=topics.PICKUP_TASKS,
    )
    await insight.deliver(mothers.placed("o1"), mothers.placed("o2"))
    await insight.deliver(mothers.completed("o1"), mothers.completed("o2"))

    figures = await figures_of(insight)

    assert figures["minutes_per_order", "all"].value == 6.0
    assert figures["minutes_per_order", "shibuya"].value == 3.0, "two orders were handed over there"
    assert figures["store_minutes", "all"].value == 17.0
    assert figures["measured_minutes", "all"].value == 15.0
    assert figures["pick_minutes", "all"].value == 5.0, "only what was measured is averaged"


async def test_order__collected_in_part_and_delivered_in_part__is_one_order(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(
        mothers.task("pick", order_id="o", minutes=4.0, measured=True), topic=topics.PICKUP_TASKS
    )
    await insight.deliver(mothers.placed("o"))
    await insight.deliver(mothers.completed("o"))
    await insight.deliver(mothers.completed("o", version=5, group_id="h", method="ship"))
    assert (await figures_of(insight))["minutes_per_order", "all"].value == 4.0


async def test_task__measured_after_all__replaces_what_was_planned(insight: Any, mothers: Any) -> None:
    planned = {"minutes": None, "planned_minutes": 9.0, "measured": False}
    await insight.deliver(mothers.task("t", order_id="o", **planned), topic=topics.PICKUP_TASKS)
    await insight.deliver(
        mothers.task("t", version=2, order_id="o", minutes=4.0, measured=True), topic=topics.PICKUP_TASKS
    )
    figures = await figures_of(insight)
    assert (figures["store_minutes", "all"].value, figures["measured_minutes", "all"].value) == (4.0, 4.0)
    [row] = await insight.connection.fetch(SQL.minutes_of_order, "o")
    assert (row["location_id"], row["kind"], row["minutes"], row["measured_minutes"]) == (
        "shibuya",
        "pick",
        4.0,
        4.0,
    )


async def test_minutes_of_an_order__asked_for_at_the_operators_port__by_store_day_and_kind(
    insight: Any, operator: Any, mothers: Any
) -> None:
    order_id = "EC:2026/04 7"  # what a channel makes up; it stands in the address all the same
    await insight.deliver(
        mothers.task("pick", order_id=order_id, minutes=4.0, measured=True),
        mothers.task("more", order_id=order_id, minutes=None, planned_minutes=2.5, measured=False),
        mothers.task("send", kind="ship_transfer", order_id=order_id, location_id="umeda", minutes=1.0),
        mothers.task("open", order_id=order_id, state="open", minutes=None, ended_at=None),
        mothers.task("other", order_id="another", minutes=9.0, measured=True),
        topic=topics.PICKUP_TASKS,
    )
    answer = await operator.get(f"/orders/{quote(order_id, safe='')}/minutes")
    day = business_day(mothers.now, 6).isoformat()
    assert answer.status_code == 200
    assert answer.json() == {
        "order_id": order_id,
        "minutes": 7.5,
        "work": [
            {
                "location_id": "shibuya",
                "business_day": day,
                "kind": "pick",
                "minutes": 6.5,
                "measured_minutes": 4.0,
                "tasks": 2,
            },
            {
                "location_id": "umeda",
                "business_day": day,
                "kind": "ship_transfer",
                "minutes": 1.0,
                "measured_minutes": 1.0,
                "tasks": 1,
            },
        ],
    }


async def test_minutes_of_an_order__that_nobody_has_worked_for__are_none(operator: Any) -> None:
    answer = await operator.get("/orders/nobody/minutes")
    assert (answer.status_code, answer.json()) == (200, {"order_id": "nobody", "minutes": 0, "work": []})


async def test_task__from_opened_to_done__is_written_down_once_it_has_minutes(
    insight: Any, mothers: Any
) -> None:
    open_values = {"order_id": "o", "minutes": None, "ended_at": None}
    for version, state in enumerate(("open", "assigned", "started"), 1):
        task = mothers.task("t", version=version, state=state, **open_values)
        await insight.deliver(task, topic=topics.PICKUP_TASKS)
    await insight.deliver(
        mothers.task("gone", state="cancelled", order_id="o", minutes=None), topic=topics.PICKUP_TASKS
    )
    await insight.deliver(
        mothers.task("walked", order_id="o", minutes=None, planned_minutes=2.0), topic=topics.PICKUP_TASKS
    )
    before = await insight.connection.fetchval("SELECT count(*) FROM task_seen")
    await insight.deliver(
        mothers.task("t", version=4, order_id="o", minutes=4.0, measured=True), topic=topics.PICKUP_TASKS
    )
    rows = await insight.connection.fetch("SELECT task_id, version, minutes FROM task_seen")
    assert before == 0
    assert [tuple(row) for row in rows] == [("t", 4, 4.0)]


async def test_task__opened_again_or_told_again_after_it_was_done__keeps_its_work(
    insight: Any, mothers: Any
) -> None:
    done = mothers.task("t", version=3, order_id="o", minutes=4.0, measured=True)
    later = mothers.task("t", version=4, order_id="o", state="open", minutes=None, ended_at=None)
    older = mothers.task("t", version=2, order_id="o", minutes=9.0, measured=True)
    for task in (done, later, done, older):
        await insight.deliver(task, topic=topics.PICKUP_TASKS)
    assert (await figures_of(insight))["store_minutes", "all"].value == 4.0


async def test_task__asked_for_again_and_done_again__is_work_a_second_time(
    insight: Any, mothers: Any
) -> None:
    first = mothers.task("t", kind="count", version=2, minutes=4.0, measured=True)
    begun_again = mothers.now + timedelta(hours=1)
    again = mothers.task(
        "t", kind="count", version=4, minutes=3.0, measured=True, created_at=begun_again, ended_at=begun_again
    )
    for task in (first, again, first, again):
        await insight.deliver(task, topic=topics.INVENTORY_TASKS)
    assert (await figures_of(insight))["store_minutes", "all"].value == 7.0


async def test_baseline__of_a_store__stands_beside_what_an_order_costs_it_now(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(
        mothers.task("pick", order_id="o", minutes=4.0, measured=True), topic=topics.PICKUP_TASKS
    )
    await insight.deliver(mothers.placed("o"), mothers.completed("o"))
    before = m.SetBaseline(
        baseline_id=uuid7(),
        kpi="minutes_per_order",
        scope="shibuya",
        period="total",
        value=11.5,
        occurred_at=mothers.now,
    )
    await insight.deliver(before)
    figure = (await figures_of(insight))["minutes_per_order", "shibuya"]
    assert (figure.baseline, figure.value, figure.unit) == (11.5, 4.0, "minutes")
