"""The workloads, in the order in which they are measured."""

from collections.abc import Awaitable, Callable, Mapping

from ..bench import Bench
from ..rows import Row
from . import (
    backlog,
    ceilings,
    chassis,
    dedupe_history,
    foreign_transaction,
    mixed_orders,
    pos_lines,
    relay,
    same_messages,
    stock_rows,
)

WORKLOADS: Mapping[str, Callable[[Bench], Awaitable[list[Row]]]] = {
    "mixed_orders": mixed_orders.measure,
    "same_messages": same_messages.measure,
    "pos_lines": pos_lines.measure,
    "chassis": chassis.measure,
    "relay": relay.measure,
    "stock_rows": stock_rows.measure,
    "backlog": backlog.measure,
    "dedupe_history": dedupe_history.measure,
    "foreign_transaction": foreign_transaction.measure,
    "ceilings": ceilings.measure,
}
QUICK = ["mixed_orders", "relay"]
"""Those of `make bench-quick`."""
