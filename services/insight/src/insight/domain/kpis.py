"""The KPIs: which there are, what they are about, and by what they change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

TOTAL = "total"
"""The period that never ends."""

ALL = "all"
"""The scope of the whole company."""


class Kpi(StrEnum):
    """Every figure that insight keeps."""

    ORDERS_PLACED = "orders_placed"
    ORDERS_CONFIRMED = "orders_confirmed"
    ORDERS_REJECTED = "orders_rejected"
    ORDERS_READY = "orders_ready"
    ORDERS_COLLECTED = "orders_collected"
    ORDERS_DELIVERED = "orders_delivered"
    ORDERS_CANCELLED = "orders_cancelled"
    """Orders that ended without anything handed over or delivered, no-shows among them."""
    ORDERS_EXPIRED = "orders_expired"
    """Orders that nobody came for."""
    UNITS_SOLD = "units_sold"
    SALES_JPY = "sales_jpy"
    RETURNED_JPY = "returned_jpy"
    """Of what was sold in the period, how much came back, whenever it did."""
    CREDIT_STORES_JPY = "credit_stores_jpy"
    """Credit of stores for what was sold in the period, less what came back."""
    CREDIT_EC_JPY = "credit_ec_jpy"
    PICK_MINUTES = "pick_minutes"
    """Minutes that one pick took on average."""
    STORE_MINUTES = "store_minutes"
    """Minutes of all tasks that were done; work that nobody measured counts its planned ones."""
    MEASURED_MINUTES = "measured_minutes"
    """Of the store minutes, those that were measured."""
    MINUTES_PER_ORDER = "minutes_per_order"
    """Minutes of all tasks for orders by the orders that were collected or delivered."""
    TRANSFER_COST_JPY = "transfer_cost_jpy"
    """Cost of the shipments between locations that left, by the department that answers for them."""


MEANS = frozenset({Kpi.PICK_MINUTES, Kpi.MINUTES_PER_ORDER})
"""KPIs whose value is amount / count; all others are sums."""

_UNITS = {
    Kpi.UNITS_SOLD: "pieces",
    Kpi.SALES_JPY: "JPY",
    Kpi.RETURNED_JPY: "JPY",
    Kpi.CREDIT_STORES_JPY: "JPY",
    Kpi.CREDIT_EC_JPY: "JPY",
    Kpi.PICK_MINUTES: "minutes",
    Kpi.STORE_MINUTES: "minutes",
    Kpi.MEASURED_MINUTES: "minutes",
    Kpi.MINUTES_PER_ORDER: "minutes",
    Kpi.TRANSFER_COST_JPY: "JPY",
}


def unit_of(kpi: Kpi) -> str:
    """The unit that is shown beside the figure."""
    return _UNITS.get(kpi, "orders")


def value_of(kpi: Kpi, amount: float, count: int) -> float:
    """The figure itself. A mean of nothing is 0."""
    if kpi in MEANS:
        return amount / count if count else 0.0
    return amount


def is_period(period: str) -> bool:
    """Whether figures are kept by this period: a day such as 2026-04-01, or total."""
    try:
        return period == TOTAL or date.fromisoformat(period).isoformat() == period
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, order=True)
class KpiKey:
    """A figure: which, about what, when."""

    name: Kpi
    scope: str
    period: str


@dataclass(slots=True)
class KpiChanges:
    """What a batch changes, added up. Days before `first_day` change only the totals."""

    first_day: date
    amounts: dict[KpiKey, tuple[float, int]] = field(default_factory=dict)

    def add(self, kpi: Kpi, scopes: Iterable[str | None], day: date, amount: float, count: int = 1) -> None:
        """Change a figure for the company and for each scope, on that day and in total."""
        for scope in {ALL, *(scope for scope in scopes if scope is not None)}:
            for period in (day.isoformat(), TOTAL) if day >= self.first_day else (TOTAL,):
                key = KpiKey(kpi, scope, period)
                before = self.amounts.get(key, (0.0, 0))
                self.amounts[key] = (before[0] + amount, before[1] + count)

    @property
    def changed(self) -> Mapping[KpiKey, tuple[float, int]]:
        """What is left to change: a +1 and a -1 are nothing."""
        return {key: change for key, change in self.amounts.items() if change != (0.0, 0)}
