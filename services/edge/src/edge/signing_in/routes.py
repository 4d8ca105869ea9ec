"""Signing in and out, and who is signed in."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from edge import metrics
from edge.problems import Problem
from edge.rate_limit import network_of
from edge.signing_in import tries
from edge.signing_in.accounts import Language, user_name
from edge.signing_in.cookies import demand_own_page
from edge.signing_in.passwords import PASSWORD_CHARACTERS_MAX
from edge.signing_in.sessions import Sessions
from edge.web_app import AtDoor, CallerAtDoor, Door, reading
from tsunagu.chassis import Connection

router = APIRouter(tags=["signing in"])
_log = structlog.get_logger(__name__)


class SignIn(BaseModel):
    """Who signs in."""

    model_config = ConfigDict(extra="forbid")

    user: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=PASSWORD_CHARACTERS_MAX)]


class Me(BaseModel):
    """Who asks. `holder`: the store or the person acted for; an API key has no user, rights or language."""

    holder: str
    user: str | None
    rights: list[str]
    language: Language | None


@router.post("/v1/sign-in", status_code=204, dependencies=[Depends(demand_own_page)])
async def sign_in(body: SignIn, request: Request, door: AtDoor) -> Response:
    """Begin a session with user and password; the answer sets its cookie. The browser's session before it ends."""
    sessions = _sessions(door)
    user = user_name(body.user)
    address = network_of(request.client.host if request.client else None)
    door.slow_down(f"sign-in {address}")
    tried = tries.tried(user, address)
    await _count(door, sessions, tried)
    account = sessions.accounts.find(user)
    right = await sessions.checks.fits(body.password, account.password_hash if account is not None else None)
    if account is None or not right:
        _tell("refused", tried)
        raise Problem(
            401, "sign-in-refused", "User or password is wrong.", headers={"WWW-Authenticate": "Bearer"}
        )
    async with reading(door) as connection, connection.transaction():
        await tries.succeeded(connection, tried)
        await _end(connection, sessions, request)
        token = await sessions.begin(connection, user, account)
    _tell("signed_in", tried)
    answer = Response(status_code=204)
    sessions.cookie.set(answer, token, sessions.settings.session_hours_max * 3_600)
    return answer


@router.post("/v1/sign-out", status_code=204, dependencies=[Depends(demand_own_page)])
async def sign_out(request: Request, door: AtDoor) -> Response:
    """End the session, if there is one."""
    sessions = _sessions(door)
    async with reading(door) as connection:
        await _end(connection, sessions, request)
    answer = Response(status_code=204)
    sessions.cookie.clear(answer)
    return answer


@router.get("/v1/me", response_model=Me)
async def get_me(caller: CallerAtDoor) -> dict[str, Any]:
    """Who is signed in, or whose key it is."""
    return {
        "holder": caller.holder,
        "user": caller.user,
        "rights": sorted(caller.rights),
        "language": caller.language,
    }


async def _count(door: Door, sessions: Sessions, tried: tries.Tried) -> None:
    try:
        async with reading(door) as connection:
            await tries.count(connection, sessions.settings, tried)
    except Problem:
        _tell("locked", tried)
        raise


async def _end(connection: Connection, sessions: Sessions, request: Request) -> None:
    token = sessions.cookie.token_of(request)
    if token is not None:
        await sessions.end(connection, token)


def _tell(outcome: str, tried: tries.Tried) -> None:
    """For the record: digests tell one account or address from another, and name nobody."""
    metrics.SIGN_INS.labels(outcome).inc()
    _log.info("sign-in", outcome=outcome, account=tried.account[:12], address=tried.address[:12])


def _sessions(door: Door) -> Sessions:
    assert door.sessions is not None, "routes for signing in belong to a process with accounts"
    return door.sessions
