"""Questions about KPIs: how they are defined, what they were, what stands behind a value, what a measure moved."""

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from insight import measures
from insight.domain.days import business_day
from insight.domain.definitions import Amounts, Definition
from insight.domain.kpis import ALL, TOTAL, KpiKey
from insight.domain.periods import By, added_up, last_day_of, with_empty_days
from insight.settings import settings
from insight.store import evidence, kpis
from insight.store.definitions import definitions
from tsunagu.chassis import Connection, Runtime, clock, pooled
from tsunagu.chassis.http_answers import Unknown, Wrong

EVERY_SCOPE = "*"


def kpi_routes(runtime: Runtime) -> list[Route]:
    """The routes about KPIs. None of them changes anything."""

    async def all_of_them(_: Request) -> Response:
        defined = definitions().defined
        async with pooled(runtime).acquire() as connection:
            shown = [{**definition_json(one), **await _total(connection, one, ALL)} for one in defined]
        return JSONResponse({"kpis": shown})

    async def values(request: Request) -> Response:
        definition = _definition(request)
        async with pooled(runtime).acquire() as connection:
            found = await _values(connection, definition, request)
        return JSONResponse({**definition_json(definition), "values": found})

    async def behind(request: Request) -> Response:
        definition = _definition(request)
        asked = evidence.Behind(
            figures=definition.formula.figures,
            scope=request.query_params.get("scope", ALL),
            day=_day(request, "day") if "day" in request.query_params else None,
            after=request.query_params.get("after", ""),
            limit=settings().kpi_page_rows_max,
        )
        async with pooled(runtime).acquire() as connection:
            await _require_scope(connection, asked.scope)
            page = await evidence.read_behind(connection, asked)
        shown = {"behind": list(page.found), "next_after": page.next_after}
        return JSONResponse({**definition_json(definition), **shown})

    async def recorded(_: Request) -> Response:
        async with pooled(runtime).acquire() as connection:
            rows = await connection.fetch(evidence.SQL.read_measures, settings().kpi_page_rows_max)
        return JSONResponse({"measures": [row["body"] for row in rows]})

    async def measure(request: Request) -> Response:
        measure_id = request.path_params["measure_id"]
        async with pooled(runtime).acquire() as connection:
            found = await measures.judged(connection, measure_id, clock.now())
        if found is None:
            raise Unknown(f"there is no measure {measure_id} on record")
        return JSONResponse(found)

    return [
        Route("/kpis", all_of_them),
        Route("/kpis/{name}", values),
        Route("/kpis/{name}/behind", behind),
        Route("/measures", recorded),
        Route("/measures/{measure_id:path}", measure),
    ]


def definition_json(definition: Definition) -> dict[str, Any]:
    """A definition as it is shown."""
    return {
        "name": definition.name,
        "title": definition.title,
        "formula": str(definition.formula),
        "unit": definition.unit,
        "better": definition.better,
        "owner": definition.owner,
        "target": definition.target,
        "due": None if definition.due is None else definition.due.isoformat(),
        "events": list(definition.events),
    }


async def _total(connection: Connection, definition: Definition, scope: str) -> dict[str, Any]:
    keys = [KpiKey(figure, scope, TOTAL) for figure in definition.formula.figures]
    amounts = await kpis.read_amounts(connection, keys)
    return _value(definition, amounts.get((scope, TOTAL), {}))


async def _values(connection: Connection, definition: Definition, request: Request) -> list[dict[str, Any]]:
    scope = request.query_params.get("scope", ALL)
    if "from" in request.query_params:
        return await _by_period(connection, definition, scope, request)
    for parameter in ("to", "by"):
        if parameter in request.query_params:
            raise Wrong(f"{parameter} goes with from and to: without them, a KPI is told in total")
    if scope == EVERY_SCOPE:
        raise Wrong("scope * goes with from and to; in total, ask for one scope")
    await _require_scope(connection, scope)
    return [{"scope": scope, "period": TOTAL, **await _total(connection, definition, scope)}]


async def _require_scope(connection: Connection, scope: str) -> None:
    if not await evidence.is_scope(connection, scope):
        raise Wrong(f"nothing is counted for {scope}: ask for all, a location, a channel or dept-…")


async def _by_period(
    connection: Connection, definition: Definition, scope: str, request: Request
) -> list[dict[str, Any]]:
    days = _day(request, "from"), _day(request, "to")
    by = request.query_params.get("by", By.DAY)
    if by not in set(By):
        raise Wrong(f"by is {', '.join(By)}, not {by}")
    days_max, rows_max = settings().kpi_days_kept, settings().kpi_answer_rows_max
    if not 0 <= (days[1] - days[0]).days < days_max:
        raise Wrong(f"to must not be before from, and at most {days_max} days are kept")
    if scope != EVERY_SCOPE:
        await _require_scope(connection, scope)
    figures = definition.formula.figures
    scopes = None if scope == EVERY_SCOPE else [scope]
    counted = await evidence.read_days(connection, figures, scopes, days, rows_max + 1)
    found = added_up(counted, By(by))
    if definition.is_sum:
        since = await evidence.counted_since(connection, scopes or {one.scope for one in counted})
        found = with_empty_days(found, since, (days[0], min(days[1], _today())), By(by))
    if max(len(counted), len(found)) > rows_max:
        raise Wrong(f"that is more than {rows_max} figures: ask for fewer days, or for one scope")
    return [
        {
            "scope": of_scope,
            "period": period,
            **_value(definition, amounts, min(last_day_of(period), days[1])),
        }
        for (of_scope, period), amounts in found.items()
    ]


def _value(definition: Definition, amounts: Amounts, last_day: date | None = None) -> dict[str, Any]:
    said = definition.said(amounts, last_day, _today())
    return {
        "value": said.value,
        "no_data": said.no_data,
        "figures": {
            figure: dict(zip(("amount", "count"), amounts.get(figure, (0.0, 0)), strict=True))
            for figure in definition.formula.figures
        },
    }


def _definition(request: Request) -> Definition:
    name = request.path_params["name"]
    by_name = definitions().by_name
    if name not in by_name:
        raise Wrong(f"there is no KPI {name}; there are {', '.join(sorted(by_name))}")
    return by_name[name]


def _today() -> date:
    return business_day(clock.now(), settings().business_day_begins_hour)


def _day(request: Request, parameter: str) -> date:
    try:
        return date.fromisoformat(request.query_params.get(parameter, ""))
    except ValueError:
        raise Wrong(f"{parameter} is a business day such as 2026-04-01") from None
