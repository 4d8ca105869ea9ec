"""The way in of a site that stays as it is: signed webhooks, whose outcome it learns by those that come back."""

import asyncio
from collections.abc import Collection

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import CancelOrder, PlaceOrder
from tsunagu.retailer.http_request import request
from tsunagu.retailer.intentions import WEBSHOP
from tsunagu.retailer.shop_books import ShopBooks
from tsunagu.retailer.shop_documents import webhook_of
from tsunagu.retailer.shop_receiver import signature

AGAIN_SECONDS = 0.5
"""Before a webhook is sent again that did not arrive, where edge does not say how long."""

TWICE_EVERY = 4
"""Of so many webhooks one is sent twice, as sites do that have missed the first answer."""

_TRY_AGAIN = frozenset({409, 425, 429, 502, 503, 504})
_OK = 200
_PLACED = frozenset({"order.placed", "order.rejected", "command.refused"})
_CANCELLED = frozenset(
    {"order.cancel_requested", "order.cancelled", "order.cancel_refused", "command.refused", "order.rejected"}
)


class ShopDoor:
    """`url` is that of edge-channels; `secret` is what the two have agreed on."""

    def __init__(self, url: str, secret: str, books: ShopBooks, again_seconds: float = AGAIN_SECONDS) -> None:
        self._url = f"{url}/v1/channels/{WEBSHOP}/webhooks"
        self._secret = secret
        self._books = books
        self._again_seconds = again_seconds
        self.sent = 0
        """Webhooks, each counted once."""
        self.sent_twice = 0

    async def give(self, command: Message) -> None:
        """Say it, and wait until the shop was told what became of it.

        Raises RuntimeError when edge refuses the webhook, or answers the same one differently.
        """
        order_id, outcomes = self._outcomes(command)
        topic, body = webhook_of(command)
        since = len(self._books.told(order_id))
        self.sent += 1
        twice = self.sent % TWICE_EVERY == 0
        answer = await self._post(f"{order_id}:{topic}", topic, body)
        if twice:
            self.sent_twice += 1
            second = await self._post(f"{order_id}:{topic}", topic, body)
            if second != answer:
                raise RuntimeError(
                    f"edge answers {topic} of {order_id} with {answer!r}, then with {second!r}"
                )
        await self._books.hear(order_id, outcomes, since)

    def _outcomes(self, command: Message) -> tuple[str, Collection[str]]:
        match command:
            case PlaceOrder():
                return command.order_id, _PLACED
            case CancelOrder():
                return command.order_id, _CANCELLED
            case _:
                raise ValueError(f"a site that stays as it is can't say {type(command).__name__}")

    async def _post(self, webhook_id: str, topic: str, body: bytes) -> bytes:
        """What edge answers; a webhook that got lost, or that edge is too busy for, is sent again."""
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Webhook-Id": webhook_id,
            "X-Shopify-Hmac-Sha256": signature(self._secret, body),
        }
        while True:
            try:
                answer = await request("POST", self._url, headers, body)
            except (OSError, TimeoutError):
                await asyncio.sleep(self._again_seconds)
                continue
            if answer.status == _OK:
                return answer.body
            if answer.status not in _TRY_AGAIN:
                said = answer.body.decode("utf-8", "replace")[:500]
                raise RuntimeError(f"edge answers {topic} with {answer.status}: {said}")
            await asyncio.sleep(float(answer.headers.get("retry-after", self._again_seconds)))
