"""Inventory has decided about an order's stock: first, or anew after a fact took away what was promised."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from order.domain import placing
from order.domain.consequences import conclude, cut_down, remembered
from order.domain.ending import cancelled, end_pieces
from order.domain.order import Line, Order, Stage
from order.domain.outcomes import ChoiceAsked, Confirmed, Decision, Outcome, Reallocated, RefundKind
from tsunagu.contracts.values import (
    Allocation,
    Alternative,
    CancelledBy,
    ChoiceKind,
    ChoiceOption,
    FulfilmentMethod,
    OrderLine,
    OrderStatus,
    Payment,
    ReservationCause,
    ShortLine,
)

OUT_OF_STOCK = "out_of_stock"
CHOICE_UNANSWERED = "choice_unanswered"


@dataclass(frozen=True, slots=True)
class StockAnswer:
    """What inventory holds for the order now, and what it can't give. `reason` only where it rejected."""

    allocation_version: int
    cause: ReservationCause
    allocations: tuple[Allocation, ...]
    short_lines: tuple[ShortLine, ...]
    ready_by: datetime | None = None
    reason: str = OUT_OF_STOCK
    detail: str = ""
    alternatives: tuple[Alternative, ...] = ()
    """Where a shopper could collect all of the short lines."""


@dataclass(frozen=True, slots=True)
class ChoiceTerms:
    """How long a shopper may choose; 0 minutes cancels at once."""

    now: datetime
    minutes: float


def reserved(order: Order, answer: StockAnswer, terms: ChoiceTerms) -> Decision:
    """Inventory holds goods: the order is confirmed, or what it was promised has moved."""
    if answer.allocation_version <= order.allocation_version:
        return Decision(order)  # the highest version stands, in whichever order they arrive
    match order.status:
        case OrderStatus.PLACED:
            return _confirm(order, answer, terms)
        case OrderStatus.CONFIRMED | OrderStatus.CHOICE | OrderStatus.READY | OrderStatus.SHIPPED:
            return _reallocate(order, answer, terms)
        case OrderStatus.REJECTED | OrderStatus.CANCELLED | OrderStatus.COMPLETED | OrderStatus.RETURNED:
            # It ended before this was known. Inventory reads that end on order.events, after what it answers
            # here, and frees what it holds.
            return Decision(order)
        case _ as never:
            assert_never(never)


def rejected(order: Order, answer: StockAnswer, terms: ChoiceTerms) -> Decision:
    """Inventory can't give what was asked for: the order is rejected, or its short lines are in question."""
    if answer.allocation_version <= order.allocation_version:
        return Decision(order)
    match order.status:
        case OrderStatus.PLACED:
            rejection = placing.reject(order, answer.reason, answer.detail)
            return conclude(rejection.order, rejection.outcomes)
        case OrderStatus.CONFIRMED | OrderStatus.CHOICE | OrderStatus.READY | OrderStatus.SHIPPED:
            return _reallocate(order, answer, terms)
        case OrderStatus.REJECTED | OrderStatus.CANCELLED | OrderStatus.COMPLETED | OrderStatus.RETURNED:
            return Decision(order)
        case _ as never:
            assert_never(never)


def unanswered(order: Order) -> Decision:
    """The time to choose is over: the lines in question are cancelled."""
    pieces = {line.line_id: line.in_question for line in order.lines.values()}
    ended = cancelled(order, pieces, reason=CHOICE_UNANSWERED, by=CancelledBy.SYSTEM, from_question=True)
    return conclude(*ended)


def choice_options(order: Order) -> tuple[ChoiceOption, ...]:
    """The ways on for the lines in question; none where nothing is in question.

    Where inventory knows no store that has them, another store is offered without a name: it is looked for then.
    """
    asked = {line.group_id for line in order.lines.values() if line.in_question}
    if not asked:
        return ()
    elsewhere = tuple(
        ChoiceOption(kind=ChoiceKind.PICKUP_ELSEWHERE, location_id=one.location_id, ready_by=one.ready_by)
        for one in order.alternatives
    )
    kinds = [] if elsewhere else [ChoiceKind.PICKUP_ELSEWHERE]
    picked_up = any(order.groups[group_id].method is FulfilmentMethod.PICKUP for group_id in asked)
    if picked_up and order.payment is Payment.PREPAID:  # goods that are shipped can't be paid at pickup
        kinds.append(ChoiceKind.SHIP)
    kinds.append(ChoiceKind.CANCEL)
    return elsewhere + tuple(ChoiceOption(kind=kind) for kind in kinds)


