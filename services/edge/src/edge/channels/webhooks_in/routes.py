"""Webhooks of channels: whose they are is known before they are read, and the same one again gets the same answer."""

import hashlib
import json
from decimal import Decimal
from typing import Any, NoReturn

from fastapi import APIRouter, Request
from pydantic import BaseModel, SecretBytes

from edge import metrics
from edge.channels.channels_file import Channel, Channels, WebhooksIn
from edge.channels.said import PassedOver, Said
from edge.channels.settings import Settings
from edge.channels.signatures import is_body_signed, is_standard_signed
from edge.channels.taking import take
from edge.channels.webhooks_in import generic, shopify
from edge.command_routes import traceparent_of
from edge.idempotency import KEY, once
from edge.problems import Problem
from edge.web_app import AtDoor, Door, writing
from tsunagu.chassis import clock
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
async def take_webhook(channel: str, request: Request, door: AtDoor) -> dict[str, Any]:
    """What a site says of an order, signed by it. Any 2xx means that it need not be sent again."""
    raw = await request.body()
    way = _signed_way(channel, request, raw, door)
    door.slow_down(channel)
    webhook_id = request.headers.get(way.header_of_id, "")
    if KEY.fullmatch(webhook_id) is None:
        raise Problem(
            400, "bad-request", f"{way.header_of_id}: 1 to 128 visible ASCII characters are needed."
        )
    topic = request.headers.get(way.topic_header, "")
    try:
        said = _read(raw, topic, channel, way)
    except Problem:
        metrics.CHANNEL_WEBHOOKS.labels(channel, "unreadable").inc()
        raise
    digest = hashlib.sha256(b"\n".join((topic.encode(), raw))).hexdigest()
    async with writing(door) as transaction:

        async def act() -> dict[str, Any]:
            if isinstance(said, PassedOver):
                outcome, more = "passed_over", {"reason": said.reason}
            else:
                outcome, more = await take(transaction, said, traceparent=traceparent_of(request)), {}
            transaction.count(metrics.CHANNEL_WEBHOOKS, channel=channel, outcome=outcome)
            return {"order_id": said.order_id, "outcome": outcome, **more}

        return await once(transaction, channel, webhook_id, digest, act)


def _signed_way(name: str, request: Request, raw: bytes, door: Door) -> WebhooksIn:
    """The channel's way in, where the request is signed for it. Raises Problem 401, the same for all reasons."""
    channels: Channels = request.app.state.channels
    channel: Channel | None = channels.get(name)
    way = channel.webhooks_in if channel is not None else None
    if way is None or not _is_signed(way, way.secrets, request, raw, door):
        metrics.CHANNEL_WEBHOOKS.labels(name if way is not None else "unknown", "unsigned").inc()
        raise Problem(401, "unsigned", "Sign the raw body with the secret that was agreed.")
    return way


def _is_signed(
    way: WebhooksIn, secrets: tuple[SecretBytes, ...], request: Request, raw: bytes, door: Door
) -> bool:
    given = request.headers.get(way.header_of_signature)
    if way.format == "shopify":
        return is_body_signed(secrets, raw, given)
    assert isinstance(door.settings, Settings)
    return is_standard_signed(
        secrets,
        request.headers.get(way.header_of_id),
        request.headers.get(way.timestamp_header),
        raw,
        given,
        now=clock.now(),
        age_seconds_max=door.settings.webhook_age_seconds_max,
    )


def _read(raw: bytes, topic: str, channel: str, way: WebhooksIn) -> Said:
    try:
        # Amounts are exact: a rate of 0.1 is no float.
        body = json.loads(raw, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):  # a number may be beyond what decimals hold
        raise Problem(422, "malformed-json", "The body is no JSON in UTF-8.") from None
    return shopify.read(body, topic, channel, way) if way.format == "shopify" else generic.read(body, channel)


def _no_number(_: str) -> NoReturn:
    raise ValueError("JSON has no such number")
