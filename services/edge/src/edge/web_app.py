"""The HTTP application of a process: how it is made, and how a route reaches the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from edge import metrics, problems
from edge.api_keys import ApiKeys
from edge.rate_limit import TokenBuckets
from edge.request_guard import RequestGuard
from edge.settings import DoorSettings
from tsunagu.chassis import Connection, Runtime, Transaction, clock, pooled, transaction


@dataclass(frozen=True)
class Door:
    """What the routes of a process stand on."""

    runtime: Runtime
    settings: DoorSettings
    keys: ApiKeys
    buckets: TokenBuckets

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
    forms_under: str | None = None,
) -> FastAPI:
    """An application without routes yet. Its documentation is the OpenAPI document; no page loads foreign scripts.

    `forms_under`: the path under which bodies are forms of its own pages; all others are JSON.
    """
    app = FastAPI(
        title=title,
        description=description,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses=problems.RESPONSES,
    )
    problems.install(app)
    app.add_middleware(RequestGuard, settings=settings, forms_under=forms_under)
    app.state.door = Door(
        runtime,
        settings,
        keys or ApiKeys({}),
        TokenBuckets(settings.requests_per_second, settings.requests_burst, settings.callers_max),
    )
    return app


def door_of(request: Request) -> Door:
    """The door that a request came through."""
    door = request.app.state.door
    assert isinstance(door, Door)
    return door


def _holder(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))],
) -> str:
    door = door_of(request)
    authorization = f"{credentials.scheme} {credentials.credentials}" if credentials is not None else None
    holder = door.keys.holder(authorization)
    door.slow_down(holder)
    return holder


async def _door(request: Request) -> Door:
    # FastAPI runs what is not async in a thread of its own, which takes longer than what is done here.
    return door_of(request)


AtDoor = Annotated[Door, Depends(_door)]
Holder = Annotated[str, Depends(_holder)]
"""Whose API key the request carries; 401 without, 429 when it asks too often."""


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
