"""Brings the retailer onto the backbone: places, lanes, products, and the opening stock as deliveries."""

import asyncio
from collections.abc import Iterable, Sequence

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import ReceiveStock
from tsunagu.retailer.chain import Chain
from tsunagu.retailer.sender import Sender

_AT_ONCE = 500  # messages on their way at the same time: a bounded load, and as fast as one broker takes them


async def load_master_data(chain: Chain, sender: Sender) -> int:
    """Publish places, lanes and products; returns how many messages that were."""
    messages: list[Message] = [*chain.locations, *chain.lanes, *chain.products]
    await _send_all(messages, sender, "hq")
    return len(messages)


async def load_stock(deliveries: Sequence[ReceiveStock], sender: Sender) -> int:
    """Send the opening stock; returns how many deliveries that were."""
    await _send_all(deliveries, sender, "wms")
    return len(deliveries)


async def _send_all(messages: Iterable[Message], sender: Sender, source: str) -> None:
    waiting = list(messages)
    for start in range(0, len(waiting), _AT_ONCE):
        await asyncio.gather(*(sender.send(message, source) for message in waiting[start : start + _AT_ONCE]))
