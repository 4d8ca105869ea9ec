"""What is old goes, what is still wanted stays; and what waits is measured."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from tsunagu.contracts import messages as m
from tsunagu.testing.harness import all_of

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def run_all(door: Any) -> None:
    for periodic in door.service.service.periodic:
        await periodic.run(door.runtime)


async def test_upkeep__of_orders__ended_long_ago_go_and_open_ones_stay(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        for order_id in ("old", "ended", "open"):
            await door.post("/v1/orders", "app", a.order_body(order_id=order_id))
        orders = {order.order_id: order for order in all_of(await door.service.sent(), m.PlaceOrder)}
        for order_id in ("old", "ended"):
            await door.service.deliver(a.placed(orders[order_id]), a.cancelled(orders[order_id]))
        connection = door.service.connection
        await connection.execute(
            "UPDATE followed_order SET changed_at = now() - interval '121 days' WHERE order_id IN ('old', 'open')"
        )
        await connection.execute(
            "UPDATE pending_command SET settled_at = now() - interval '15 days' WHERE command_id = 'old'"
        )
        await connection.execute(
            "UPDATE idempotent_request SET answered_at = now() - interval '73 hours' WHERE answer LIKE '%\"old\"%'"
        )
        await run_all(door)
        followed = await connection.fetch("SELECT order_id FROM followed_order ORDER BY 1")
        pending = await connection.fetch("SELECT command_id, state FROM pending_command ORDER BY 1")
        requests = await connection.fetchval("SELECT count(*) FROM idempotent_request")
    assert [row["order_id"] for row in followed] == ["ended", "open"]
    assert [tuple(row) for row in pending] == [("ended", "done"), ("open", "waiting")]
    assert requests == 2


async def test_gauges__say_how_many_commands_wait_and_how_long(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        await door.post("/v1/orders", "app", a.order_body())
        await door.service.connection.execute(
            "UPDATE pending_command SET given_at = now() - interval '1 hour'"
        )
        await run_all(door)
    assert REGISTRY.get_sample_value("tsunagu_edge_pending_commands") == 1
    age = REGISTRY.get_sample_value("tsunagu_edge_pending_commands_oldest_age_seconds")
    assert age is not None
    assert 3_600 <= age < 3_660


async def test_upkeep__of_tasks__ended_long_ago_go_and_open_ones_stay(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        await door.service.connection.execute(
            "INSERT INTO task (topic, task_id, version, due_at, ended_at, body) VALUES"
            " ('t', 'old', 1, now(), now() - interval '36 days', '{}'), ('t', 'new', 1, now(), now(), '{}'),"
            " ('t', 'open', 1, now() - interval '99 days', NULL, '{}')"
        )
        await run_all(door)
        kept = await door.service.connection.fetch("SELECT task_id FROM task ORDER BY 1")
    assert [row["task_id"] for row in kept] == ["new", "open"]


@pytest.mark.parametrize(("process", "days"), [("staff", 43), ("board", 402)])
async def test_upkeep__of_figures__days_long_ago_go_and_those_in_total_stay(
    open_door: Any, process: str, days: int
) -> None:
    """Insight keeps more of them than a store looks at."""
    async with open_door(process) as door:
        await door.service.connection.execute(
            "INSERT INTO kpi (kpi_id, version, name, scope, period, body)"
            " SELECT n || p, 1, n, 'S1', p, '{}' FROM unnest(ARRAY['a', 'b']) AS n,"
            " unnest(ARRAY[(current_date - $1::int)::text, current_date::text, 'total']) AS p",
            days,
        )
        await run_all(door)
        rows = await door.service.connection.fetch("SELECT DISTINCT period FROM kpi ORDER BY 1")
    assert [row["period"] for row in rows][1:] == ["total"] and len(rows) == 2


async def test_figures__of_a_store_and_a_day__are_found_by_an_index(open_door: Any) -> None:
    async with open_door("staff") as door:
        connection = door.service.connection
        await connection.execute(
            "INSERT INTO kpi (kpi_id, version, name, scope, period, body)"
            " SELECT s || ':' || d, 1, 'a', 'S' || s, (date '2026-01-01' + d)::text, '{}'"
            " FROM generate_series(1, 200) AS s, generate_series(1, 40) AS d; ANALYZE kpi"
        )
        plan = await connection.fetch(
            "EXPLAIN SELECT body FROM kpi WHERE scope = 'S7' AND period = '2026-02-01' ORDER BY period DESC LIMIT 9"
        )
    assert "kpi_scope" in "".join(row[0] for row in plan)
