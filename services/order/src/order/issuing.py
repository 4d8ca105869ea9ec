"""Order links on their way out: the one place that sees their tokens."""

import secrets
from collections.abc import Iterable

from order.domain.order import Order
from tsunagu.chassis import Cause, Transaction
from tsunagu.contracts.messages import OrderLink
from tsunagu.contracts.values import LinkPurpose

_TOKEN_BYTES = 16  # 128 bits: nobody guesses one, however often they may try


def issue_links(tx: Transaction, order: Order, purposes: Iterable[LinkPurpose], cause: Cause) -> None:
    """A link's token goes out once, here, and is kept nowhere in this service."""
    for purpose in purposes:
        link = order.links[purpose]
        tx.publish(
            OrderLink(
                order_id=order.order_id,
                purpose=purpose,
                version=link.version,
                token=secrets.token_urlsafe(_TOKEN_BYTES),
                valid_until=link.valid_until,
                order_version=order.version,
            ),
            cause=cause,
        )


def void_links(tx: Transaction, order: Order, purposes: Iterable[LinkPurpose], cause: Cause) -> None:
    """Say that links open nothing any more."""
    for purpose in purposes:
        tx.delete(OrderLink, OrderLink.key_of(purpose, order.order_id), cause=cause)
