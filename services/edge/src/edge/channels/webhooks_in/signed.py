"""Requests that a site has signed: whose they are is known before anything of them is read."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, NoReturn

from fastapi import Depends, Request

from edge import metrics
from edge.channels.channels_file import Channel, Channels, WebhooksIn
from edge.channels.said import Said
from edge.channels.settings import Settings
from edge.channels.signatures import is_body_signed, is_standard_signed
from edge.channels.webhooks_in import generic, shopify
from edge.idempotency import KEY
from edge.problems import Problem
from edge.web_app import AtDoor, Door
from tsunagu.chassis import clock

ORDER_PLACED = {"shopify": shopify.CREATED, "generic": ""}
"""The topic under which a body that says an order is read."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request that is a channel's own. `message_id` is the same whenever it is sent again."""

    channel: str
    way: WebhooksIn
    message_id: str
    raw: bytes

    def parsed(self) -> Any:
        """The body. Raises Problem 422 where it is no JSON."""
        try:
            # Amounts are exact: a rate of 0.1 is no float.
            return json.loads(self.raw, parse_float=Decimal, parse_constant=_no_number)
        except (ValueError, ArithmeticError, RecursionError):  # a number may be beyond what decimals hold
            raise Problem(422, "malformed-json", "The body is no JSON in UTF-8.") from None

    def read(self, body: Any, topic: str) -> Said:
        """What a body asks for. Raises Problem 422 where that can't be told."""
        if self.way.format == "shopify":
            return shopify.read(body, topic, self.channel, self.way)
        return generic.read(body, self.channel)


async def _signed(channel: str, request: Request, door: AtDoor) -> SignedRequest:
    raw = await request.body()
    channels: Channels = request.app.state.channels
    configured: Channel | None = channels.get(channel)
    way = configured.webhooks_in if configured is not None else None
    if way is None or not _is_signed(way, request, raw, door):
        metrics.CHANNEL_WEBHOOKS.labels(channel if way is not None else "unknown", "unsigned").inc()
        raise Problem(401, "unsigned", "Sign the raw body with the secret that was agreed.")
    # Only now: who can't sign can't use up what the channel may ask.
    door.slow_down(channel)
    message_id = request.headers.get(way.header_of_id, "")
    if KEY.fullmatch(message_id) is None:
        raise Problem(
            400, "bad-request", f"{way.header_of_id}: 1 to 128 visible ASCII characters are needed."
        )
    return SignedRequest(channel, way, message_id, raw)


Signed = Annotated[SignedRequest, Depends(_signed)]
"""A request that its channel has signed; 401 otherwise, the same for all reasons, and 429 when it asks too often."""


def _is_signed(way: WebhooksIn, request: Request, raw: bytes, door: Door) -> bool:
    given = request.headers.get(way.header_of_signature)
    if way.format == "shopify":
        return is_body_signed(way.secrets, raw, given)
    assert isinstance(door.settings, Settings)
    return is_standard_signed(
        way.secrets,
        request.headers.get(way.header_of_id),
        request.headers.get(way.timestamp_header),
        raw,
        given,
        now=clock.now(),
        age_seconds_max=door.settings.webhook_age_seconds_max,
    )


def _no_number(_: str) -> NoReturn:
    raise ValueError("JSON has no such number")
