"""The operational KPIs of the business day, asked of the database now and then."""

from insight import metrics
from insight.domain.days import business_day
from insight.domain.kpis import ALL, KpiKey
from insight.settings import settings
from insight.store import kpis
from insight.store.definitions import definitions
from tsunagu.chassis import Periodic, Runtime, clock, pooled


async def show(runtime: Runtime) -> None:
    """Set the gauges. Any process of the service shows the same."""
    day = business_day(clock.now(), settings().business_day_begins_hour).isoformat()
    shown = [one for one in definitions().defined if one.is_operational]
    keys = [KpiKey(figure, ALL, day) for one in shown for figure in one.formula.figures]
    async with pooled(runtime).acquire() as connection:
        amounts = (await kpis.read_amounts(connection, keys)).get((ALL, day), {})
    # What has no data has no gauge: it is no 0, and yesterday's must not stay.
    metrics.KPI.clear()
    for one in shown:
        value = one.value(amounts)
        if value is not None:
            metrics.KPI.labels(one.name).set(value)


SHOWING = Periodic("kpis", settings().kpi_gauges_seconds, show)
