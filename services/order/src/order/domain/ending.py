"""Pieces end without being handed out: the one place where they are counted as cancelled and refunded."""

from collections.abc import Mapping
from dataclasses import replace

from order.domain.order import Order
from order.domain.outcomes import Cancelled, Outcome, Refund, RefundKind
from tsunagu.contracts.values import CancelledBy, OrderStatus, Payment, RefundLine


def cancelled(
    order: Order,
    pieces: Mapping[str, int],
    *,
    reason: str,
    by: CancelledBy,
    cancel_id: str | None = None,
    parcel_id: str | None = None,
    from_question: bool = False,
) -> tuple[Order, tuple[Outcome, ...]]:
    """Cancel pieces by line_id; pieces that are not open, or are in a parcel, stay as they are.

    `from_question`: the pieces are those in question, and leave the question with this.
    """
    pieces = {line_id: min(quantity, order.lines[line_id].movable) for line_id, quantity in pieces.items()}
    pieces = {line_id: quantity for line_id, quantity in pieces.items() if quantity > 0}
    if not pieces:
        return order, ()
    if from_question:
        asked = [order.lines[line_id] for line_id in pieces]
        order = order.with_lines(
            replace(line, in_question=max(0, line.in_question - pieces[line.line_id])) for line in asked
        )
    cause_id = cancel_id or parcel_id or order.order_id
    after, refunds = end_pieces(order, pieces, RefundKind.CANCELLATION, cause_id, reason)
    lines = tuple(order.lines[line_id].of(quantity) for line_id, quantity in pieces.items())
    if after.status is OrderStatus.CANCELLED:
        after = replace(after, reason=reason)
    return after, (Cancelled(cancel_id, reason, by, lines, after.finished, parcel_id), *refunds)


def end_pieces(
    order: Order, pieces: Mapping[str, int], kind: RefundKind, cause_id: str, reason: str
) -> tuple[Order, tuple[Refund, ...]]:
    """Count pieces as cancelled. Who paid in advance gets their price back, and no piece ends twice."""
    prepaid = order.payment is Payment.PREPAID
    ended = [order.lines[line_id] for line_id in pieces]
    after = order.with_lines(
        replace(
            line,
            cancelled=line.cancelled + pieces[line.line_id],
            refunded_jpy=line.refunded_jpy + (pieces[line.line_id] * line.unit_price_jpy if prepaid else 0),
        )
        for line in ended
    )
    if not prepaid:
        return after, ()
    lines = tuple(
        RefundLine(
            line_id=line.line_id,
            sku=line.sku,
            quantity=pieces[line.line_id],
            amount_jpy=pieces[line.line_id] * line.unit_price_jpy,
        )
        for line in ended
        if line.unit_price_jpy
    )
    return after, (Refund(kind, cause_id, reason, lines),) if lines else ()
