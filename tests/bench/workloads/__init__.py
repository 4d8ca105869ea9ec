"""The workloads, in the order in which they are measured."""

from collections.abc import Awaitable, Callable, Mapping

from ..bench import Bench
from ..rows import Row
from . import mixed_orders, same_messages

WORKLOADS: Mapping[str, Callable[[Bench], Awaitable[list[Row]]]] = {
    "mixed_orders": mixed_orders.measure,
    "same_messages": same_messages.measure,
}
QUICK = ["mixed_orders"]
"""Those of `make bench-quick`."""
