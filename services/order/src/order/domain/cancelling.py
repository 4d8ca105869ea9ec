"""A cancellation: at once before the order is confirmed, afterwards pickup decides, since it holds the handover.

docs/cancelling.md says what becomes of each cancellation in each state, and a test compares it with this.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from order.domain.consequences import conclude
from order.domain.ending import cancelled
from order.domain.order import CancelClaim, Order
from order.domain.outcomes import CancelAsked, Decision, Outcome, Refused
from tsunagu.contracts.values import CancelledBy, LineQuantity, OrderStatus


def cancel(
    order: Order, cancel_id: str, reason: str, by: CancelledBy, pieces: Mapping[str, int]
) -> Decision | Refused:
    """Somebody asks to cancel these pieces by line_id, or all that is open where none are named.

    A store may do what a customer may, and no more: who asks is told on, and decides nothing. Pieces in question are
    promised from nowhere, so nobody has to let go of them: they are cancelled at once.
    """
    strangers = sorted(set(pieces) - set(order.lines))
    if strangers:
        return Refused("unknown_line", f"order {order.order_id} has no line {', '.join(strangers)}")
    match order.status:
        case OrderStatus.REJECTED | OrderStatus.CANCELLED:
            return Refused("already_ended", f"order {order.order_id} is {order.status} already")
        case OrderStatus.COMPLETED | OrderStatus.RETURNED:
            return Refused(
                "too_late", f"order {order.order_id} has been handed over; return the goods instead"
            )
        case OrderStatus.PLACED:
            after, outcomes = cancelled(
                order, _asked(order, pieces), reason=reason, by=by, cancel_id=cancel_id
            )
            return conclude(after, outcomes) if outcomes else _nothing(order)
        case OrderStatus.CONFIRMED | OrderStatus.CHOICE | OrderStatus.READY | OrderStatus.SHIPPED:
            return _ask_pickup(order, CancelClaim(cancel_id, reason, by, _asked(order, pieces)))
        case _ as never:
            assert_never(never)


def granted(order: Order, cancel_id: str) -> Decision:
    """Pickup lets go: all that the cancellation still claims is cancelled.

    What was handed over or shipped before is no longer claimed: pickup said so earlier, under the same key.
    """
    for claim in order.cancel_claims:
        if claim.cancel_id == cancel_id:
            left = tuple(other for other in order.cancel_claims if other is not claim)
            after, outcomes = cancelled(
                replace(order, cancel_claims=left),
                claim.pieces,
                reason=claim.reason,
                by=claim.by,
                cancel_id=cancel_id,
            )
            return conclude(after, outcomes)
    return Decision(order)  # the pieces have ended another way meanwhile


def denied(order: Order, cancel_id: str, pieces: Mapping[str, int]) -> Decision:
    """Pickup keeps these pieces: the claim on them is gone, the order goes on."""
    claims: list[CancelClaim] = []
    for claim in order.cancel_claims:
        if claim.cancel_id == cancel_id:
            left = {line_id: n - pieces.get(line_id, 0) for line_id, n in claim.pieces.items()}
            claim = replace(claim, pieces={line_id: n for line_id, n in left.items() if n > 0})  # noqa: PLW2901 - the claim as it is now
        if claim.pieces:
            claims.append(claim)
    return conclude(replace(order, cancel_claims=tuple(claims)))


def _asked(order: Order, pieces: Mapping[str, int]) -> dict[str, int]:
    """The pieces that can still be cancelled and that no other cancellation claims."""
    wanted = pieces or {line_id: line.open for line_id, line in order.lines.items()}
    asked = {
        line_id: min(quantity, order.lines[line_id].movable - order.claimed(line_id))
        for line_id, quantity in wanted.items()
    }
    return {line_id: quantity for line_id, quantity in asked.items() if quantity > 0}


def _ask_pickup(order: Order, asked: CancelClaim) -> Decision | Refused:
    if not asked.pieces:
        return _nothing(order)
    at_once = {line_id: min(n, order.lines[line_id].in_question) for line_id, n in asked.pieces.items()}
    after, outcomes = cancelled(
        order, at_once, reason=asked.reason, by=asked.by, cancel_id=asked.cancel_id, from_question=True
    )
    claimed = {line_id: n - at_once[line_id] for line_id, n in asked.pieces.items() if n > at_once[line_id]}
    requested: tuple[Outcome, ...] = ()
    if claimed:
        after = replace(after, cancel_claims=(*after.cancel_claims, replace(asked, pieces=claimed)))
        lines = tuple(LineQuantity(line_id=line_id, quantity=n) for line_id, n in claimed.items())
        requested = (CancelAsked(asked.cancel_id, asked.reason, asked.by, lines),)
    return conclude(after, requested + outcomes)


def _nothing(order: Order) -> Refused:
    if any(line.shipped for line in order.lines.values()):
        return Refused(
            "too_late", f"a parcel of order {order.order_id} is under way; return the goods instead"
        )
    return Refused(
        "nothing_to_cancel",
        f"these pieces of order {order.order_id} have ended, or their cancellation is asked for already",
    )
