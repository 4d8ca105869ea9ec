"""Operators' questions about the journal: a business day of a place."""

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from insight.store import journal
from insight.store.journal import DayKey
from tsunagu.chassis import Runtime, pooled
from tsunagu.chassis.http_answers import Wrong


def journal_routes(runtime: Runtime) -> list[Route]:
    """The routes about the journal. None of them changes anything."""

    async def day(request: Request) -> Response:
        try:
            business_date = date.fromisoformat(request.path_params["date"])
        except ValueError:
            raise Wrong("a business day is written as 2026-04-01") from None
        asked = DayKey(request.path_params["place"], business_date)
        async with (
            pooled(runtime).acquire() as connection,
            # One snapshot: a day that is closed meanwhile is either open or closed.
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            closed = await journal.read_closed_day(connection, asked)
            parts = await journal.read_open_parts(connection, asked) if closed is None else closed.parts
        shown: dict[str, Any] = {
            "place": asked.place,
            "business_date": business_date.isoformat(),
            "company_id": None if closed is None else closed.company_id,
            "closed_at": None if closed is None else closed.closed_at.isoformat(),
            "parts": [part.model_dump(mode="json") for part in parts],
        }
        return JSONResponse(shown)

    return [Route("/journal/{place}/{date}", day)]
