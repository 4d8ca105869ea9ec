"""What an EC site was told of its orders by webhook, held against what order has said of them on its topic."""

import asyncio
from collections import defaultdict
from collections.abc import Collection

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import ReturnUnmatched
from tsunagu.contracts.messages.order_events import OrderEvent
from tsunagu.contracts.topics import ORDER_EVENTS
from tsunagu.retailer.intentions import WEBSHOP
from tsunagu.retailer.newsfeed import Newsfeed

_OF_ORDERS = "order."
_ONLY_TOLD = frozenset({"order.cancel_refused"})
"""Pickup says it, on a topic of its own: no order's events have it."""


class ShopBooks:
    """The books of the web shop. A webhook that comes twice is noted once."""

    def __init__(self, news: Newsfeed) -> None:
        self._said: dict[str, list[str]] = defaultdict(list)
        self._told: dict[str, list[str]] = defaultdict(list)
        self._heard_of: set[tuple[str, int]] = set()
        self._ids: set[str] = set()
        self._heard: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.unsigned = 0
        """Webhooks that nobody signed who has the secret."""
        news.listen_to_all(ORDER_EVENTS, self._hear)

    def note(self, webhook_id: str, name: str, order_id: str) -> None:
        """Note what a webhook says. `order_id` is the one on the topics."""
        if webhook_id in self._ids:
            return
        self._ids.add(webhook_id)
        self._told[order_id].append(name)
        self._heard.pop(order_id, asyncio.Event()).set()

    def told(self, order_id: str) -> list[str]:
        """What was told of an order so far, in the order in which it came."""
        return list(self._told[order_id])

    async def hear(self, order_id: str, names: Collection[str], since: int) -> None:
        """Wait until one of `names` was told of an order after the first `since` that were."""
        while not any(name in names for name in self._told[order_id][since:]):
            await self._heard[order_id].wait()

    @property
    def webhooks(self) -> int:
        """Webhooks that came, each counted once."""
        return len(self._ids)

    def not_told(self) -> int:
        """How many events of its orders the shop has not heard of yet."""
        return sum(
            max(0, len(said) - len(self._told_of_topic(order_id))) for order_id, said in self._said.items()
        )

    def differing(self) -> list[str]:
        """Orders of which the shop was told anything else than what happened, in another order for example."""
        orders = {*self._said, *self._told}
        return sorted(one for one in orders if self._said.get(one, []) != self._told_of_topic(one))

    def _told_of_topic(self, order_id: str) -> list[str]:
        told = self._told.get(order_id, [])
        return [name for name in told if name.startswith(_OF_ORDERS) and name not in _ONLY_TOLD]

    def _hear(self, event: Message) -> None:
        if not isinstance(event, OrderEvent) or isinstance(event, ReturnUnmatched):
            return
        which = (event.order_id, event.version)
        if event.order_id.startswith(f"{WEBSHOP}:") and which not in self._heard_of:
            self._heard_of.add(which)
            # A webhook has the name of the event without its version.
            self._said[event.order_id].append(event.WIRE_TYPE.removeprefix("tsunagu.").rpartition(".")[0])
