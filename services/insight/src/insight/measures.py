"""What a measure moved: its KPI before and after, beside the stores without one."""

from datetime import date, datetime, timedelta
from typing import Any

from insight.domain.days import business_day
from insight.domain.definitions import Definition
from insight.domain.effects import effect
from insight.domain.periods import By, added_up
from insight.settings import settings
from insight.store import evidence
from insight.store.definitions import definitions
from tsunagu.chassis import Connection

EVERY_SCOPE = "*"


async def judged(connection: Connection, measure_id: str, now: datetime) -> dict[str, Any] | None:
    """A measure on record, with what it has moved so far; None where there is none.

    Only days that are over count. Only stores are compared with stores.
    """
    body = await connection.fetchval(evidence.SQL.read_measure, measure_id)
    if body is None:
        return None
    definition = definitions().by_name.get(body["kpi"])
    if definition is None:
        return {"measure": body, "compared_with": [], "effect": None}
    starts_on = date.fromisoformat(body["starts_on"])
    days = await _days(connection, definition, starts_on, now)
    stores = [
        row["location_id"] for row in await connection.fetch(evidence.SQL.read_comparable_stores, body["kpi"])
    ]
    scope = body["scope"]
    is_store = await connection.fetchval(evidence.SQL.is_store, scope)
    others = {store: days[store] for store in stores if is_store and store in days}
    found = effect(days.get(scope, {}), list(others.values()), starts_on, definition.better)
    return {
        "measure": body,
        "unit": definition.unit,
        "compared_with": sorted(others),
        "effect": {
            "before": found.before,
            "after": found.after,
            "others_before": found.others_before,
            "others_after": found.others_after,
            "days_before": found.days_before,
            "days_after": found.days_after,
            "difference": found.difference,
            "chance": found.chance,
            "word": found.word,
        },
    }


async def _days(
    connection: Connection, definition: Definition, starts_on: date, now: datetime
) -> dict[str, dict[date, float]]:
    """The KPI by scope and day, on both sides of a day, without days that have no data."""
    config = settings()
    side = timedelta(days=config.measure_days)
    yesterday = business_day(now, config.business_day_begins_hour) - timedelta(days=1)
    last = min(starts_on + side - timedelta(days=1), yesterday)
    counted = await evidence.read_days(
        connection,
        definition.formula.figures,
        EVERY_SCOPE,
        (starts_on - side, last),
        config.kpi_answer_rows_max,
    )
    days: dict[str, dict[date, float]] = {}
    for (scope, period), amounts in added_up(counted, By.DAY).items():
        value = definition.value(amounts)
        if value is not None:
            days.setdefault(scope, {})[date.fromisoformat(period)] = value
    return days
