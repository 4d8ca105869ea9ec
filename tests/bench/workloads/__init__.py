"""The workloads, in the order in which they are measured."""

from collections.abc import Awaitable, Callable, Mapping

from ..bench import Bench
from ..rows import Row
from . import (
    backlog,
    ceilings,
    chassis,
    dedupe_history,
    flash_sale,
    foreign_transaction,
    hot_sku,
    insight_lag,
    insight_replay,
    latency,
    linkage,
    mixed_orders,
    pick_list,
    pipeline,
    pos_backlog,
    pos_lines,
    processes,
    relay,
    resolve,
    row_bytes,
    same_messages,
    stock_lookup,
    stock_rows,
    transfer_plan,
    who_bought,
)

WORKLOADS: Mapping[str, Callable[[Bench], Awaitable[list[Row]]]] = {
    "mixed_orders": mixed_orders.measure,
    "same_messages": same_messages.measure,
    "hot_sku": hot_sku.measure,
    "flash_sale": flash_sale.measure,
    "pos_lines": pos_lines.measure,
    "latency": latency.measure,
    "chassis": chassis.measure,
    "relay": relay.measure,
    "stock_rows": stock_rows.measure,
    "row_bytes": row_bytes.measure,
    "stock_lookup": stock_lookup.measure,
    "backlog": backlog.measure,
    "dedupe_history": dedupe_history.measure,
    "foreign_transaction": foreign_transaction.measure,
    "processes": processes.measure,
    "pick_list": pick_list.measure,
    "pipeline": pipeline.measure,
    "pos_backlog": pos_backlog.measure,
    "transfer_plan": transfer_plan.measure,
    "who_bought": who_bought.measure,
    "insight_replay": insight_replay.measure,
    "insight_lag": insight_lag.measure,
    "linkage": linkage.measure,
    "resolve": resolve.measure,
    "ceilings": ceilings.measure,
}
QUICK = ["mixed_orders", "hot_sku", "latency", "relay"]
"""Those of `make bench-quick`."""
