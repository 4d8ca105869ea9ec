"""An order as whoever holds its link may see it, made of its state: no person, no price."""

from pydantic import BaseModel

from tsunagu.contracts.messages import Order
from tsunagu.contracts.values import (
    ChoiceOption,
    Count,
    FulfilmentGroup,
    Id,
    Instant,
    OrderStatus,
    Payment,
    Quantity,
    Version,
)

OPEN = frozenset({OrderStatus.CONFIRMED, OrderStatus.CHOICE, OrderStatus.READY, OrderStatus.SHIPPED})
"""While something may be asked of an order: before, nothing can be changed; after, nothing is left."""


class OpenLine(BaseModel):
    """Open pieces of a line: how many are in question, can go another way, and can still be cancelled."""

    line_id: Id
    group_id: Id
    sku: Id
    open: Quantity
    in_question: Count
    changeable: Count
    cancellable: Count


class OrderView(BaseModel):
    """What is kept of an open order."""

    version: Version
    channel: str
    prepaid: bool
    groups: tuple[FulfilmentGroup, ...]
    lines: tuple[OpenLine, ...]
    options: tuple[ChoiceOption, ...]
    answer_by: Instant | None = None

    def groups_of(self, lines: tuple[OpenLine, ...]) -> tuple[FulfilmentGroup, ...]:
        """The groups of these lines, in the order's order."""
        named = {line.group_id for line in lines}
        return tuple(group for group in self.groups if group.group_id in named)


def view_of(order: Order) -> OrderView | None:
    """What is kept of an order; None of one of which nothing is open, or not yet."""
    if order.status not in OPEN:
        return None
    lines: list[OpenLine] = []
    for line in order.lines:
        still_open = line.quantity - line.completed_quantity - line.cancelled_quantity
        if still_open > 0:
            cancellable = max(0, still_open - line.shipped_quantity)
            lines.append(
                OpenLine(
                    line_id=line.line_id,
                    group_id=line.group_id,
                    sku=line.sku,
                    open=still_open,
                    in_question=line.in_question_quantity,
                    changeable=max(0, cancellable - line.ready_quantity),
                    cancellable=cancellable,
                )
            )
    return OrderView(
        version=order.version,
        channel=order.channel,
        prepaid=order.payment is Payment.PREPAID,
        groups=tuple(
            FulfilmentGroup(
                group_id=group.group_id,
                method=group.method,
                location_id=group.location_id,
                prefecture=group.prefecture,
            )
            for group in order.groups
        ),
        lines=tuple(lines),
        options=order.choice_options,
        answer_by=order.choice_answer_by,
    )
