"""The operators' routes: a row of stock and its movements, behind `tsunagu stock history`."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from inventory.settings import settings
from inventory.sql import SQL
from tsunagu.chassis import Runtime, pooled


def routes(runtime: Runtime) -> ASGIApp:
    """The routes of this process."""

    async def stock(request: Request) -> Response:
        location_id, sku = request.path_params["location"], request.path_params["sku"]
        row = await pooled(runtime).fetchrow(SQL.read_stock, [location_id], [sku])
        if row is None:
            return _problem(404, f"nothing was ever booked of {sku} at {location_id}")
        return JSONResponse(_shown(dict(row)))

    async def history(request: Request) -> Response:
        location_id, sku = request.path_params["location"], request.path_params["sku"]
        most = settings().history_rows_max
        wanted = request.query_params.get("limit", str(most))
        if not wanted.isdecimal() or not 1 <= int(wanted) <= most:
            return _problem(422, f"limit is a number from 1 to {most}, not {wanted!r}")
        rows = await pooled(runtime).fetch(SQL.history, location_id, sku, int(wanted))
        return JSONResponse([_shown(dict(row)) for row in rows])

    async def differences(_: Request) -> Response:
        rows = await pooled(runtime).fetch(SQL.ledger_differences)
        return JSONResponse([_shown(dict(row)) for row in rows])

    return Starlette(
        routes=[
            Route("/stock/{location}/{sku}", stock),
            Route("/stock/{location}/{sku}/history", history),
            Route("/ledger/differences", differences),
        ]
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}


def _problem(status: int, detail: str) -> Response:
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")
