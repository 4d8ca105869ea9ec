"""`Idempotency-Key`: the same key and request again get the first answer, and nothing happens twice."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import BaseModel

from edge.problems import Problem
from tsunagu.chassis import Transaction, beside

SQL = beside(__file__, "pending_commands.sql")
KEY = re.compile(r"[\x21-\x7e]{1,128}")


def _read_key(
    idempotency_key: Annotated[
        str | None,
        Header(description="Made by the caller, once per thing wanted; sent again with every retry of it."),
    ] = None,
) -> str:
    if idempotency_key is None or KEY.fullmatch(idempotency_key) is None:
        raise Problem(
            400,
            "bad-request",
            "Send an Idempotency-Key header: 1 to 128 visible ASCII characters, a new UUID for each thing wanted.",
        )
    return idempotency_key


IdempotencyKey = Annotated[str, Depends(_read_key)]


def digest_of(request: Request, body: BaseModel) -> str:
    """What makes two requests the same: method, address, and the body's values in any notation."""
    content = json.dumps(body.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{request.method} {request.url.path}\n{content}".encode()).hexdigest()


async def once(
    transaction: Transaction,
    holder: str,
    key: str,
    digest: str,
    act: Callable[[], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """Do `act` and keep its answer, or give the answer of the first time.

    The key is locked by this transaction: a crash frees it with everything else that was not committed.
    Raises Problem 409 while the first request is under way, 422 for another request under the same key.
    """
    connection = transaction.connection
    if not await connection.fetchval(SQL.try_lock_idempotency_key, holder, key):
        raise Problem(
            409,
            "key-in-use",
            "The first request with this Idempotency-Key is under way; send it again in a second.",
            headers={"Retry-After": "1"},
        )
    first = await connection.fetchrow(SQL.read_idempotent_request, holder, key)
    if first is not None:
        if first["digest"] != digest:
            raise Problem(
                422,
                "key-reused",
                "This Idempotency-Key came with another request first; that one stands. Use a new key.",
            )
        answer: dict[str, Any] = json.loads(first["answer"])
        return answer
    answer = await act()
    await connection.execute(
        SQL.insert_idempotent_request, holder, key, digest, json.dumps(answer), transaction.now
    )
    return answer
