"""A channel places an order."""

from collections.abc import Sequence

from order.batch import orders_of
from order.domain import placing, taxing
from order.domain.order import Group, Line, Order
from order.domain.outcomes import Placed
from order.settings import settings
from tsunagu.chassis import Received, Transaction
from tsunagu.contracts.messages import PlaceOrder


async def place(tx: Transaction, commands: Sequence[Received[PlaceOrder]]) -> None:
    """Take new orders, or reject those that come too late.

    An id that was placed before is refused, and so is an order with a tax rate that is not in force.
    """
    async with orders_of(tx, [received.message.order_id for received in commands]) as orders:
        for received in commands:
            command = received.message
            if orders.get(command.order_id) is not None:
                tx.refuse(received, "already_placed", f"there is an order {command.order_id} already")
                continue
            order = _order(command, tx)
            strange = taxing.unknown_percents(order)
            if strange and not settings().unknown_tax_rates_accepted:
                percents = ", ".join(f"{percent} %" for percent in strange)
                detail = f"no goods are taxed at {percents} on the day of the order; mend its lines, and place it anew"
                tx.refuse(received, "unknown_tax_rate", detail)
                continue
            placed = Placed(
                hold_id=command.hold_id,
                valid_until=placing.validity(
                    command.valid_until, command.occurred_at, command.payment, settings().valid_minutes
                ),
                staff_ref=command.staff_ref,
                device_id=command.device_id,
            )
            decision = placing.place(order, placed, now=tx.now)
            orders.become(decision, cause=received)


def _order(command: PlaceOrder, tx: Transaction) -> Order:
    return Order(
        order_id=command.order_id,
        channel=command.channel,
        customer_ref=command.customer_ref,
        recipient_ref=command.recipient_ref,
        payment=command.payment,
        allow_partial=command.allow_partial,
        touchpoints=command.touchpoints,
        placed_at=min(command.occurred_at, tx.now),
        groups={
            group.group_id: Group(group.group_id, group.method, group.location_id, group.prefecture)
            for group in command.groups
        },
        lines={
            line.line_id: Line(
                line.line_id, line.group_id, line.sku, line.quantity, line.unit_price_jpy, line.tax_percent
            )
            for line in command.lines
        },
    )
