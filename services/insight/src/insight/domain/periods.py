"""Weeks and months of KPIs: the figures of their days, added up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from insight.domain.definitions import Amounts
from insight.domain.kpis import Kpi


class By(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    """From Monday on, as ISO 8601 numbers them."""
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Counted:
    """What a figure comes to for a scope and day."""

    scope: str
    day: date
    figure: Kpi
    amount: float
    count: int


def period_of(day: date, by: By) -> str:
    """The period that a day is in: 2026-04-01, 2026-W14, 2026-04."""
    match by:
        case By.DAY:
            return day.isoformat()
        case By.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        case By.MONTH:
            return f"{day:%Y-%m}"


def added_up(counted: Iterable[Counted], by: By) -> Mapping[tuple[str, str], Amounts]:
    """Figures by scope and period. A KPI of a period is that of its figures, never a mean of its days' values."""
    sums: dict[tuple[str, str], dict[Kpi, tuple[float, int]]] = defaultdict(dict)
    for one in counted:
        of_period = sums[one.scope, period_of(one.day, by)]
        amount, count = of_period.get(one.figure, (0.0, 0))
        of_period[one.figure] = (amount + one.amount, count + one.count)
    return dict(sorted(sums.items()))
