"""The figures that are counted: which there are, what they are about, by what they change, and what they come from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

TOTAL = "total"
"""The period that never ends."""

ALL = "all"
"""The scope of the whole company."""


class Kpi(StrEnum):
    """Every figure that insight counts; KPIs are defined over them."""

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
    CREDIT_JPY = "credit_jpy"
    """Credit of every store and department for what was sold in the period, less what came back."""
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

    UNITS_ANSWERED = "units_answered"
    """Pieces of orders that were promised or rejected. Figures of orders from here on are for the day of the order."""
    UNITS_PROMISED = "units_promised"
    """Of them, those that were promised at once."""
    ASKED_JPY = "asked_jpy"
    """Yen of all that orders asked for."""
    LOST_JPY = "lost_jpy"
    """Of them, yen of goods that could be had nowhere."""
    READY_SECONDS = "ready_seconds"
    """Seconds from the order to when a group of it waited for the customer."""
    PROMISES_ENDED = "promises_ended"
    """Groups of orders that were ready or on their way, or could not be had after all."""
    PROMISES_KEPT = "promises_kept"
    """Of them, those by the time that was promised first."""
    ORDERS_PROMISED = "orders_promised"
    ORDERS_OVERSOLD = "orders_oversold"
    """Of the promised orders, those whose goods a sale, a count or a correction took."""
    SCANS = "scans"
    SCANS_ORDERED = "scans_ordered"
    """Scans that an order names as where its customer met the goods, for the day of the scan."""
    UNITS_PICKED = "units_picked"
    UNITS_SHORT = "units_short"
    """Pieces that a picker was sent for and could not take."""
    LINES_COUNTED = "lines_counted"
    LINES_RIGHT = "lines_right"
    """SKUs of which a count found as many as were expected."""
    CUSTOMERS_NEW = "customers_new"
    """Customers by the day and the channel of what they bought first."""
    CUSTOMERS_REPEAT = "customers_repeat"
    """Of them, those who bought again."""


MEANS = frozenset({Kpi.PICK_MINUTES, Kpi.MINUTES_PER_ORDER, Kpi.READY_SECONDS})
"""Figures whose value is amount / count; all others are sums."""

_UNITS = {
    Kpi.UNITS_SOLD: "pieces",
    Kpi.PICK_MINUTES: "minutes",
    Kpi.STORE_MINUTES: "minutes",
    Kpi.MEASURED_MINUTES: "minutes",
    Kpi.MINUTES_PER_ORDER: "minutes",
    Kpi.UNITS_ANSWERED: "pieces",
    Kpi.UNITS_PROMISED: "pieces",
    Kpi.UNITS_PICKED: "pieces",
    Kpi.UNITS_SHORT: "pieces",
    Kpi.READY_SECONDS: "seconds",
    Kpi.PROMISES_ENDED: "promises",
    Kpi.PROMISES_KEPT: "promises",
    Kpi.SCANS: "scans",
    Kpi.SCANS_ORDERED: "scans",
    Kpi.LINES_COUNTED: "lines",
    Kpi.LINES_RIGHT: "lines",
    Kpi.CUSTOMERS_NEW: "customers",
    Kpi.CUSTOMERS_REPEAT: "customers",
}

_ORDER = ("OrderPlaced",)
_SALES = (
    "SaleRecorded",
    "SaleVoided",
    "SaleReturned",
    "OrderCompleted",
    "ItemsReturned",
    "HandoverUnmatched",
)
_EVENTS: Mapping[Kpi, tuple[str, ...]] = {
    Kpi.ORDERS_PLACED: _ORDER,
    Kpi.ORDERS_CONFIRMED: ("OrderConfirmed",),
    Kpi.ORDERS_REJECTED: ("OrderRejected",),
    Kpi.ORDERS_READY: ("OrderReady",),
    Kpi.ORDERS_COLLECTED: ("OrderCompleted",),
    Kpi.ORDERS_DELIVERED: ("OrderCompleted",),
    Kpi.ORDERS_CANCELLED: ("OrderCancelled",),
    Kpi.ORDERS_EXPIRED: ("PickupExpired",),
    Kpi.UNITS_SOLD: _SALES,
    Kpi.SALES_JPY: _SALES,
    Kpi.RETURNED_JPY: _SALES,
    Kpi.CREDIT_STORES_JPY: _SALES,
    Kpi.CREDIT_EC_JPY: _SALES,
    Kpi.CREDIT_JPY: _SALES,
    Kpi.PICK_MINUTES: ("Task",),
    Kpi.STORE_MINUTES: ("Task",),
    Kpi.MEASURED_MINUTES: ("Task",),
    Kpi.MINUTES_PER_ORDER: ("Task", "OrderCompleted"),
    Kpi.TRANSFER_COST_JPY: ("Shipment",),
    Kpi.UNITS_ANSWERED: (*_ORDER, "OrderConfirmed", "OrderRejected"),
    Kpi.UNITS_PROMISED: (*_ORDER, "OrderConfirmed"),
    Kpi.ASKED_JPY: _ORDER,
    Kpi.LOST_JPY: (*_ORDER, "OrderConfirmed", "OrderRejected", "OrderCancelled"),
    Kpi.READY_SECONDS: (*_ORDER, "OrderReady"),
    Kpi.PROMISES_ENDED: (*_ORDER, "OrderConfirmed", "OrderReady", "OrderShipped", "OrderCancelled"),
    Kpi.PROMISES_KEPT: (*_ORDER, "OrderConfirmed", "OrderReady", "OrderShipped"),
    Kpi.ORDERS_PROMISED: (*_ORDER, "OrderConfirmed"),
    Kpi.ORDERS_OVERSOLD: (*_ORDER, "OrderConfirmed", "PromiseBroken"),
    Kpi.SCANS: ("ProductScanned",),
    Kpi.SCANS_ORDERED: _ORDER,
    Kpi.UNITS_PICKED: ("PickCompleted",),
    Kpi.UNITS_SHORT: ("PickShorted",),
    Kpi.LINES_COUNTED: ("StockCounted",),
    Kpi.LINES_RIGHT: ("StockCounted",),
    Kpi.CUSTOMERS_NEW: ("CustomerProfile",),
    Kpi.CUSTOMERS_REPEAT: ("CustomerProfile",),
}


def unit_of(kpi: Kpi) -> str:
    """The unit that is shown beside the figure."""
    return "JPY" if kpi.endswith("_jpy") else _UNITS.get(kpi, "orders")


def events_of(kpi: Kpi) -> tuple[str, ...]:
    """The messages that the figure is counted from."""
    return _EVENTS[kpi]


def is_period(period: str) -> bool:
    """Whether figures are kept by this period: a day such as 2026-04-01, or total."""
    try:
        return period == TOTAL or date.fromisoformat(period).isoformat() == period
    except ValueError:
        return False


class KpiKey(NamedTuple):
    """A figure or a KPI: which, about what, when."""

    name: str
    scope: str
    period: str


class ScopePeriod(NamedTuple):
    """What figures are about, and of when."""

    scope: str
    period: str


Change = tuple[float, int]
"""By what a figure changes: amount and count."""

Figures = Mapping[str, Change]
"""By what the figures of a place change, by name."""

_NOTHING: Change = (0.0, 0)


@dataclass(slots=True)
class KpiChanges:
    """What a batch changes, added up. Days before `first_day` change only the totals."""

    first_day: date
    _of_days: defaultdict[tuple[str, date], dict[str, Change]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, kpi: Kpi, scopes: Iterable[str | None], day: date, amount: float, count: int = 1) -> None:
        """Change a figure for the company and for each scope, on that day and in total."""
        change = (amount, count)
        for scope in {ALL, *scopes}:
            if scope is not None:
                _add(self._of_days[scope, day], kpi, change)

    @property
    def changed(self) -> Mapping[ScopePeriod, Figures]:
        """What is left to change, by place: a +1 and a -1 are nothing."""
        places: dict[ScopePeriod, dict[str, Change]] = {}
        for (scope, day), figures in self._of_days.items():
            total = places.setdefault(ScopePeriod(scope, TOTAL), {})
            for name, change in figures.items():
                _add(total, name, change)
            if day >= self.first_day:
                places[ScopePeriod(scope, day.isoformat())] = figures
        left = {
            place: {name: change for name, change in figures.items() if change != _NOTHING}
            for place, figures in places.items()
        }
        return {place: figures for place, figures in left.items() if figures}


def _add(figures: dict[str, Change], name: str, change: Change) -> None:
    known = figures.get(name)
    figures[name] = change if known is None else (known[0] + change[0], known[1] + change[1])
