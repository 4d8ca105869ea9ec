"""The operators' routes: a row of stock, its two-time balance and its movements, behind `tsunagu stock history`."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from inventory.domain.stock import Stock, StockKey
from inventory.settings import settings
from inventory.sql import SQL
from tsunagu.chassis import TRANSIENT, Runtime, clock, pooled
from tsunagu.contracts.values import Id, Instant, LocationId

Endpoint = Callable[[Request], Awaitable[Response]]

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_LOCATION: TypeAdapter[str] = TypeAdapter(LocationId)
_SKU: TypeAdapter[str] = TypeAdapter(Id)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Microseconds since 1970 and a bigint, each in no more digits than always fit their types.
_CURSOR = re.compile(r"([0-9]{1,16})-([0-9]{1,18})", re.ASCII)


class Wrong(ValueError):  # noqa: N818 - an answer
    """The question can't be asked like this; the message says why."""


class _Asked(NamedTuple):
    """Of which row of stock, of what had happened by a time, as known by another; None is without a bound."""

    location_id: str
    sku: str
    happened_by: datetime | None
    known_by: datetime | None


def routes(runtime: Runtime) -> ASGIApp:
    """The routes of this process."""

    async def stock(request: Request) -> Response:
        asked = _asked(request)
        row = await pooled(runtime).fetchrow(SQL.read_stock, [asked.location_id], [asked.sku])
        return JSONResponse(_shown(dict(row))) if row is not None else _never_booked(asked)

    async def balance(request: Request) -> Response:
        """What was on hand, or was believed to be."""
        asked = _asked(request)
        row = await pooled(runtime).fetchrow(SQL.read_stock, [asked.location_id], [asked.sku])
        if row is None:
            return _never_booked(asked)
        found = await pooled(runtime).fetchrow(SQL.balance, *asked)
        assert found is not None, "an aggregate has one row"
        return JSONResponse(_shown(asked._asdict() | dict(found) | _incoming(dict(row))))

    async def history(request: Request) -> Response:
        """The same with the movements it is the sum of, a page at a time; `next` is the `before` of the next page."""
        asked, before = _asked(request), _before(request)
        limit = _limit(request, settings().history_rows_max)
        async with (
            pooled(runtime).acquire() as connection,
            # One snapshot, so that the movements shown add up to the balance shown.
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(SQL.read_stock, [asked.location_id], [asked.sku])
            if row is None:
                return _never_booked(asked)
            found = await connection.fetchrow(SQL.balance, *asked)
            movements = await connection.fetch(SQL.history, *asked, *before, limit + 1)
        assert found is not None, "an aggregate has one row"
        shown = [_shown(dict(movement)) for movement in movements[:limit]]
        more = _cursor(movements[limit - 1]) if len(movements) > limit else None
        balance = _shown(asked._asdict() | dict(found) | _incoming(dict(row)))
        return JSONResponse(balance | {"history": shown, "next": more})

    async def differences(request: Request) -> Response:
        """What does not add up, a page at a time; `next` is the `after` of the next page."""
        most = settings().differences_rows_max
        limit, after = _limit(request, most), _after(request)
        rows = await pooled(runtime).fetch(SQL.ledger_differences, *after, limit + 1)
        shown = [_shown(dict(row)) for row in rows[:limit]]
        more = f"{shown[-1]['location_id']}:{shown[-1]['sku']}" if len(rows) > limit else None
        return JSONResponse({"differences": shown, "next": more})

    return Starlette(
        routes=[
            # A SKU may hold a slash, which no longer shows as %2F here.
            Route("/stock/{location}/{sku:path}/balance", _guarded(balance)),
            Route("/stock/{location}/{sku:path}/history", _guarded(history)),
            Route("/stock/{location}/{sku:path}", _guarded(stock)),
            Route("/ledger/differences", _guarded(differences)),
        ]
    )


def _guarded(endpoint: Endpoint) -> Endpoint:
    """Answer what an operator can expect to happen with a problem, not with a stack trace."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Wrong as error:
            return _problem(422, str(error))
        except TRANSIENT as error:
            return _problem(503, f"the database does not answer: {error!r}")

    return guarded


def _asked(request: Request) -> _Asked:
    return _Asked(
        _read(_LOCATION, request.path_params["location"], "the location"),
        _read(_SKU, request.path_params["sku"], "the SKU"),
        _time(request, "happened_by"),
        _time(request, "known_by"),
    )


def _time(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    # A plus sign that was not written as %2B has become a space on its way here.
    time: datetime = _read(_INSTANT, re.sub(r" (\d\d:\d\d)$", r"+\1", text), name)
    now = clock.now()
    if time > now:
        raise Wrong(
            f"{name} is in the future: it is {now.isoformat(timespec='seconds')}, and no more is known"
        )
    return time


def _read(adapter: TypeAdapter[Any], text: str, name: str) -> Any:
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        reason = problem.get("ctx", {}).get("error", problem["msg"])
        raise Wrong(f"{name} can't be read: {reason}") from error


def _limit(request: Request, most: int) -> int:
    wanted = request.query_params.get("limit", str(most))
    if (
        not (wanted.isascii() and wanted.isdigit())
        or len(wanted) > len(str(most))
        or not 1 <= int(wanted) <= most
    ):
        raise Wrong(f"limit is a number from 1 to {most}, not {wanted!r}")
    return int(wanted)


def _after(request: Request) -> StockKey:
    """The last row of the page before; of the first page, what comes before every row."""
    text = request.query_params.get("after")
    if text is None:
        return StockKey("", "")
    location_id, _, sku = text.partition(":")
    return StockKey(_read(_LOCATION, location_id, "after"), _read(_SKU, sku, "after"))


def _before(request: Request) -> tuple[datetime | None, int | None]:
    """The place of the last movement of the page before."""
    text = request.query_params.get("before")
    if text is None:
        return None, None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise Wrong("before is what `next` said on the page before, as it stood there")
    return _EPOCH + timedelta(microseconds=int(match[1])), int(match[2])


def _cursor(movement: Any) -> str:
    return f"{(movement['recorded_at'] - _EPOCH) // timedelta(microseconds=1)}-{movement['movement_id']}"


def _never_booked(asked: _Asked) -> Response:
    return _problem(404, f"nothing was ever booked of {asked.sku} at {asked.location_id}")


def _incoming(row: Mapping[str, Any]) -> dict[str, int]:
    """What is to come, as it is now: no movement tells what was to come at another time."""
    stock = Stock(*(row[name] for name in Stock._fields))
    return {
        "incoming": stock.incoming,
        "announced": stock.announced,
        "planned": stock.planned,
        "in_transit": stock.in_transit,
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}


def _problem(status: int, detail: str) -> Response:
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")
