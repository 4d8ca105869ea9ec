"""The chassis with a handler that does nothing: `python -m tsunagu.chassis tests.bench.contenders.chassis_empty`.

All that a service gets is on: decoding and validation, offsets and inbox in one transaction per batch, metrics.
"""

from collections.abc import Sequence

from tsunagu.chassis import Handler, Received, Service, Subscription, Transaction
from tsunagu.contracts.messages import OrderPlaced
from tsunagu.contracts.topics import ORDER_EVENTS


async def ignore(_: Transaction, __: Sequence[Received[OrderPlaced]]) -> None:
    """Do nothing with orders."""


SERVICE = Service("inventory", subscriptions=(Subscription(ORDER_EVENTS, (Handler(OrderPlaced, ignore),)),))
