"""What pickup did: goods are ready, handed over, or nobody came for them. Parcels are in `parcels`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from order.domain.consequences import conclude, remembered
from order.domain.ending import cancelled
from order.domain.order import Line, Order
from order.domain.outcomes import Completed, Decision, Outcome, Settlement
from tsunagu.contracts.values import Allocation, CancelledBy, CompletedLine, Payment, RefundLine

NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class Piece:
    """Pieces of a line in somebody's hands; `amount_jpy` where a till says it."""

    line_id: str
    sku: str
    quantity: int
    allocation_id: str | None = None
    amount_jpy: int | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """Goods reached the shopper: where, and what proves it."""

    location_id: str
    pieces: tuple[Piece, ...]
    receipt_id: str | None = None
    handover_id: str | None = None
    parcel_id: str | None = None
    staff_ref: str | None = None


def ready(order: Order, group_id: str, pieces: Iterable[Piece], pickup_by: datetime) -> Decision:
    """These pieces of a group wait for the shopper; OrderReady is said once all that is promised of it does."""
    waiting: dict[str, int] = {}
    for piece in fitting(order, pieces):
        waiting[piece.line_id] = waiting.get(piece.line_id, 0) + piece.quantity
    lines = [replace(order.lines[line_id], ready=n) for line_id, n in waiting.items()]
    groups = dict(order.groups)
    if group_id in groups and lines:
        groups[group_id] = replace(groups[group_id], pickup_by=pickup_by)
    return conclude(replace(order.with_lines(lines), groups=groups))


def collected(order: Order, handover: Handover) -> Decision:
    """The shopper took the goods. Open pieces are completed; cancelled ones are to be settled, and stay cancelled.

    Without pieces it is the second half of a double handover, and only adds its receipt.
    """
    if handover.receipt_id is not None and handover.receipt_id not in order.receipt_ids:
        order = replace(order, receipt_ids=(*order.receipt_ids, handover.receipt_id))
    return conclude(*hand_out(order, handover))


def expired(order: Order, pieces: Iterable[Piece]) -> Decision:
    """Nobody came: what waited is cancelled."""
    counted: dict[str, int] = {}
    for piece in fitting(order, pieces):
        counted[piece.line_id] = counted.get(piece.line_id, 0) + piece.quantity
    return conclude(*cancelled(order, counted, reason=NO_SHOW, by=CancelledBy.SYSTEM))


def fitting(order: Order, pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces of the order's own lines; others are a discrepancy where the goods are, and not the order's."""
    return [p for p in pieces if p.line_id in order.lines and order.lines[p.line_id].sku == p.sku]


def hand_out(order: Order, handover: Handover) -> tuple[Order, tuple[Outcome, ...]]:
    """Complete the open ones of these pieces; the cancelled ones are to be settled."""
    taken: dict[str, list[tuple[CompletedLine, Allocation | None]]] = {}
    extra: list[tuple[Line, int, int]] = []
    left: list[Piece] = []
    for piece in fitting(order, handover.pieces):
        line = order.lines[piece.line_id]
        fits = min(piece.quantity, line.open)
        beyond = min(piece.quantity - fits, line.cancelled - line.settled)
        paid_jpy = _paid_at_till(order, piece, fits)
        cost_jpy = fits * line.unit_price_jpy if paid_jpy is None else paid_jpy
        under_way = fits if handover.parcel_id is not None else 0
        order = order.with_lines(
            [
                replace(
                    line,
                    completed=line.completed + fits,
                    completed_jpy=line.completed_jpy + cost_jpy,
                    ready=max(0, line.ready - (fits - under_way)),
                    shipped=max(0, line.shipped - under_way),
                    settled=line.settled + beyond,
                )
            ]
        )
        if fits:
            left.append(replace(piece, quantity=fits))
            done = CompletedLine(
                line_id=line.line_id,
                group_id=line.group_id,
                sku=line.sku,
                quantity=fits,
                amount_jpy=cost_jpy,
                tax_percent=line.tax_percent,
            )
            taken.setdefault(line.group_id, []).append((done, _source(order, piece, fits)))
        if beyond:
            extra.append((line, beyond, (piece.amount_jpy or 0) * beyond // piece.quantity))
    if handover.parcel_id is None:  # what is in a parcel left before
        order = left_the_house(order, left)
    outcomes: list[Outcome] = []
    for place, (group_id, entries) in enumerate(taken.items(), 1):
        outcomes.append(
            Completed(
                group_id=group_id,
                location_id=handover.location_id,
                lines=_by_line(done for done, _ in entries),
                sources=tuple(source for _, source in entries if source is not None),
                finished=order.finished and place == len(taken),
                receipt_id=handover.receipt_id,
                handover_id=handover.handover_id,
                parcel_id=handover.parcel_id,
                staff_ref=handover.staff_ref,
            )
        )
    return order, (*outcomes, *settle(handover, extra))


def left_the_house(order: Order, pieces: Iterable[Piece]) -> Order:
    """The order without the promises of these pieces: nobody holds them for it any more.

    They have to be the very ones: what goes another way later gives up a promise that is still held.
    """
    gone: dict[str | None, int] = {}
    for piece in pieces:
        gone[piece.allocation_id] = gone.get(piece.allocation_id, 0) + piece.quantity
    kept: list[Allocation] = []
    for allocation in order.allocations:
        quantity = allocation.quantity - gone.get(allocation.allocation_id, 0)
        if quantity > 0:
            kept.append(allocation.model_copy(update={"quantity": quantity}))
    return replace(
        order,
        allocations=tuple(kept),
        earlier_allocations=remembered(order.earlier_allocations, order.allocations, kept),
    )


def _by_line(pieces: Iterable[CompletedLine]) -> tuple[CompletedLine, ...]:
    """Each line once, however many places its pieces came from: readers book a line of an event once."""
    lines: dict[str, CompletedLine] = {}
    for piece in pieces:
        before = lines.get(piece.line_id)
        if before is not None:
            piece = piece.model_copy(  # noqa: PLW2901 - the same line with more pieces
                update={
                    "quantity": before.quantity + piece.quantity,
                    "amount_jpy": before.amount_jpy + piece.amount_jpy,
                }
            )
        lines[piece.line_id] = piece
    return tuple(lines.values())


def _paid_at_till(order: Order, piece: Piece, quantity: int) -> int | None:
    """What a till took for these pieces; None where the channel has the money, or no till was in it."""
    if order.payment is Payment.PREPAID or piece.amount_jpy is None:
        return None
    return piece.amount_jpy * quantity // piece.quantity


def _source(order: Order, piece: Piece, quantity: int) -> Allocation | None:
    """Where the pieces were picked: by the promise they name, else by the line's latest one."""
    known = (*order.allocations, *reversed(order.earlier_allocations))
    for allocation in known:
        named = piece.allocation_id in (None, allocation.allocation_id)
        if named and allocation.line_id == piece.line_id:
            return allocation.model_copy(update={"quantity": quantity})
    return None


def settle(handover: Handover, extra: Iterable[tuple[Line, int, int]]) -> tuple[Outcome, ...]:
    """What the shopper owes for cancelled pieces that left all the same: line, pieces, yen that a till took."""
    lines = tuple(
        RefundLine(
            line_id=line.line_id,
            sku=line.sku,
            quantity=quantity,
            amount_jpy=max(0, quantity * line.unit_price_jpy - paid_jpy),
        )
        for line, quantity, paid_jpy in extra
    )
    if not lines:
        return ()
    return (Settlement(handover.location_id, handover.receipt_id, lines),)
