"""Whom an order was for is forgotten once they were erased and it has come to its end; what was bought stays."""

from collections.abc import Collection
from dataclasses import replace

from order.domain.order import Order
from tsunagu.contracts.values import OrderStatus

_ENDED = frozenset({OrderStatus.COMPLETED, OrderStatus.RETURNED, OrderStatus.CANCELLED, OrderStatus.REJECTED})


def named(order: Order) -> frozenset[str]:
    """The refs that an order which has ended still names; while it is open, its goods must reach somebody."""
    if order.status not in _ENDED:
        return frozenset()
    return frozenset(ref for ref in (order.customer_ref, order.recipient_ref) if ref is not None)


def forget(order: Order, erased: Collection[str]) -> Order:
    """The order without the erased among those it names. Who receives goods for a customer is erased with them."""
    gone = named(order) & frozenset(erased)
    if order.customer_ref in gone:
        return replace(order, customer_ref=None, recipient_ref=None)
    return replace(order, recipient_ref=None) if order.recipient_ref in gone else order
