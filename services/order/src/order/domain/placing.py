"""An order is taken, or is too late."""

from dataclasses import replace
from datetime import datetime, timedelta

from order.domain.ending import end_pieces
from order.domain.order import Order, Stage
from order.domain.outcomes import Decision, Placed, RefundKind, Rejected
from tsunagu.contracts.values import Payment


def validity(
    given: datetime | None, placed_at: datetime, payment: Payment, valid_minutes: float
) -> datetime | None:
    """Until when a placed order may be taken: as its channel says, else some minutes; paid already: for ever."""
    if given is not None or payment is Payment.PREPAID:
        return given
    return placed_at + timedelta(minutes=valid_minutes)


def place(order: Order, placed: Placed, *, now: datetime) -> Decision:
    """Take a new order, or reject it as expired."""
    if placed.valid_until is not None and now > placed.valid_until:
        return reject(order, "expired", f"it was valid until {placed.valid_until.isoformat()}; order again")
    return Decision(order, (placed,))


def reject(order: Order, reason: str, detail: str) -> Decision:
    """Nothing of the order can be had."""
    lines = tuple(line.of(line.open) for line in order.lines.values() if line.open)
    pieces = {line.line_id: line.quantity for line in lines}
    ended, refunds = end_pieces(order, pieces, RefundKind.REJECTION, order.order_id, reason)
    rejected = replace(
        ended, stage=Stage.REJECTED, reason=reason, allocations=(), choice_answer_by=None, cancel_claims=()
    )
    return Decision(rejected, (Rejected(reason, detail, lines), *refunds))
