"""The operators' routes: a row of stock, its two-time balance and its movements, behind `tsunagu stock history`."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from inventory.domain.stock import Stock, StockKey
from inventory.settings import settings
from inventory.sql import SQL
from tsunagu.chassis import Runtime, clock, pooled
from tsunagu.chassis.http_answers import Unknown, Wrong, answering, cursor, limit, place, read
from tsunagu.contracts.values import Id, Instant, LocationId

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_LOCATION: TypeAdapter[str] = TypeAdapter(LocationId)
_SKU: TypeAdapter[str] = TypeAdapter(Id)
_BIGINT = re.compile(r"[0-9]{1,18}", re.ASCII)  # no more digits than always fit


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
        if row is None:
            raise _never_booked(asked)
        return JSONResponse(_shown(dict(row)))

    async def balance(request: Request) -> Response:
        """What was on hand, or was believed to be."""
        asked = _asked(request)
        row = await pooled(runtime).fetchrow(SQL.read_stock, [asked.location_id], [asked.sku])
        if row is None:
            raise _never_booked(asked)
        found = await pooled(runtime).fetchrow(SQL.balance, *asked)
        assert found is not None, "an aggregate has one row"
        return JSONResponse(_shown(asked._asdict() | dict(found) | _incoming(dict(row))))

    async def history(request: Request) -> Response:
        """The same with the movements it is the sum of, a page at a time; `next` is the `before` of the next page."""
        asked, before = _asked(request), _before(request)
        rows_max = limit(request, settings().history_rows_max)
        async with (
            pooled(runtime).acquire() as connection,
            # One snapshot, so that the movements shown add up to the balance shown.
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(SQL.read_stock, [asked.location_id], [asked.sku])
            if row is None:
                raise _never_booked(asked)
            found = await connection.fetchrow(SQL.balance, *asked)
            movements = await connection.fetch(SQL.history, *asked, *before, rows_max + 1)
        assert found is not None, "an aggregate has one row"
        shown = [_shown(dict(movement)) for movement in movements[:rows_max]]
        last = movements[rows_max - 1] if len(movements) > rows_max else None
        more = cursor(last["recorded_at"], last["movement_id"]) if last is not None else None
        balance = _shown(asked._asdict() | dict(found) | _incoming(dict(row)))
        return JSONResponse(balance | {"history": shown, "next": more})

    async def differences(request: Request) -> Response:
        """What does not add up, a page at a time; `next` is the `after` of the next page."""
        most = settings().differences_rows_max
        rows_max, after = limit(request, most), _after(request)
        rows = await pooled(runtime).fetch(SQL.ledger_differences, *after, rows_max + 1)
        shown = [_shown(dict(row)) for row in rows[:rows_max]]
        more = f"{shown[-1]['location_id']}:{shown[-1]['sku']}" if len(rows) > rows_max else None
        return JSONResponse({"differences": shown, "next": more})

    return answering(
        [
            # A SKU may hold a slash, which no longer shows as %2F here.
            Route("/stock/{location}/{sku:path}/balance", balance),
            Route("/stock/{location}/{sku:path}/history", history),
            Route("/stock/{location}/{sku:path}", stock),
            Route("/ledger/differences", differences),
        ]
    )


def _asked(request: Request) -> _Asked:
    return _Asked(
        read(_LOCATION, request.path_params["location"], "the location"),
        read(_SKU, request.path_params["sku"], "the SKU"),
        _time(request, "happened_by"),
        _time(request, "known_by"),
    )


def _time(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    # A plus sign that was not written as %2B has become a space on its way here.
    time: datetime = read(_INSTANT, re.sub(r" (\d\d:\d\d)$", r"+\1", text), name)
    now = clock.now()
    if time > now:
        raise Wrong(
            f"{name} is in the future: it is {now.isoformat(timespec='seconds')}, and no more is known"
        )
    return time


def _after(request: Request) -> StockKey:
    """The last row of the page before; of the first page, what comes before every row."""
    text = request.query_params.get("after")
    if text is None:
        return StockKey("", "")
    location_id, _, sku = text.partition(":")
    return StockKey(read(_LOCATION, location_id, "after"), read(_SKU, sku, "after"))


def _before(request: Request) -> tuple[datetime | None, int | None]:
    """The place of the last movement of the page before."""
    last = place(request, "before")
    if last is None:
        return None, None
    at, movement_id = last
    if _BIGINT.fullmatch(movement_id) is None:
        raise Wrong("before is what `next` said on the page before, as it stood there")
    return at, int(movement_id)


def _never_booked(asked: _Asked) -> Unknown:
    return Unknown(f"nothing was ever booked of {asked.sku} at {asked.location_id}")


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
