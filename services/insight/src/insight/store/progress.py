"""Orders and the steps they have taken."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from insight.domain.kpis import Kpi
from insight.domain.orders import OrderSeen, Step
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "progress.sql")


async def read_orders(connection: Connection, order_ids: Iterable[str]) -> dict[str, OrderSeen]:
    """What is known of the orders; they are locked, so each is there."""
    rows = await connection.fetch(SQL.read_orders, list(order_ids))
    return {row["order_id"]: OrderSeen(row["channel"], tuple(row["location_ids"])) for row in rows}


async def save_orders(connection: Connection, orders: Mapping[str, OrderSeen]) -> None:
    """Keep channel and locations of orders."""
    await connection.execute(
        SQL.update_orders,
        list(orders),
        [order.channel for order in orders.values()],
        # A location id holds no colon, and unnest takes no array of arrays of different lengths.
        [":".join(order.location_ids) for order in orders.values()],
    )


async def read_steps(connection: Connection, order_ids: Iterable[str]) -> dict[str, set[Kpi]]:
    """The steps that the orders have taken."""
    steps: dict[str, set[Kpi]] = defaultdict(set)
    for row in await connection.fetch(SQL.read_steps, list(order_ids)):
        steps[row["order_id"]].add(Kpi(row["step"]))
    return steps


async def add_steps(connection: Connection, steps: Sequence[tuple[Step, bool]]) -> None:
    """Add steps, each with whether it is counted already."""
    await connection.execute(
        SQL.insert_steps,
        [step.order_id for step, _ in steps],
        [step.kpi.value for step, _ in steps],
        [":".join(step.location_ids) for step, _ in steps],
        [step.day for step, _ in steps],
        [counted for _, counted in steps],
    )


async def take_waiting_steps(connection: Connection, order_ids: Iterable[str]) -> list[Step]:
    """The steps that waited for the channel of their order; from now on they are counted."""
    rows = await connection.fetch(SQL.count_waiting_steps, list(order_ids))
    return [
        Step(row["order_id"], Kpi(row["step"]), tuple(row["location_ids"]), row["business_day"])
        for row in rows
    ]
