"""How far orders came: each step counts once per order."""

from dataclasses import dataclass
from datetime import date

from insight.domain.kpis import Kpi, KpiChanges

COMPLETED_STEPS = frozenset({Kpi.ORDERS_COLLECTED, Kpi.ORDERS_DELIVERED})
"""Steps after which an order can't end as cancelled any more."""


@dataclass(frozen=True, slots=True)
class Step:
    """An order took a step. No locations of its own: then it counts for those of the order."""

    order_id: str
    kpi: Kpi
    location_ids: tuple[str, ...]
    day: date


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """What the counts need of an order; the channel is None until order has spoken of it."""

    channel: str | None = None
    location_ids: tuple[str, ...] = ()


def count_step(step: Step, order: OrderSeen, changes: KpiChanges) -> None:
    """Add a step of an order whose channel is known to the figures."""
    changes.add(step.kpi, (order.channel, *(step.location_ids or order.location_ids)), step.day, 1)
