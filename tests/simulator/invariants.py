"""What has to hold after a schedule: the audit's rules, and what only someone who has seen the end can say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from audit.app import judge
from audit.databases import Databases
from audit.log import Log
from audit.report import Findings
from audit.scene import Scene
from audit.settings import AuditSettings
from audit.tables import Told
from audit.telling import forget, tell
from inventory.sql import SQL
from tsunagu.contracts.topics import TOPIC_BY_NAME

from .broker import Broker
from .customer_invariants import check_customers
from .insight_invariants import check_figures
from .process import Connected

Stock = Mapping[tuple[str, str], int]

# Faults hold people up for longer than the audit allows: what took place in between is looked at step by step.
ORDER_OF_TIMES_SECONDS = 3600.0

OPEN_ORDERS = """
SELECT order_id, status FROM orders WHERE status NOT IN ('rejected', 'cancelled', 'completed', 'returned')
"""
STILL_HELD = """
SELECT order_id, sum(quantity) AS pieces, min(state) AS state FROM allocation
WHERE state IN ('reserved', 'staged', 'in_transit') GROUP BY order_id ORDER BY order_id
"""
STILL_ON_CARTS = "SELECT hold_id FROM hold WHERE state = 'held' ORDER BY hold_id"
UNCOVERED = """
SELECT location_id, sku, reserved, on_hand, staged, unsellable FROM stock
WHERE reserved > greatest(0, on_hand - staged - unsellable)
"""
OPEN_IN_PICKUP = """
SELECT work_id, kind, state FROM task WHERE state IN ('open', 'assigned', 'started') ORDER BY task_id
"""
PARKED = "SELECT count(DISTINCT (topic, key)) FROM dead_letter WHERE state = 'waiting' AND parks_key"
FAILING_DUE = "SELECT kind, key, last_error FROM due_work WHERE attempts > 0"


async def available(connection: Connected) -> dict[tuple[str, str], int]:
    """What can be promised of every row of stock."""
    rows = await connection.fetch("SELECT location_id, sku, available FROM stock")
    return {(row["location_id"], row["sku"]): row["available"] for row in rows}


@dataclass(slots=True)
class Promised:
    """Looks at each step that promises: none may take a row below zero, nor further below than it was."""

    broken: list[str] = field(default_factory=list)

    def compare(self, before: Stock, after: Stock, step: str) -> None:
        """Compare the stock before and after a step in which nobody else did anything."""
        for key, left in sorted(after.items()):
            if left < min(0, before.get(key, 0)):
                location_id, sku = key
                self.broken.append(
                    f"oversold: {step} promised {sku} at {location_id} down to {left}, from {before.get(key, 0)}"
                )


async def findings(
    urls: Mapping[str, str], connections: Mapping[str, Connected], broker: Broker
) -> list[str]:
    """What does not hold, in sentences. Everything is at rest."""
    told = Told()
    log = Log(told=partial(tell, told), deleted=partial(forget, told))
    for place, records in broker.logs.items():
        topic = TOPIC_BY_NAME[place.topic]
        if "audit" in topic.read_by:
            for record in records:
                log.take(topic, record)
    settings = AuditSettings(
        outbox_age_seconds_max=0, overdue_seconds_max=0, order_of_times_seconds=ORDER_OF_TIMES_SECONDS
    )
    async with Databases(urls) as databases:
        scene = Scene(log, told, broker.ends(), databases, Findings(), settings)
        report = await judge(scene)
        found = [
            f"{heading}: {one.subject}: {one.why}" for heading in report.red for one in report.of(heading)
        ]
    for name, check in (("order", _orders), ("inventory", _stock), ("pickup", _work)):
        found += await check(connections[name])
    found += await check_customers(connections["customer"], broker)
    found += await check_figures(connections["insight"], broker)
    for name, connection in connections.items():
        found += await _machinery(name, connection)
    return found


async def _orders(connection: Connected) -> list[str]:
    rows = await connection.fetch(OPEN_ORDERS)
    return [f"stuck: {row['order_id']} is {row['status']} at the end of all days" for row in rows]


async def _stock(connection: Connected) -> list[str]:
    differences = await connection.fetch(SQL.ledger_differences, "", "", 1000)
    found = [f"unbalanced: inventory: {dict(row)}" for row in differences]
    for row in await connection.fetch(STILL_HELD):
        found.append(
            f"stuck: {row['pieces']} pieces are {row['state']} for {row['order_id']}, which has ended"
        )
    found += [f"stuck: {row['hold_id']} is held for ever" for row in await connection.fetch(STILL_ON_CARTS)]
    for row in await connection.fetch(UNCOVERED):
        found.append(f"oversold: a promise that can't be kept was not broken: {dict(row)}")
    return found


async def _work(connection: Connected) -> list[str]:
    rows = await connection.fetch(OPEN_IN_PICKUP)
    return [f"stuck: a {row['kind']} task of {row['work_id']} is {row['state']}" for row in rows]


async def _machinery(name: str, connection: Connected) -> list[str]:
    parked = (await connection.fetch(PARKED))[0][0]
    found = [f"stuck: {name} has parked {parked} keys"] if parked else []
    found += [f"stuck: {name}: due work fails: {dict(row)}" for row in await connection.fetch(FAILING_DUE)]
    return found
