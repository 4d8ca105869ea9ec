"""The figures of a run, as the end table and `--json` show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of distinct orders, pieces, minutes and yen."""

    orders: Mapping[str, int]
    """placed, confirmed, rejected, ready, collected, delivered, cancelled, expired, returned; an order may count in
    several."""
    states: Mapping[str, int]
    """Orders by the state they are in now."""
    latency_ms: Mapping[str, float | None]
    """From the moment the shopper orders until the confirmation stands on its topic."""
    stock: Mapping[str, Mapping[str, int]]
    """Pieces sold and returned by channel ("store": at a till without an order), and voided at tills."""
    pickup_minutes: Mapping[str, float | int | None]
    """Tasks of pickup that were done, their minutes, and what one took on average."""
    minutes_by_kind: Mapping[str, float] = field(default_factory=dict)
    tasks_left: Mapping[str, int] = field(default_factory=dict)
    """Tasks that are open and that nobody in the demo can do, by kind."""
    credit: Mapping[str, int | Mapping[str, int] | None] = field(default_factory=dict)
    """Yen credited to stores and to EC, and by store; None where insight does not run."""
    customers: Mapping[str, int] = field(default_factory=dict)
    """Customers known now, by segment, and how many turned out to be the same as another one."""
    kinds: Mapping[str, int] = field(default_factory=dict)
    """How often each kind of `occurrences` has happened."""

    def as_json(self) -> dict[str, object]:
        """The figures for programs."""
        return {
            "orders": {**self.orders, "by_state": dict(self.states)},
            "latency_ms": dict(self.latency_ms),
            "stock": {what: dict(by_channel) for what, by_channel in self.stock.items()},
            "credit": dict(self.credit),
            "customers": dict(self.customers),
            "kinds": dict(self.kinds),
            "tasks_left": dict(self.tasks_left),
            "pickup_minutes": {**self.pickup_minutes, "by_kind": dict(self.minutes_by_kind)},
        }


def quantiles(values: Sequence[float]) -> dict[str, float | None]:
    """p50, p95 and p99 by nearest rank; None where there is nothing to measure."""
    ordered = sorted(values)
    if not ordered:
        return dict.fromkeys(QUANTILES)
    return {name: round(ordered[ceil(len(ordered) * share) - 1], 1) for name, share in QUANTILES.items()}
