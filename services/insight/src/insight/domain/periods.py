"""Weeks and months of KPIs: the figures of their days, added up."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
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


def last_day_of(period: str) -> date:
    """The last day of a period."""
    if "-W" in period:
        year, week = period.split("-W")
        return date.fromisocalendar(int(year), int(week), 7)
    if len(period) == len("2026-04"):
        first = date.fromisoformat(f"{period}-01")
        return first.replace(day=monthrange(first.year, first.month)[1])
    return date.fromisoformat(period)


def added_up(counted: Iterable[Counted], by: By) -> Mapping[tuple[str, str], Amounts]:
    """Figures by scope and period. A KPI of a period is that of its figures, never a mean of its days' values."""
    sums: dict[tuple[str, str], dict[Kpi, tuple[float, int]]] = defaultdict(dict)
    for one in counted:
        of_period = sums[one.scope, period_of(one.day, by)]
        amount, count = of_period.get(one.figure, (0.0, 0))
        of_period[one.figure] = (amount + one.amount, count + one.count)
    return dict(sorted(sums.items()))


def with_empty_days(
    found: Mapping[tuple[str, str], Amounts],
    since: Mapping[str, date],
    days: tuple[date, date],
    by: By = By.DAY,
) -> Mapping[tuple[str, str], Amounts]:
    """What was found, and the periods in which nothing was counted: of each scope from when on it is counted."""
    first, last = days
    empty: dict[tuple[str, str], Amounts] = {
        (scope, period_of(day, by)): {}
        for scope, begins in since.items()
        for day in days_of(max(first, begins), last)
    }
    return dict(sorted({**empty, **found}.items()))


def days_of(first: date, last: date) -> Iterator[date]:
    """The days from first to last."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
