"""What routes for operators have in common: how a question is read, and how one without an answer ends (RFC 9457)."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tsunagu.chassis.database import TRANSIENT

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CURSOR = re.compile(r"([0-9]{1,16})-(.+)", re.ASCII)  # as many digits as always fit a time


class Wrong(ValueError):  # noqa: N818 - an answer
    """The question can't be asked like this; the message says why."""


class Unknown(LookupError):  # noqa: N818 - an answer
    """There is nothing of the kind; the message says of which."""


def answering(
    routes: Sequence[BaseRoute], statuses: Mapping[type[Exception], int] | None = None
) -> Starlette:
    """An application of these routes. What an operator can expect to happen is answered with a problem, not with a
    stack trace: Wrong, Unknown, a database that is away, and what `statuses` names, with the error's text.
    """
    named: dict[type[Exception], int] = {Wrong: 422, Unknown: 404, **(statuses or {})}
    handlers: dict[Any, Callable[[Request, Any], Awaitable[Response]]] = {
        error: _told(status) for error, status in named.items()
    }
    return Starlette(routes=routes, exception_handlers=handlers | dict.fromkeys(TRANSIENT, _unavailable))


def problem(status: int, detail: str) -> Response:
    """An answer as RFC 9457 has them, with a sentence for people."""
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")


def read(adapter: TypeAdapter[Any], text: str, name: str) -> Any:
    """A text as the contracts have it. Raises Wrong, which names it."""
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        reason = first.get("ctx", {}).get("error", first["msg"])
        raise Wrong(f"{name} can't be read: {reason}") from error


def days(request: Request, days_max: int) -> tuple[date, date]:
    """The days `from` and `to`, both meant. Raises Wrong where they are none, or too many."""
    try:
        first, last = (date.fromisoformat(request.query_params.get(name, "")) for name in ("from", "to"))
    except ValueError:
        raise Wrong("from and to are days such as 2026-04-01") from None
    if not first <= last < first + timedelta(days=days_max):
        raise Wrong(f"to must not be before from, and at most {days_max} days are asked for at once")
    return first, last


def limit(request: Request, most: int) -> int:
    """How many rows are wanted; as many as there may be where nobody says. Raises Wrong."""
    wanted = request.query_params.get("limit", str(most))
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) <= len(str(most))
    if not is_number or not 1 <= int(wanted) <= most:
        raise Wrong(f"limit is a number from 1 to {most}, not {wanted!r}")
    return int(wanted)


def cursor(at: datetime, row_id: str | int) -> str:
    """The place of a row among those of its kind, as a page's `next` has it."""
    return f"{(at - _EPOCH) // _MICROSECOND}-{row_id}"


def place(request: Request, name: str) -> tuple[datetime, str] | None:
    """The time and id of the last row of the page before; None on the first page. Raises Wrong."""
    text = request.query_params.get(name)
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise Wrong(f"{name} is what `next` said on the page before, as it stood there")
    return _EPOCH + timedelta(microseconds=int(match[1])), match[2]


def _told(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(_: Request, error: Exception) -> Response:
        return problem(status, str(error))

    return answer


async def _unavailable(_: Request, error: Exception) -> Response:
    return problem(503, f"the database does not answer: {error!r}")
