"""The HTTP application of a process: how it is made, and how a route reaches the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.telemetry import TelemetryConfig

from edge import metrics, problems
from edge.api_keys import ApiKeys
from edge.problems import Problem
from edge.rate_limit import TokenBuckets
from edge.request_guard import RequestGuard
from edge.settings import DoorSettings
from edge.signing_in.accounts import Language
from edge.signing_in.cookies import demand_own_page
from edge.signing_in.sessions import Sessions
from tsunagu.chassis import Connection, Runtime, Transaction, clock, pooled, transaction

# FastAPI's own would tell paths and queries, and those name people; the machinery traces requests without them.
_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


@dataclass(frozen=True)
class Door:
    """What the routes of a process stand on."""

    runtime: Runtime
    settings: DoorSettings
    keys: ApiKeys
    buckets: TokenBuckets
    sessions: Sessions | None = None

    def slow_down(self, caller: str) -> None:
        """Raise Problem 429 where the caller has asked too often."""
        wait = self.buckets.wait_seconds(caller, clock.monotonic())
        if wait:
            metrics.RATE_LIMITED.inc()
            raise problems.too_many(wait)


def new_app(
    runtime: Runtime,
    settings: DoorSettings,
    *,
    title: str,
    description: str,
    keys: ApiKeys | None = None,
    sessions: Sessions | None = None,
    forms_under: str | None = None,
) -> FastAPI:
    """An application without routes yet. Its documentation is the OpenAPI document; no page loads foreign scripts.

    `sessions`: of a process in which people sign in. `forms_under`: the path under which bodies are forms of its own
    pages; all others are JSON.
    """
    app = FastAPI(
        title=title,
        description=description,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses=problems.RESPONSES,
        telemetry=_NO_TELEMETRY,
    )
    problems.install(app)
    app.add_middleware(RequestGuard, settings=settings, forms_under=forms_under)
    app.state.door = Door(
        runtime,
        settings,
        keys or ApiKeys({}),
        TokenBuckets(settings.requests_per_second, settings.requests_burst, settings.callers_max),
        sessions,
    )
    return app


def door_of(request: Request) -> Door:
    """The door that a request came through."""
    door = request.app.state.door
    assert isinstance(door, Door)
    return door


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the holder of an API key, or a person signed in who acts for the holder of their account."""

    holder: str
    user: str | None = None
    rights: frozenset[str] = frozenset()
    language: Language | None = None


async def caller_at_door(request: Request, authorization: str | None) -> Caller:
    """Who asks, by the key in `authorization` or else by the session's cookie.

    Raises Problem 401 for neither, 403 for a change with a cookie that our own page did not send, 429 where it asks
    too often.
    """
    caller = await _known(request, authorization)
    door_of(request).slow_down(caller.holder if caller.user is None else f"user {caller.user}")
    return caller


async def _known(request: Request, authorization: str | None) -> Caller:
    door = door_of(request)
    sessions = door.sessions
    if authorization is not None or sessions is None:
        return Caller(door.keys.holder(authorization))
    token = sessions.cookie.token_of(request)
    if token is None:
        raise _signed_out("Sign in, or send the API key that you were given, as `Authorization: Bearer KEY`.")
    demand_own_page(request)
    async with reading(door) as connection:
        found = await sessions.find(connection, token)
    if found is None:
        raise _signed_out("Your session has ended; sign in again.")
    account = found.account
    return Caller(account.holder, found.user, account.rights, account.language)


def _signed_out(detail: str) -> Problem:
    return Problem(401, "signed-out", detail, headers={"WWW-Authenticate": "Bearer"})


async def _caller(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))],
) -> Caller:
    authorization = f"{credentials.scheme} {credentials.credentials}" if credentials is not None else None
    return await caller_at_door(request, authorization)


async def _door(request: Request) -> Door:
    # FastAPI runs what is not async in a thread of its own, which takes longer than what is done here.
    return door_of(request)


AtDoor = Annotated[Door, Depends(_door)]
CallerAtDoor = Annotated[Caller, Depends(_caller)]
"""Who asks, by API key or session; 401 without, 429 when it asks too often."""


async def _holder(caller: CallerAtDoor) -> str:
    return caller.holder


Holder = Annotated[str, Depends(_holder)]
"""For whom it is asked: the holder of the key, or of the account of the person signed in. Errors as `CallerAtDoor`."""


def needs(right: str) -> Any:
    """A dependency of routes that only people whose account has the right may use; 403 for everybody else."""

    async def check(caller: CallerAtDoor) -> None:
        if right not in caller.rights:
            raise Problem(403, "right-needed", f"Only people with the right {right!r} may do this.")

    return Depends(check)


@asynccontextmanager
async def reading(door: Door) -> AsyncIterator[Connection]:
    """A connection for reading. Raises TimeoutError when none comes free in time."""
    async with pooled(door.runtime).acquire(timeout=door.settings.database_wait_seconds) as connection:
        yield connection


@asynccontextmanager
async def writing(door: Door) -> AsyncIterator[Transaction]:
    """A transaction from which messages can be published; committed at the end, rolled back by any exception."""
    async with transaction(door.runtime, wait_seconds=door.settings.database_wait_seconds) as opened:
        yield opened
