"""Who may collect an order beside the customer, said anew after it was placed."""

from dataclasses import dataclass, replace
from typing import assert_never

from order.domain.order import Order
from order.domain.outcomes import Decision, NewRecipient, Refused
from tsunagu.contracts.values import OrderStatus


@dataclass(frozen=True, slots=True)
class NewRecipientAsked:
    """What is asked; without a recipient_ref only the customer may collect."""

    change_id: str
    recipient_ref: str | None


def change(order: Order, asked: NewRecipientAsked) -> Decision | Refused:
    """Let somebody else collect, for as long as something of the order can be; or say why not."""
    match order.status:
        case OrderStatus.REJECTED | OrderStatus.CANCELLED:
            return Refused("already_ended", f"order {order.order_id} is {order.status} already")
        case OrderStatus.COMPLETED | OrderStatus.RETURNED:
            return Refused("too_late", f"order {order.order_id} is {order.status}")
        case (
            OrderStatus.PLACED
            | OrderStatus.CONFIRMED
            | OrderStatus.CHOICE
            | OrderStatus.READY
            | OrderStatus.SHIPPED
        ):
            if asked.recipient_ref == order.recipient_ref:
                return Refused("no_change", f"order {order.order_id} has this recipient already")
            after = replace(order, recipient_ref=asked.recipient_ref)
            return Decision(after, (NewRecipient(asked.change_id),))
        case _ as never:
            assert_never(never)
