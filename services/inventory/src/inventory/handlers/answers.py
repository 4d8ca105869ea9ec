"""What inventory says about an order's stock."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from inventory.domain.allocations import Part, held_allocations
from inventory.metrics import BROKEN_PROMISES
from inventory.store.orders import OrderStock
from tsunagu.chassis import Cause, Transaction
from tsunagu.contracts.messages import PromiseBroken, StockIssued, StockRejected, StockReleased, StockReserved
from tsunagu.contracts.values import (
    DECISIONS_MAX,
    Allocation,
    Alternative,
    BreakCause,
    BreakDecision,
    ReservationCause,
    ShortLine,
    SourcingDecision,
    StockLine,
)

_EXPLANATION_CHARACTERS_MAX = 2_000  # what the contract has room for


def say_reserved(
    tx: Transaction,
    order: OrderStock,
    reason: ReservationCause,
    ready_by: datetime,
    explanation: str,
    *,
    cause: Cause,
    short: Sequence[ShortLine] = (),
    decisions: Sequence[SourcingDecision] = (),
    alternatives: Sequence[Alternative] = (),
) -> None:
    """Say all that is held for the order now, under the next allocation version."""
    order.ready_by = ready_by
    tx.publish(
        StockReserved(
            order_id=order.order_id,
            version=order.next_version(),
            allocation_version=order.next_allocation_version(),
            occurred_at=tx.now,
            cause=reason,
            allocations=held_allocations(order.parts),
            short_lines=tuple(short),
            ready_by=ready_by,
            explanation=explanation[:_EXPLANATION_CHARACTERS_MAX],
            decisions=tuple(decisions[:DECISIONS_MAX]) or None,
            alternatives=tuple(alternatives),
        ),
        cause=cause,
    )


def say_rejected(
    tx: Transaction,
    order: OrderStock,
    reason: ReservationCause,
    code: str,
    detail: str,
    *,
    cause: Cause,
    short: Sequence[ShortLine],
    explanation: str = "",
    decisions: Sequence[SourcingDecision] = (),
    alternatives: Sequence[Alternative] = (),
) -> None:
    """Say what can't be had, and what is still held."""
    tx.publish(
        StockRejected(
            order_id=order.order_id,
            version=order.next_version(),
            allocation_version=order.next_allocation_version(),
            occurred_at=tx.now,
            cause=reason,
            reason=code,
            detail=detail[:_EXPLANATION_CHARACTERS_MAX],
            short_lines=tuple(short),
            allocations=held_allocations(order.parts),
            explanation=explanation[:_EXPLANATION_CHARACTERS_MAX],
            decisions=tuple(decisions[:DECISIONS_MAX]) or None,
            alternatives=tuple(alternatives),
        ),
        cause=cause,
    )


def say_released(
    tx: Transaction, order: OrderStock, code: str, lines: Sequence[StockLine], *, cause: Cause
) -> None:
    """Say which goods the order no longer holds."""
    if lines:
        tx.publish(
            StockReleased(
                order_id=order.order_id,
                version=order.next_version(),
                occurred_at=tx.now,
                reason=code,
                lines=tuple(lines),
            ),
            cause=cause,
        )


def say_issued(
    tx: Transaction,
    order: OrderStock,
    lines: Sequence[StockLine],
    occurred_at: datetime,
    *,
    cause: Cause,
    after_close: bool,
    receipt_id: str | None = None,
    handover_id: str | None = None,
    parcel_id: str | None = None,
) -> None:
    """Say which goods of the order have left."""
    tx.publish(
        StockIssued(
            order_id=order.order_id,
            version=order.next_version(),
            occurred_at=occurred_at,
            lines=tuple(lines),
            receipt_id=receipt_id,
            handover_id=handover_id,
            parcel_id=parcel_id,
            after_close=after_close,
        ),
        cause=cause,
    )


def say_broken(
    tx: Transaction,
    order: OrderStock,
    why: BreakCause,
    document_id: str,
    lost: Mapping[Part, int],
    *,
    cause: Cause,
    decision: BreakDecision | None = None,
) -> None:
    """Say which promised pieces can't be kept, and why these, where there was a choice."""
    tx.count(BROKEN_PROMISES, cause=why)
    tx.publish(
        PromiseBroken(
            order_id=order.order_id,
            version=order.next_version(),
            occurred_at=tx.now,
            cause=why,
            cause_id=document_id,
            allocations=tuple(
                Allocation(
                    allocation_id=part.allocation_id,
                    line_id=part.line_id,
                    sku=part.sku,
                    quantity=quantity,
                    location_id=part.location_id,
                )
                for part, quantity in lost.items()
            ),
            decision=decision,
        ),
        cause=cause,
    )
