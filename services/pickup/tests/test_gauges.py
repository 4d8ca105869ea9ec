"""What operators see of the work that is open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY

from pickup import gauges
from pickup.app import SERVICE
from pickup.settings import settings
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.testing.harness import Harness

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def test_gauges__show_open_tasks_and_transfers_that_are_late(
    pickup: Harness, a: Any, postgres: str
) -> None:
    await pickup.deliver(a.order(source=a.other).confirmed(), a.order().receipt())
    past = datetime.now(UTC) - timedelta(hours=1)
    soon = datetime.now(UTC) + timedelta(minutes=settings().transfer_warn_minutes / 2)
    await pickup.connection.execute("UPDATE transfer SET ship_by = $1, arrive_by = $2", past, soon)
    await pickup.connection.execute("UPDATE task SET due_at = $1", past)
    ahead = datetime.now(UTC) + timedelta(hours=1)
    await pickup.connection.execute(
        "INSERT INTO work (work_id, locked_until) VALUES ('locked', $1), ('free again', $2)", ahead, past
    )
    await pickup.connection.execute("INSERT INTO shipment (shipment_id) VALUES ('a carrier knows it')")
    name = await pickup.connection.fetchval("SELECT current_database()")
    runtime = Runtime(SERVICE, ChassisSettings(database_url=f"{postgres.rpartition('/')[0]}/{name}"))
    runtime.pool = await asyncpg.create_pool(runtime.settings.database_url, min_size=1, max_size=1)
    try:
        await gauges.refresh(runtime)
    finally:
        await runtime.pool.close()
    assert REGISTRY.get_sample_value("tsunagu_pickup_tasks", {"kind": "pick", "state": "open"}) == 1
    assert REGISTRY.get_sample_value("tsunagu_pickup_tasks", {"kind": "put_away", "state": "open"}) == 0
    assert REGISTRY.get_sample_value("tsunagu_pickup_tasks_overdue", {"kind": "pick"}) == 1
    assert REGISTRY.get_sample_value("tsunagu_pickup_transfers_overdue", {"state": "planned"}) == 1
    assert REGISTRY.get_sample_value("tsunagu_pickup_transfers_at_risk", {"state": "planned"}) == 1
    assert REGISTRY.get_sample_value("tsunagu_pickup_transfers_at_risk", {"state": "shipped"}) == 0
    assert REGISTRY.get_sample_value("tsunagu_pickup_waiting_facts") == 1
    assert REGISTRY.get_sample_value("tsunagu_pickup_orders_locked") == 1
    assert REGISTRY.get_sample_value("tsunagu_pickup_shipments_unknown") == 1


async def test_no_show__is_counted_once_it_has_been_committed(pickup: Harness, a: Any) -> None:
    def count() -> float:
        return REGISTRY.get_sample_value("tsunagu_pickup_no_shows_total") or 0.0

    before = count()
    order = a.order()
    await pickup.deliver(order.confirmed())
    await pickup.deliver(order.pick())
    await pickup.make_due("expire")
    assert count() == before + 1
