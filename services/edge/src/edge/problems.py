"""Errors as callers get them: problem details (RFC 9457) that name the field and say what to do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from tsunagu.chassis.database import TRANSIENT

MEDIA_TYPE = "application/problem+json"
ERRORS_SHOWN_MAX = 20  # enough to mend a body in one go; an order of 500 wrong lines is not repeated
RETRY_AFTER_SECONDS = 2  # a database or broker restarts in about this
_log = structlog.get_logger(__name__)

_TITLES = {
    "bad-request": "The request can't be read",
    "malformed-json": "The body is not JSON",
    "unauthorised": "An API key is needed",
    "sign-in-refused": "User or password is wrong",
    "signed-out": "You are not signed in",
    "right-needed": "Your account does not have the right to this",
    "unsigned": "The signature does not fit",
    "forbidden": "This key does not show that",
    "other-page": "The request did not come from our own page",
    "guest-needed": "A quote comes first",
    "price-changed": "The price has changed",
    "not-found": "Not found",
    "method-not-allowed": "This method is not offered here",
    "key-in-use": "The first request with this Idempotency-Key is under way",
    "key-reused": "This Idempotency-Key came with another request first",
    "id-taken": "This id is taken",
    "body-timeout": "The body took too long",
    "body-too-large": "The body is too large",
    "content-type": "The body must be JSON",
    "invalid": "Some values are not allowed",
    "begin-anew": "The position is gone",
    "place-unknown": "The place is not known",
    "too-many-requests": "Too many requests",
    "internal": "Something went wrong here",
    "unavailable": "Not available for the moment",
}


class FieldError(BaseModel):
    """One wrong value: where it stands (a JSON pointer into the body, or a parameter's name) and what is wrong."""

    pointer: str | None = None
    parameter: str | None = None
    detail: str


class ProblemDetails(BaseModel):
    """The body of every error."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []


class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """An answer that is an error. `code` is one of the titles' keys; `detail` a sentence for people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers

    def response(self) -> Response:
        """The problem as it is sent."""
        details = ProblemDetails(
            type=f"urn:tsunagu:problem:{self.code}",
            title=_TITLES[self.code],
            status=self.status,
            detail=self.detail,
            errors=list(self.errors),
        )
        content = details.model_dump(exclude_none=True)
        if not content["errors"]:
            del content["errors"]
        return JSONResponse(content, self.status, headers=self.headers, media_type=MEDIA_TYPE)


def too_many(wait_seconds: float) -> Problem:
    """429, with the seconds after which it is worth trying again."""
    seconds = str(max(1, round(wait_seconds + 0.5)))
    return Problem(429, "too-many-requests", f"Try again in {seconds} s.", headers={"Retry-After": seconds})


def invalid_values(error: ValidationError) -> Problem:
    """422 for a body whose values do not go together, as pydantic found."""
    return _invalid(
        error.errors(include_url=False, include_context=False, include_input=False), inside="body"
    )


# What the documentation says of errors, in place of FastAPI's own 422.
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": ProblemDetails.model_json_schema(ref_template="{model}")}},
    }
    for status, description in (
        ("4XX", "A problem with the request: RFC 9457 problem details"),
        ("5XX", "A problem here; worth trying again where Retry-After says so"),
    )
}
for _response in RESPONSES.values():
    _schema = _response["content"][MEDIA_TYPE]["schema"]
    _schema["properties"]["errors"]["items"] = _schema.pop("$defs")["FieldError"]


def install(app: FastAPI) -> None:
    """Have every error of the app answered as a problem."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    for transient in TRANSIENT:
        if issubclass(transient, Exception):
            app.add_exception_handler(transient, _on_transient)
    app.add_exception_handler(Exception, _on_bug)


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _on_invalid_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(problem["type"] == "json_invalid" for problem in found):
        place = found[0]["loc"][-1]
        return Problem(400, "malformed-json", f"The body stops being JSON at character {place}.").response()
    return _invalid(found).response()


async def _on_http_exception(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "bad-request")
    detail = {404: "There is nothing at this address.", 405: "Use one of the methods in Allow."}.get(
        error.status_code, "The request's body can't be read as UTF-8 JSON."
    )
    return Problem(error.status_code, code, detail, headers=error.headers).response()


async def _on_transient(_: Request, error: Exception) -> Response:
    _log.warning("request refused: something is away", error=repr(error))
    return Problem(
        503,
        "unavailable",
        f"A part of the system does not answer; try again in {RETRY_AFTER_SECONDS} s with the same request.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    ).response()


async def _on_bug(_: Request, error: Exception) -> Response:
    _log.error("a request failed", error=repr(error), exc_info=error)
    return Problem(
        500, "internal", "This is a fault of ours and is on record; the same request may be sent again."
    ).response()


def _invalid(found: Iterable[Any], inside: str | None = None) -> Problem:
    problems = list(found)
    errors = [_field_error(problem, inside) for problem in problems[:ERRORS_SHOWN_MAX]]
    more = len(problems) - len(errors)
    detail = "Some values are not allowed; `errors` says which and why."
    return Problem(422, "invalid", detail + (f" {more} more are not shown." if more else ""), errors=errors)


def _field_error(problem: Any, inside: str | None) -> FieldError:
    source, *path = (inside, *problem["loc"]) if inside else problem["loc"]
    detail = str(problem["msg"]).removeprefix("Value error, ")
    if source == "body":
        steps = [str(step).replace("~", "~0").replace("/", "~1")[:100] for step in path]
        return FieldError(pointer="".join(f"/{step}" for step in steps), detail=detail)
    return FieldError(parameter=str(path[0]) if path else str(source), detail=detail)
