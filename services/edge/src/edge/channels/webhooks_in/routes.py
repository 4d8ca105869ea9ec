"""Webhooks of channels: the same one again gets the same answer, and nothing happens twice."""

import hashlib
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from edge import metrics
from edge.channels.said import PassedOver
from edge.channels.taking import take
from edge.channels.webhooks_in.signed import Signed
from edge.command_routes import traceparent_of
from edge.idempotency import once
from edge.problems import Problem
from edge.web_app import AtDoor, writing
from tsunagu.contracts.values import Id

router = APIRouter(tags=["webhooks"])


class WebhookTaken(BaseModel):
    """What became of a webhook: taken, held (a cancellation whose order is not here yet), known, or passed_over."""

    order_id: Id | None = None
    outcome: str
    reason: str | None = None


@router.post(
    "/v1/channels/{channel}/webhooks",
    response_model=WebhookTaken,
    response_model_exclude_none=True,
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}, "required": True}
    },
)
async def take_webhook(signed: Signed, request: Request, door: AtDoor) -> dict[str, Any]:
    """What a site says of an order, signed by it. Any 2xx means that it need not be sent again."""
    topic = request.headers.get(signed.way.topic_header, "")
    try:
        said = signed.read(signed.parsed(), topic)
    except Problem:
        metrics.CHANNEL_WEBHOOKS.labels(signed.channel, "unreadable").inc()
        raise
    digest = hashlib.sha256(b"\n".join((topic.encode(), signed.raw))).hexdigest()
    async with writing(door) as transaction:

        async def act() -> dict[str, Any]:
            outcome = "passed_over"
            more: dict[str, str] = {}
            if isinstance(said, PassedOver):
                more = {"reason": said.reason}
            else:
                outcome = await take(transaction, said, traceparent=traceparent_of(request))
            transaction.count(metrics.CHANNEL_WEBHOOKS, channel=signed.channel, outcome=outcome)
            return {"order_id": said.order_id, "outcome": outcome, **more}

        return await once(transaction, signed.channel, signed.message_id, digest, act)
