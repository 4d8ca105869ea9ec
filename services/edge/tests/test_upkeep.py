"""What is old goes, what is still wanted stays; and what waits is measured."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from tsunagu.contracts import messages as m
from tsunagu.testing.harness import all_of

pytestmark = pytest.mark.component


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
