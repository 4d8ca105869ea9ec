"""What a measure moved: its KPI before and after, beside the stores without one."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from insight.domain.days import business_day
from insight.domain.definitions import Definition
from insight.domain.effects import effect
from insight.domain.periods import By, added_up, with_empty_days
from insight.settings import settings
from insight.store import evidence
from insight.store.definitions import definitions
from tsunagu.chassis import Connection


async def judged(connection: Connection, measure_id: str, now: datetime) -> dict[str, Any] | None:
    """A measure on record, with what it has moved so far; None where there is none.

    Only days that are over and settled count. Only stores are compared with stores.
    """
    body = await connection.fetchval(evidence.SQL.read_measure, measure_id)
    if body is None:
        return None
    definition = definitions().by_name.get(body["kpi"])
    if definition is None:
        return {"measure": body, "compared_with": [], "effect": None}
    starts_on = date.fromisoformat(body["starts_on"])
    scope = body["scope"]
    is_store = await connection.fetchval(evidence.SQL.is_store, scope)
    stores = await connection.fetch(evidence.SQL.read_comparable_stores, body["kpi"]) if is_store else []
    others = [row["location_id"] for row in stores if row["location_id"] != scope]
    days = await _days(connection, definition, [scope, *others], _looked_at(starts_on, definition, now))
    compared = {store: days[store] for store in others if store in days}
    earlier_until = _shifted(starts_on, -settings().measure_days)
    found = effect(days.get(scope, {}), list(compared.values()), earlier_until, starts_on, definition.better)
    return {
        "measure": body,
        "unit": definition.unit,
        "compared_with": sorted(compared),
        "effect": asdict(found),
    }


def _looked_at(starts_on: date, definition: Definition, now: datetime) -> tuple[date, date]:
    """First and last day: twice as many before the measure as after it, and none that may still change by itself."""
    config = settings()
    today = business_day(now, config.business_day_begins_hour)
    settled = today - timedelta(days=1 + definition.settles_days)
    return (
        _shifted(starts_on, -2 * config.measure_days),
        min(_shifted(starts_on, config.measure_days - 1), settled),
    )


def _shifted(day: date, days: int) -> date:
    """A day so many days later; the calendar's first or last where it has no such day."""
    first, last = date.min.toordinal(), date.max.toordinal()
    return date.fromordinal(min(max(day.toordinal() + days, first), last))


async def _days(
    connection: Connection, definition: Definition, scopes: Sequence[str], days: tuple[date, date]
) -> dict[str, dict[date, float]]:
    """The KPI by scope and day, without days that have no data. A day with nothing is 0 for what is added up."""
    found: dict[str, dict[date, float]] = {}
    figures = definition.formula.figures
    of_a_scope = len(figures) * max(1, (days[1] - days[0]).days + 1)
    for some in _parts(scopes, max(1, settings().kpi_answer_rows_max // of_a_scope)):
        counted = await evidence.read_days(connection, figures, some, days)
        amounts = added_up(counted, By.DAY)
        if definition.is_sum:
            amounts = with_empty_days(amounts, await evidence.counted_since(connection, some), days)
        for (scope, period), of_day in amounts.items():
            value = definition.value(of_day)
            if value is not None:
                found.setdefault(scope, {})[date.fromisoformat(period)] = value
    return found


def _parts(scopes: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """As many scopes at a time as fit into the memory that one answer may take."""
    return (scopes[first : first + size] for first in range(0, len(scopes), size))
