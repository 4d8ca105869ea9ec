"""A change of fulfilment: some lines reach the shopper another way, and inventory allocates them anew."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from order.domain.consequences import conclude, remembered
from order.domain.order import Group, Line, Order
from order.domain.outcomes import Changed, Decision, Refused
from tsunagu.contracts.values import (
    ORDER_LINES_MAX,
    Allocation,
    FulfilmentMethod,
    OrderStatus,
    Payment,
)

_PARTS_MAX = 2 * ORDER_LINES_MAX  # what the order's events can carry


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked: pieces by line_id, or the whole group where none are named, go another way."""

    change_id: str
    group_id: str
    pieces: Mapping[str, int]
    method: FulfilmentMethod
    location_id: str | None
    prefecture: str | None
    recipient_ref: str | None = None


def change(order: Order, asked: Change) -> Decision | Refused:
    """Move pieces that are neither ready, nor in a parcel, nor about to be cancelled; or say why not."""
    match order.status:
        case OrderStatus.REJECTED | OrderStatus.CANCELLED:
            return Refused("already_ended", f"order {order.order_id} is {order.status} already")
        case OrderStatus.COMPLETED | OrderStatus.RETURNED | OrderStatus.SHIPPED:
            return Refused("too_late", f"order {order.order_id} is {order.status}")
        case OrderStatus.PLACED:
            return Refused(
                "not_confirmed_yet", f"order {order.order_id} awaits its confirmation; ask again then"
            )
        case OrderStatus.CONFIRMED | OrderStatus.CHOICE | OrderStatus.READY:
            return _unknown(order, asked) or _impossible(order, asked) or _move(order, asked)
        case _ as never:
            assert_never(never)


def _unknown(order: Order, asked: Change) -> Refused | None:
    if asked.group_id not in order.groups:
        return Refused("unknown_group", f"order {order.order_id} has no group {asked.group_id}")
    of_group = {line.line_id for line in order.lines.values() if line.group_id == asked.group_id}
    strangers = sorted(set(asked.pieces) - of_group)
    if strangers:
        return Refused("unknown_line", f"group {asked.group_id} has no line {', '.join(strangers)}")
    return None


def _impossible(order: Order, asked: Change) -> Refused | None:
    if asked.method is not FulfilmentMethod.PICKUP and order.payment is Payment.AT_PICKUP:
        return Refused("not_prepaid", "goods that are paid at pickup can't be shipped")
    moving = _moving(order, asked)
    if not moving:
        return Refused("too_late", "these pieces are ready, on their way, cancelled or handed over")
    group = order.groups[asked.group_id]
    now_and_then = (
        (group.method, group.location_id, group.prefecture),
        (asked.method, asked.location_id, asked.prefecture),
    )
    if now_and_then[0] == now_and_then[1] and not any(order.lines[i].in_question for i in moving):
        return Refused("no_change", f"group {asked.group_id} goes there already")
    splits = sum(quantity < order.lines[line_id].quantity for line_id, quantity in moving.items())
    if max(len(order.lines) + splits, len(order.groups) + 1) > _PARTS_MAX:
        return Refused("too_many_parts", f"an order has at most {_PARTS_MAX} lines and groups")
    return None


def _moving(order: Order, asked: Change) -> dict[str, int]:
    """The pieces that can still go another way."""
    moving: dict[str, int] = {}
    for line in order.lines.values():
        if line.group_id == asked.group_id and (not asked.pieces or line.line_id in asked.pieces):
            free = line.movable - line.ready - order.claimed(line.line_id)
            quantity = min(free, asked.pieces.get(line.line_id, free))
            if quantity > 0:
                moving[line.line_id] = quantity
    return moving


def _move(order: Order, asked: Change) -> Decision:
    moving = _moving(order, asked)
    whole_group = all(
        moving.get(line.line_id) == line.quantity
        for line in order.lines.values()
        if line.group_id == asked.group_id
    )
    group_id = asked.group_id if whole_group else _part_id(asked.change_id, asked.group_id)
    group = Group(group_id, asked.method, asked.location_id, asked.prefecture)
    allocations, ended = order.allocations, list[Allocation]()
    lines: list[Line] = []
    changed: list[str] = []
    for line_id, quantity in moving.items():
        line = order.lines[line_id]
        answered = min(quantity, line.in_question)
        allocations, given_up = _give_up(allocations, line_id, quantity - answered)
        ended += given_up
        if quantity == line.quantity:
            lines.append(replace(line, group_id=group_id, in_question=0))
            changed.append(line_id)
        else:
            part_id = _part_id(asked.change_id, line_id)
            rest = line.quantity - quantity
            lines.append(replace(line, quantity=rest, in_question=line.in_question - answered))
            lines.append(Line(part_id, group_id, line.sku, quantity, line.unit_price_jpy, line.tax_percent))
            changed += [line_id, part_id]
    after = replace(
        order.with_lines(lines),
        groups={**order.groups, group_id: group},
        allocations=allocations,
        earlier_allocations=remembered(order.earlier_allocations, order.allocations, allocations),
        recipient_ref=asked.recipient_ref or order.recipient_ref,
    )
    return conclude(after, (Changed(asked.change_id, tuple(changed), tuple(ended)),))


def _give_up(
    allocations: tuple[Allocation, ...], line_id: str, quantity: int
) -> tuple[tuple[Allocation, ...], list[Allocation]]:
    """Take that many pieces of a line out of the promises, the latest first; returns what is kept and what ended."""
    kept: list[Allocation] = []
    ended: list[Allocation] = []
    for allocation in reversed(allocations):
        taken = min(quantity, allocation.quantity) if allocation.line_id == line_id else 0
        quantity -= taken
        if taken:
            ended.append(allocation.model_copy(update={"quantity": taken}))
        if taken < allocation.quantity:
            kept.append(allocation.model_copy(update={"quantity": allocation.quantity - taken}))
    return tuple(reversed(kept)), ended


def _part_id(change_id: str, part_of: str) -> str:
    """The id of what is split off; the same for the same change."""
    return hashlib.sha256(f"{len(change_id)}:{change_id}:{part_of}".encode()).hexdigest()[:32]
