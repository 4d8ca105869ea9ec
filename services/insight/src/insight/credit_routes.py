"""Operators' questions about credit: what another policy would change, and how one sale was credited."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from insight.domain.policy import Policy
from insight.domain.policy_file import parse_policy
from insight.domain.sale import Document
from insight.settings import settings
from insight.store import ledger, policies
from insight.store.documents import basis_json
from insight.what_if import CURRENT, Question, what_if
from tsunagu.chassis import Runtime, clock, pooled
from tsunagu.chassis.http_answers import Unknown, Wrong, days


def credit_routes(runtime: Runtime) -> list[Route]:
    """The routes about credit. None of them changes anything."""
    one_at_a_time = (
        asyncio.Lock()
    )  # a comparison reads a quarter's sales; two at once would only slow each other

    async def comparison(request: Request) -> Response:
        policy = await _policy(request)
        first_day, last_day = days(request, settings().comparison_days_max)
        async with one_at_a_time, pooled(runtime).acquire() as connection:
            asked = Question(policy, first_day, last_day)
            return JSONResponse(await what_if(connection, asked, clock.now()))

    async def sale(request: Request) -> Response:
        async with pooled(runtime).acquire() as connection:
            found = await connection.fetchrow(ledger.SQL.read_sale, request.path_params["sale_id"])
            if found is None:
                raise Unknown(f"nothing is known of the sale {request.path_params['sale_id']}")
            documents = await ledger.read_documents(connection, [found["sale_id"]])
            rows = await connection.fetch(ledger.SQL.read_sale_entries, found["sale_id"])
        return JSONResponse(
            {
                **found,
                "documents": [_shown(document) for document in documents[found["sale_id"]]],
                "entries": [{**row, "recorded_at": row["recorded_at"].isoformat()} for row in rows],
            }
        )

    return [
        Route("/credit/comparison", comparison, methods=["GET", "POST"]),
        Route("/credit/sales/{sale_id:path}", sale),
    ]


def _shown(document: Document) -> dict[str, Any]:
    """A document with all that anybody did for it; staff are shown here, and credited nowhere."""
    return {
        "document_id": document.document_id,
        "kind": document.kind.value,
        "occurred_at": document.occurred_at.isoformat(),
        "business_day": document.business_day.isoformat(),
        "policy_id": document.policy_id,
        "basis": basis_json(document.basis),
    }


async def _policy(request: Request) -> Policy | None:
    """The policy of the folder that is named, or the one that is posted; None for those that are recorded."""
    if request.method == "POST":
        return await _posted(request)
    policy_id = request.query_params.get("policy_id", "")
    files = policies.policy_files(settings().policy_folder)
    if policy_id == CURRENT:
        return None
    if policy_id not in files:
        raise Wrong(f"policy_id must be one of {', '.join((CURRENT, *files))}")
    return files[policy_id].policy


async def _posted(request: Request) -> Policy:
    most = settings().policy_bytes_max
    text = bytearray()
    async for chunk in request.stream():
        text += chunk
        if len(text) > most:
            raise Wrong(f"a policy is at most {most} bytes long")
    try:
        return parse_policy(text.decode("utf-8"))[1]
    except UnicodeDecodeError:
        raise Wrong("the policy is not UTF-8") from None
    except ValueError as error:
        raise Wrong(str(error)) from None
