"""The workloads, in the order in which they are measured."""

from collections.abc import Awaitable, Callable, Mapping

from ..bench import Bench
from ..rows import Row
from . import flash_sale, hot_sku, latency, mixed_orders, pos_backlog, processes, same_messages

WORKLOADS: Mapping[str, Callable[[Bench], Awaitable[list[Row]]]] = {
    "mixed_orders": mixed_orders.measure,
    "same_messages": same_messages.measure,
    "hot_sku": hot_sku.measure,
    "flash_sale": flash_sale.measure,
    "latency": latency.measure,
    "processes": processes.measure,
    "pos_backlog": pos_backlog.measure,
}
QUICK = ["mixed_orders", "hot_sku", "latency"]
"""Those of `make bench-quick`."""
