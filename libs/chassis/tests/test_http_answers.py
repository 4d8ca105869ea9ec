"""How questions of operators are read, and how those without an answer end."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tsunagu.chassis.http_answers import Unknown, Wrong, answering, cursor, days, limit, place, read


class BusyError(Exception):
    """An error of a service's own."""


def asked(query: str) -> Request:
    return Request({"type": "http", "query_string": query.encode(), "headers": []})


async def answer_of(endpoint: Callable[[], Any]) -> httpx.Response:
    async def route(_: Request) -> Response:
        return JSONResponse(endpoint())

    app = answering([Route("/", route)], {BusyError: 409})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        return await client.get("/")


@pytest.mark.parametrize(
    ("error", "status"),
    [(Wrong("no"), 422), (Unknown("no"), 404), (BusyError("no"), 409), (ConnectionResetError("no"), 503)],
)
async def test_answering__what_can_be_expected__is_a_problem_with_its_sentence(
    error: Exception, status: int
) -> None:
    def fail() -> None:
        raise error

    answer = await answer_of(fail)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert "no" in answer.json()["detail"]


async def test_answering__a_bug__is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await answer_of(lambda: 1 // 0)


@settings(deadline=None)
@given(
    at=st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(lambda time: time.replace(tzinfo=UTC)),
    row_id=st.from_regex(r"[A-Za-z0-9:/-]{1,20}", fullmatch=True),
)
def test_place__is_where_the_cursor_stood(at: datetime, row_id: str) -> None:
    assert place(asked(str(httpx.QueryParams({"before": cursor(at, row_id)}))), "before") == (at, row_id)


def test_place__first_page_or_made_up__is_none_or_wrong() -> None:
    assert place(asked(""), "before") is None
    for text in ("x", "12", "-1-x", f"{10**16}-x"):
        with pytest.raises(Wrong, match="as it stood there"):
            place(asked(f"before={text}"), "before")


def test_limit__not_said__is_the_most_and_none_other_than_a_number_up_to_it() -> None:
    assert (limit(asked(""), 50), limit(asked("limit=7"), 50)) == (50, 7)
    for text in ("0", "51", "007", "-1", "x", "%D9%A3"):  # the last: an Arabic three
        with pytest.raises(Wrong, match="from 1 to 50"):
            limit(asked(f"limit={text}"), 50)


def test_days__both_are_meant__and_not_too_many() -> None:
    first, last = days(asked("from=2026-04-01&to=2026-04-03"), 3)
    assert (last - first).days == 2
    for query, reason in (
        ("from=x&to=y", "such as"),
        ("from=2026-04-02&to=2026-04-01", "before from"),
        ("from=2026-04-01&to=2026-04-04", "at most 3 days"),
    ):
        with pytest.raises(Wrong, match=reason):
            days(asked(query), 3)


def test_read__not_as_the_contracts_have_it__names_what() -> None:
    assert read(TypeAdapter(int), "7", "the number") == 7
    with pytest.raises(Wrong, match="the number can't be read"):
        read(TypeAdapter(int), "x", "the number")
