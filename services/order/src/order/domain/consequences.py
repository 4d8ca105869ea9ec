"""What follows from every change of an order, whatever caused it. Each decision ends with `conclude`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from order.domain.goods_back import book
from order.domain.order import CancelClaim, Group, Line, Order
from order.domain.outcomes import Decision, Outcome, Ready
from tsunagu.contracts.values import Allocation, FulfilmentMethod


def conclude(order: Order, outcomes: tuple[Outcome, ...] = ()) -> Decision:
    """The decision with all that follows from it.

    What is expected is cut down to what is open; a group of which all that is promised is ready is announced; returns
    that waited for a handover, or can't hope for one any more, are booked.
    """
    order = cut_down(order)
    order, announcements = _announce(order)
    outcomes += announcements
    for goods in order.returns_waiting:
        booked = book(order, goods, final=False)
        if booked is not None:
            order = booked.order
            outcomes += booked.outcomes
    return Decision(order, outcomes)


def cut_down(order: Order) -> Order:
    """Claims, promises and the choice, no more of them than there are open pieces."""
    lines = {line_id: line.within() for line_id, line in order.lines.items()}
    claimable = {line_id: line.movable for line_id, line in lines.items()}
    claims: list[CancelClaim] = []
    for claim in order.cancel_claims:
        pieces: dict[str, int] = {}
        for line_id, quantity in claim.pieces.items():
            taken = min(quantity, claimable[line_id])
            claimable[line_id] -= taken
            if taken:
                pieces[line_id] = taken
        if pieces:
            claims.append(replace(claim, pieces=pieces))
    asking = any(line.in_question for line in lines.values())
    kept = cut_allocations(lines, order.allocations)
    return replace(
        order,
        lines=lines,
        cancel_claims=tuple(claims),
        allocations=kept,
        earlier_allocations=remembered(order.earlier_allocations, order.allocations, kept),
        choice_answer_by=order.choice_answer_by if asking else None,
        alternatives=order.alternatives if asking else (),
    )


def cut_allocations(lines: Mapping[str, Line], allocations: tuple[Allocation, ...]) -> tuple[Allocation, ...]:
    """Promises for pieces that are open and not in question; news of the others has crossed with ours."""
    left = {line_id: line.open - line.in_question for line_id, line in lines.items()}
    kept: list[Allocation] = []
    for allocation in allocations:
        quantity = min(allocation.quantity, left.get(allocation.line_id, 0))
        if quantity > 0:
            left[allocation.line_id] -= quantity
            same = quantity == allocation.quantity
            kept.append(allocation if same else allocation.model_copy(update={"quantity": quantity}))
    return tuple(kept)


def remembered(
    earlier: tuple[Allocation, ...], before: tuple[Allocation, ...], now: Sequence[Allocation]
) -> tuple[Allocation, ...]:
    """Promises that are no longer current: handovers and parcels that name them may still be on their way."""
    current = {allocation.allocation_id for allocation in now}
    gone = {a.allocation_id: a for a in (*earlier, *before) if a.allocation_id not in current}
    return tuple(gone.values())


def _announce(order: Order) -> tuple[Order, tuple[Outcome, ...]]:
    outcomes: list[Outcome] = []
    groups: dict[str, Group] = {}
    for group_id, lines_of_group in order.lines_by_group().items():
        group = order.groups[group_id]
        # Pieces in question hold nobody up: the rest goes on.
        rest = [line for line in lines_of_group if line.promised]
        ready = bool(rest) and all(line.ready == line.promised for line in rest)
        if ready and not group.announced and group.method is FulfilmentMethod.PICKUP:
            assert group.location_id is not None, "a pickup names its location"
            lines = tuple(line.of(line.ready) for line in rest)
            outcomes.append(Ready(group_id, group.location_id, lines, group.pickup_by))
        if ready != group.announced:
            groups[group_id] = replace(group, announced=ready)
    if not groups:
        return order, ()
    return replace(order, groups={**order.groups, **groups}), tuple(outcomes)
