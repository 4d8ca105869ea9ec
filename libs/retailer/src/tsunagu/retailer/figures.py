"""The figures of a run, as the end table and `--json` show them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import ceil

from tsunagu.retailer.board import Credit, Customers, ShownKpi

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
    credit: Credit = field(default_factory=Credit)
    customers: Customers = field(default_factory=Customers)
    kpis: Mapping[str, ShownKpi] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    """How often each kind of `occurrences` has happened."""

    def as_json(self) -> dict[str, object]:
        """The figures for programs."""
        return {
            "orders": {**self.orders, "by_state": dict(self.states)},
            "latency_ms": dict(self.latency_ms),
            "stock": {what: dict(by_channel) for what, by_channel in self.stock.items()},
            "credit": asdict(self.credit),
            "customers": asdict(self.customers),
            "kpis": {name: asdict(kpi) for name, kpi in self.kpis.items()},
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
