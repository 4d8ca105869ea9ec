"""Questions about KPIs: how they are defined, what they were, what stands behind a value, what a measure moved."""

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from insight import measures
from insight.domain.definitions import Definition
from insight.domain.kpis import ALL, TOTAL, KpiKey
from insight.domain.periods import By, added_up
from insight.problems import problem
from insight.settings import settings
from insight.store import evidence, kpis
from insight.store.definitions import definitions
from tsunagu.chassis import Connection, Runtime, clock, pooled


class _Asked(Exception):  # noqa: N818 - an answer to give, not an error of ours
    """The question can't be answered as it was asked."""


def kpi_routes(runtime: Runtime) -> list[Route]:
    """The routes about KPIs. None of them changes anything."""

    async def all_of_them(_: Request) -> Response:
        defined = definitions().defined
        async with pooled(runtime).acquire() as connection:
            shown = [{**definition_json(one), **await _total(connection, one, ALL)} for one in defined]
        return JSONResponse({"kpis": shown})

    async def values(request: Request) -> Response:
        try:
            definition = _definition(request)
            scope = request.query_params.get("scope", ALL)
            async with pooled(runtime).acquire() as connection:
                found = (
                    await _by_period(connection, definition, scope, request)
                    if "from" in request.query_params
                    else [{"scope": scope, "period": TOTAL, **await _total(connection, definition, scope)}]
                )
        except _Asked as reason:
            return problem(422, str(reason))
        return JSONResponse({**definition_json(definition), "values": found})

    async def behind(request: Request) -> Response:
        try:
            definition = _definition(request)
            asked = evidence.Behind(
                figures=definition.formula.figures,
                scope=request.query_params.get("scope", ALL),
                day=_day(request, "day") if "day" in request.query_params else None,
                after=request.query_params.get("after", ""),
                limit=settings().kpi_page_rows_max,
            )
        except _Asked as reason:
            return problem(422, str(reason))
        async with pooled(runtime).acquire() as connection:
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
            return problem(404, f"there is no measure {measure_id} on record")
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


async def _by_period(
    connection: Connection, definition: Definition, scope: str, request: Request
) -> list[dict[str, Any]]:
    days = _day(request, "from"), _day(request, "to")
    by = request.query_params.get("by", By.DAY)
    if by not in set(By):
        raise _Asked(f"by is {', '.join(By)}, not {by}")
    days_max, rows_max = settings().kpi_days_kept, settings().kpi_answer_rows_max
    if not 0 <= (days[1] - days[0]).days < days_max:
        raise _Asked(f"to must not be before from, and at most {days_max} days are kept")
    figures = definition.formula.figures
    counted = await evidence.read_days(connection, figures, scope, days, rows_max + 1)
    if len(counted) > rows_max:
        raise _Asked(f"that is more than {rows_max} figures: ask for fewer days, or for one scope")
    return [
        {"scope": of_scope, "period": period, **_value(definition, amounts)}
        for (of_scope, period), amounts in added_up(counted, By(by)).items()
    ]


def _value(definition: Definition, amounts: Any) -> dict[str, Any]:
    value = definition.value(amounts)
    return {
        "value": value,
        "no_data": definition.no_data if value is None else None,
        "figures": {
            figure: dict(zip(("amount", "count"), amounts.get(figure, (0.0, 0)), strict=True))
            for figure in definition.formula.figures
        },
    }


def _definition(request: Request) -> Definition:
    name = request.path_params["name"]
    by_name = definitions().by_name
    if name not in by_name:
        raise _Asked(f"there is no KPI {name}; there are {', '.join(sorted(by_name))}")
    return by_name[name]


def _day(request: Request, parameter: str) -> date:
    try:
        return date.fromisoformat(request.query_params.get(parameter, ""))
    except ValueError:
        raise _Asked(f"{parameter} is a business day such as 2026-04-01") from None
