"""How what was decided is said: one event for each outcome, and the whole order as state."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, assert_never

from order.domain import stock
from order.domain.order import Group, Line, Order, status_of
from order.domain.outcomes import (
    CancelAsked,
    Cancelled,
    Changed,
    ChoiceAsked,
    Completed,
    Confirmed,
    NewRecipient,
    Outcome,
    Placed,
    Ready,
    Reallocated,
    Refund,
    Rejected,
    Returned,
    Settlement,
    Shipped,
    Unmatched,
)
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import (
    Debtor,
    FulfilmentGroup,
    OrderGroupState,
    OrderLine,
    OrderLineState,
    Payment,
    RefundBy,
    TaxAmount,
)


def as_event(  # noqa: PLR0911, PLR0912 - one case for each outcome, and no more than that
    order: Order, outcome: Outcome, *, version: int, at: datetime, tax: tuple[TaxAmount, ...] = ()
) -> Message:
    """The event that says this outcome of `order`; `at` is when it took effect, `tax` what is in its amounts."""
    head: dict[str, Any] = {
        "occurred_at": at,
        "order_id": order.order_id,
        "version": version,
        "channel": order.channel,
        "customer_ref": order.customer_ref,
        "recipient_ref": order.recipient_ref,
    }
    match outcome:
        case Placed() as placed:
            return m.OrderPlaced(
                **head,
                hold_id=placed.hold_id,
                groups=_groups(order),
                lines=tuple(line.of(line.quantity) for line in order.lines.values()),
                payment=order.payment,
                touchpoints=order.touchpoints,
                allow_partial=order.allow_partial,
                valid_until=placed.valid_until,
                placed_at=order.placed_at,
                staff_ref=placed.staff_ref,
                device_id=placed.device_id,
            )
        case Confirmed(lines, ready_by, short_lines):
            return m.OrderConfirmed(**head, **_promise(order, lines, ready_by), short_lines=short_lines)
        case Reallocated(lines, ready_by, cause):
            return m.OrderReallocated(**head, **_promise(order, lines, ready_by), cause=cause)
        case Rejected(reason, detail, lines):
            return m.OrderRejected(**head, reason=reason, detail=detail, lines=lines)
        case ChoiceAsked(lines, options, answer_by):
            return m.ChoiceRequested(**head, lines=lines, options=options, answer_by=answer_by)
        case Changed(change_id, changed_line_ids, ended_allocations):
            return m.OrderChanged(
                **head,
                change_id=change_id,
                groups=_groups(order),
                lines=tuple(line.of(line.open) for line in order.lines.values() if line.open),
                changed_line_ids=changed_line_ids,
                ended_allocations=ended_allocations,
            )
        case NewRecipient(change_id):
            return m.RecipientChanged(**head, change_id=change_id)
        case CancelAsked(cancel_id, reason, by, pieces):
            return m.CancelRequested(
                **head, cancel_id=cancel_id, reason=reason, cancelled_by=by, lines=pieces
            )
        case Cancelled(cancel_id, reason, by, lines, finished, parcel_id):
            return m.OrderCancelled(
                **head,
                cancel_id=cancel_id,
                reason=reason,
                cancelled_by=by,
                parcel_id=parcel_id,
                lines=lines,
                order_finished=finished,
            )
        case Ready(group_id, location_id, lines, pickup_by):
            return m.OrderReady(
                **head, group_id=group_id, location_id=location_id, lines=lines, pickup_by=pickup_by
            )
        case Shipped() as under_way:
            return m.OrderShipped(
                **head,
                group_id=under_way.group_id,
                parcel_id=under_way.parcel_id,
                location_id=under_way.location_id,
                carrier=under_way.carrier,
                tracking_number=under_way.tracking_number,
                lines=under_way.lines,
            )
        case Completed() as completed:
            return m.OrderCompleted(
                **head,
                group_id=completed.group_id,
                method=order.groups[completed.group_id].method,
                location_id=completed.location_id,
                lines=completed.lines,
                sources=completed.sources,
                receipt_id=completed.receipt_id,
                handover_id=completed.handover_id,
                parcel_id=completed.parcel_id,
                staff_ref=completed.staff_ref,
                payment=order.payment,
                touchpoints=order.touchpoints,
                placed_at=order.placed_at,
                order_finished=completed.finished,
                tax_by_rate=tax,
            )
        case Returned() as returned:
            return m.ItemsReturned(
                **head,
                return_id=returned.return_id,
                location_id=returned.location_id,
                lines=returned.lines,
                receipt_id=returned.receipt_id,
                payment=order.payment,
                order_finished=returned.finished,
                tax_by_rate=tax,
            )
        case Unmatched() as unmatched:
            return as_unmatched(order.order_id, unmatched, version=version, at=at)
        case Refund(_, cause_id, reason, refunded):
            return m.RefundDue(
                **head,
                refund_id=_own_id(order, "refund", version),
                cause_id=cause_id,
                reason=reason,
                lines=refunded,
                amount_jpy=sum(line.amount_jpy for line in refunded),
                tax_by_rate=tax,
                refund_by=RefundBy.CHANNEL if order.payment is Payment.PREPAID else RefundBy.TILL,
            )
        case Settlement(location_id, receipt_id, owed):
            return m.SettlementDue(
                **head,
                settlement_id=_own_id(order, "settlement", version),
                reason="handed_over_after_close",
                location_id=location_id,
                lines=owed,
                owed_by=Debtor.SHOPPER,
                amount_jpy=sum(line.amount_jpy for line in owed),
                receipt_id=receipt_id,
            )
        case _ as never:
            assert_never(never)


def as_unmatched(order_id: str, unmatched: Unmatched, *, version: int, at: datetime) -> m.ReturnUnmatched:
    """The event of a plain return, also where there is no such order."""
    return m.ReturnUnmatched(
        occurred_at=at,
        order_id=order_id,
        version=version,
        return_id=unmatched.return_id,
        location_id=unmatched.location_id,
        lines=unmatched.lines,
        receipt_id=unmatched.receipt_id,
        customer_ref=unmatched.customer_ref,
    )


def as_state(order: Order, *, now: datetime) -> m.Order:
    """The whole order as it stands."""
    return m.Order(
        version=order.version,
        order_id=order.order_id,
        channel=order.channel,
        customer_ref=order.customer_ref,
        recipient_ref=order.recipient_ref,
        status=order.status,
        reason=order.reason,
        payment=order.payment,
        allow_partial=order.allow_partial,
        groups=tuple(
            _group_state(order, order.groups[group_id], lines)
            for group_id, lines in order.lines_by_group().items()
        ),
        lines=tuple(_line_state(order, line) for line in order.lines.values()),
        allocations=order.allocations,
        choice_options=stock.choice_options(order),
        choice_answer_by=order.choice_answer_by,
        receipt_ids=order.receipt_ids,
        refunded_jpy=sum(line.refunded_jpy for line in order.lines.values()),
        ready_by=order.ready_by,
        placed_at=order.placed_at,
        updated_at=now,
    )


def _groups(order: Order) -> tuple[FulfilmentGroup, ...]:
    return tuple(group.as_value() for group in order.groups.values())


def _promise(order: Order, lines: tuple[OrderLine, ...], ready_by: datetime) -> dict[str, Any]:
    promised = {line.group_id for line in lines}
    return {
        "payment": order.payment,
        "groups": tuple(group.as_value() for group in order.groups.values() if group.group_id in promised),
        "lines": lines,
        "allocations": order.allocations,
        "allocation_version": order.allocation_version,
        "ready_by": ready_by,
    }


def _own_id(order: Order, kind: str, version: int) -> str:
    """An id that the same decision always gives: the version says which of the order's events it is."""
    return derived_id(order.placed_at, order.order_id, f"{kind} {version}")


def _group_state(order: Order, group: Group, lines: Sequence[Line]) -> OrderGroupState:
    inside = {line.line_id for line in lines}
    return OrderGroupState(
        **dict(group.as_value()),
        status=status_of(order.stage, lines),
        ready_by=order.ready_by,
        pickup_by=group.pickup_by,
        parcel_ids=tuple(parcel.parcel_id for parcel in order.parcels if inside & set(parcel.pieces)),
    )


def _line_state(order: Order, line: Line) -> OrderLineState:
    return OrderLineState(
        **dict(line.of(line.quantity)),
        status=status_of(order.stage, [line]),
        reserved_quantity=order.allocated(line.line_id),
        ready_quantity=line.ready,
        shipped_quantity=line.shipped,
        completed_quantity=line.completed,
        cancelled_quantity=line.cancelled,
        returned_quantity=line.returned,
    )