def _confirm(order: Order, answer: StockAnswer, terms: ChoiceTerms) -> Decision:
    refunds: tuple[Outcome, ...] = ()
    if order.allow_partial:
        short = _short_pieces(order, answer.short_lines)
        after, refunds = end_pieces(order, short, RefundKind.REJECTION, order.order_id, OUT_OF_STOCK)
    else:
        after = _in_question(order, answer)
    promised = _promised(after.lines.values())
    if not promised:  # what inventory holds was cancelled meanwhile
        rejection = placing.reject(order, OUT_OF_STOCK, "nothing that is left of the order can be had")
        return conclude(rejection.order, rejection.outcomes)
    assert answer.ready_by is not None, "a reservation says by when"
    after = replace(_hold(after, answer), stage=Stage.CONFIRMED)
    confirmed = Confirmed(promised, answer.ready_by, answer.short_lines)
    after, choices = _ask(after, answer, terms)
    return conclude(after, (confirmed, *refunds, *choices))


def _reallocate(order: Order, answer: StockAnswer, terms: ChoiceTerms) -> Decision:
    before = order.allocations
    order = cut_down(_hold(_in_question(order, answer), answer))
    promised = _promised(order.lines.values())
    moved: tuple[Outcome, ...] = ()
    if (
        promised
        and order.ready_by is not None
        and (answer.ready_by is not None or order.allocations != before)
    ):
        moved = (Reallocated(promised, order.ready_by, answer.cause),)
    after, choices = _ask(order, answer, terms)
    return conclude(after, moved + choices)


def _hold(order: Order, answer: StockAnswer) -> Order:
    """Replace all that was promised."""
    return replace(
        order,
        allocation_version=answer.allocation_version,
        allocations=answer.allocations,
        earlier_allocations=remembered(order.earlier_allocations, order.allocations, answer.allocations),
        ready_by=answer.ready_by or order.ready_by,
    )


def _in_question(order: Order, answer: StockAnswer) -> Order:
    """Count the pieces in question anew.

    Short lines are what is missing by this answer, or all that is missing so far: what is held tells which. It is
    not counted by what is held alone, because pieces just handed over are no longer held and still open here.
    """
    short = _short_pieces(order, answer.short_lines)
    changed: list[Line] = []
    for line in order.lines.values():
        held = sum(a.quantity for a in answer.allocations if a.line_id == line.line_id)
        missing = max(0, line.movable - held)
        if line.line_id in short:
            least = min(short[line.line_id], line.movable)
            asked = max(least, min(missing, line.in_question + short[line.line_id]))
        elif answer.cause in (ReservationCause.CHANGED, ReservationCause.LATE_PICK):
            asked = min(line.in_question, missing)  # found after all
        else:
            asked = line.in_question
        changed.append(replace(line, in_question=asked).within())
    return order.with_lines(changed)


def _ask(order: Order, answer: StockAnswer, terms: ChoiceTerms) -> tuple[Order, tuple[Outcome, ...]]:
    """Ask about all that is in question, if something has come to it; the time to answer begins anew."""
    asked = [line for line in order.lines.values() if line.in_question]
    short = _short_pieces(order, answer.short_lines)
    if not any(line.line_id in short for line in asked):
        return order, ()
    if terms.minutes == 0:
        pieces = {line.line_id: line.in_question for line in asked}
        return cancelled(order, pieces, reason=OUT_OF_STOCK, by=CancelledBy.SYSTEM, from_question=True)
    answer_by = terms.now + timedelta(minutes=terms.minutes)
    lines = tuple(line.of(line.in_question) for line in asked)
    # They were looked for with the short lines of this answer in mind, not with what was in question before.
    all_looked_for = all(line.in_question <= short.get(line.line_id, 0) for line in asked)
    order = replace(
        order, choice_answer_by=answer_by, alternatives=answer.alternatives if all_looked_for else ()
    )
    return order, (ChoiceAsked(lines, choice_options(order), answer_by),)


def _promised(lines: Iterable[Line]) -> tuple[OrderLine, ...]:
    return tuple(line.of(line.promised) for line in lines if line.promised)


def _short_pieces(order: Order, short_lines: Iterable[ShortLine]) -> dict[str, int]:
    pieces: dict[str, int] = {}
    for short in short_lines:
        line = order.lines.get(short.line_id)
        if line is not None and line.movable:
            pieces[short.line_id] = min(line.movable, pieces.get(short.line_id, 0) + short.quantity)
    return pieces
