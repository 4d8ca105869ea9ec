"""What the routes for operators have in common: how a question is read, and how one without an answer ends."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tsunagu.chassis import TRANSIENT

Endpoint = Callable[[Request], Awaitable[Response]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CURSOR = re.compile(r"([0-9]{1,16})-(.+)", re.ASCII)  # as many digits as always fit a time


class Wrong(ValueError):  # noqa: N818 - an answer
    """The question can't be asked like this; the message says why."""


class Unknown(LookupError):  # noqa: N818 - an answer
    """There is nothing of the kind; the message says of which."""


def guarded(endpoint: Endpoint) -> Endpoint:
    """Answer what an operator can expect to happen with a problem (RFC 9457), not with a stack trace."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Wrong as error:
            return _problem(422, str(error))
        except Unknown as error:
            return _problem(404, str(error))
        except TRANSIENT as error:
            return _problem(503, f"the database does not answer: {error!r}")

    return answered


def read(adapter: TypeAdapter[Any], text: str, name: str) -> Any:
    """A text as the contracts have it. Raises Wrong, which names it."""
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise Wrong(f"{name} can't be read: {problem['msg']}") from error


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
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= len(str(most))):
        raise Wrong(f"limit is a number from 1 to {most}")
    if not 1 <= int(wanted) <= most:
        raise Wrong(f"limit is a number from 1 to {most}")
    return int(wanted)


def cursor(at: datetime, row_id: str) -> str:
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


def _problem(status: int, detail: str) -> Response:
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")
