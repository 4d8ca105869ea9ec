"""What inventory promises, and what pickup does with the goods."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from audit.log import Seen
from audit.tables import Movement, PlaceOfWork, Step, StepKind, StockId, Told
from audit.telling_tills import move
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import Allocation, BreakCause, ParcelEnd, ReservationCause, StockLine


def _listed(told: Told, seen: Seen, event: m.StockReserved | m.StockRejected) -> None:
    """All that is held for the order now."""
    told.orders[event.order_id].stock_answered = True
    decision = event.cause is not ReservationCause.LATE_PICK
    _step(told, seen, event.order_id, event.version, "listed", _allocated(event.allocations), decision)


def _broken(told: Told, seen: Seen, event: m.PromiseBroken) -> None:
    told.broken.update(StockId(allocation.location_id, allocation.sku) for allocation in event.allocations)
    kind: StepKind = "lost" if event.cause is BreakCause.TRANSFER_SHORT else "broken"
    _step(told, seen, event.order_id, event.version, kind, _allocated(event.allocations))


def _released(told: Told, seen: Seen, event: m.StockReleased) -> None:
    if event.order_id is None:
        at = seen.envelope.time
        told.promises[f"hold {event.hold_id}"].append(Step(at, event.version, "held", {}))
    else:
        _step(told, seen, event.order_id, event.version, "released", _lines(event.lines))


def _held(told: Told, seen: Seen, event: m.StockHeld) -> None:
    pieces: dict[tuple[str, StockId], int] = defaultdict(int)
    for line in event.lines:
        pieces["", StockId(event.location_id, line.sku)] += line.quantity
    # Held longer is not promised anew, but the same pieces again change nothing.
    step = Step(seen.envelope.time, event.version, "held", pieces, is_decision=True)
    told.promises[f"hold {event.hold_id}"].append(step)


def _issued(told: Told, seen: Seen, event: m.StockIssued) -> None:
    order = told.orders[event.order_id]
    for line in event.lines:
        order.issued[line.line_id or line.sku] += line.quantity
    _step(told, seen, event.order_id, event.version, "issued", _lines(event.lines))


def _pick_requested(told: Told, seen: Seen, event: m.PickRequested) -> None:
    told.orders[event.order_id].picks_requested = True


def _picked(told: Told, seen: Seen, event: m.PickCompleted) -> None:
    movement = told.movements.setdefault(seen.envelope.id, Movement(f"pick {event.pick_id}"))
    movement.picked[StockId(event.location_id, event.sku)] += event.quantity
    told.picked[seen.key, event.sku] += event.quantity


def _put_away(told: Told, seen: Seen, event: m.PutAwayCompleted) -> None:
    for line in event.lines:
        told.put_away[seen.key, line.sku] += line.quantity


def _transfer_planned(told: Told, seen: Seen, event: m.TransferPlanned) -> None:
    pieces: dict[StockId, int] = defaultdict(int)
    for line in event.lines:
        pieces[StockId(event.to_location_id, line.sku)] += line.quantity
    told.plans[event.transfer_id] = pieces
    told.costs[event.transfer_id] = event.cost_jpy


def _transfer_cancelled(told: Told, seen: Seen, event: m.TransferCancelled) -> None:
    told.plans.pop(event.transfer_id, None)


def _transfer_shipped(told: Told, seen: Seen, event: m.TransferShipped) -> None:
    told.plans.pop(event.transfer_id, None)
    lines = told.transfers[event.transfer_id]
    here = event.from_location_id
    leaving = [(here, line.sku, -lines[line.line_id, line.sku].leave(line.quantity)) for line in event.lines]
    move(told, seen, f"transfer {event.transfer_id} leaving", leaving)
    if event.order_id is not None:
        pieces: dict[tuple[str, StockId], int] = defaultdict(int)
        for line in event.lines:
            pieces[line.allocation_id or line.line_id, StockId(here, line.sku)] += line.quantity
        _step(told, seen, event.order_id, 0, "shipped", pieces)


def _transfer_received(told: Told, seen: Seen, event: m.TransferReceived) -> None:
    """What arrives before it is said to have left has left all the same."""
    told.plans.pop(event.transfer_id, None)
    lines = told.transfers[event.transfer_id]
    moved = [(event.to_location_id, line.sku, line.received) for line in event.lines]
    for line in event.lines:
        early = lines[line.line_id, line.sku].arrive(line.received)
        moved.append((event.from_location_id, line.sku, -early))
    move(told, seen, f"transfer {event.transfer_id} arriving", moved)
    if event.complete:
        for travelling in lines.values():
            travelling.given_up += max(0, travelling.under_way)


def _collected(told: Told, seen: Seen, event: m.PickupCollected) -> None:
    if not event.lines:
        return
    document_id = event.receipt_id or event.handover_id
    _leave(told, seen, event, f"handover {document_id} of order {event.order_id}", told.collected)
    order = told.orders[event.order_id]
    if not event.after_close:
        for line in event.lines:
            order.handed_over[line.line_id] += line.quantity
    elif event.receipt_id is not None:
        amounts = [line.amount_jpy for line in event.lines if line.amount_jpy is not None]
        if amounts:
            sale = told.sales[f"order:{event.order_id}"]
            document = f"after_close:{event.receipt_id}"
            sale.sold[document] = sale.sold.get(document, 0) + sum(amounts)


def _parcel_left(told: Told, seen: Seen, event: m.ParcelShipped) -> None:
    _leave(told, seen, event, f"parcel {event.parcel_id} of order {event.order_id}", told.parcelled)


def _parcel_delivered(told: Told, seen: Seen, event: m.ParcelDelivered) -> None:
    order = told.orders[event.order_id]
    for line in event.lines:
        (order.late_parcels if event.after_close else order.handed_over)[line.line_id] += line.quantity


def _parcel_ended(told: Told, seen: Seen, event: m.ParcelEnded) -> None:
    """What came back is on hand again; a parcel that was lost and comes back has ended once."""
    if event.outcome is ParcelEnd.RETURNED:
        lines = ((event.location_id, line.sku, line.quantity) for line in event.lines)
        move(told, seen, f"parcel {event.parcel_id} of order {event.order_id} coming back", lines)
    if (event.order_id, event.parcel_id) not in told.parcels_ended:
        told.parcels_ended.add((event.order_id, event.parcel_id))
        for line in event.lines:
            told.parcelled[event.order_id, line.sku] -= line.quantity
            told.undelivered[event.order_id, line.sku] += line.quantity


def _unmatched(told: Told, seen: Seen, event: m.WorkUnmatched) -> None:
    """Goods of a transfer or parcel that nobody knows came or left all the same."""
    if event.location_id is not None:
        here = event.location_id
        lines = [(here, line.sku, line.quantity) for line in event.arrived]
        lines += [(here, line.sku, -line.quantity) for line in event.left]
        move(told, seen, f"unmatched work {event.fact_id}", lines)
        told.unmatched[seen.envelope.id] = PlaceOfWork(here, event.order_id, event.transfer_id)


def _leave(
    told: Told,
    seen: Seen,
    event: m.PickupCollected | m.ParcelShipped,
    what: str,
    table: dict[tuple[str, str], int],
) -> None:
    lines = [(event.location_id, line.sku, -line.quantity) for line in event.lines]
    move(told, seen, what, lines)
    order = told.orders[event.order_id]
    for line in event.lines:
        order.left[line.line_id] += line.quantity
        table[event.order_id, line.sku] += line.quantity


def _step(
    told: Told,
    seen: Seen,
    order_id: str,
    version: int,
    kind: StepKind,
    pieces: dict[tuple[str, StockId], int],
    is_decision: bool = False,
) -> None:
    told.promises[f"order {order_id}"].append(Step(seen.envelope.time, version, kind, pieces, is_decision))


def _allocated(allocations: Iterable[Allocation]) -> dict[tuple[str, StockId], int]:
    pieces: dict[tuple[str, StockId], int] = defaultdict(int)
    for each in allocations:
        pieces[each.allocation_id, StockId(each.location_id, each.sku)] += each.quantity
    return pieces


def _lines(lines: Iterable[StockLine]) -> dict[tuple[str, StockId], int]:
    pieces: dict[tuple[str, StockId], int] = defaultdict(int)
    for line in lines:
        pieces[line.allocation_id or line.line_id or "", StockId(line.location_id, line.sku)] += line.quantity
    return pieces


GOODS: dict[type[Message], Callable[[Told, Seen, Any], None]] = {
    m.StockReserved: _listed,
    m.StockRejected: _listed,
    m.PromiseBroken: _broken,
    m.StockReleased: _released,
    m.StockHeld: _held,
    m.StockIssued: _issued,
    m.PickRequested: _pick_requested,
    m.PickCompleted: _picked,
    m.PutAwayCompleted: _put_away,
    m.TransferPlanned: _transfer_planned,
    m.TransferCancelled: _transfer_cancelled,
    m.TransferShipped: _transfer_shipped,
    m.TransferReceived: _transfer_received,
    m.PickupCollected: _collected,
    m.ParcelShipped: _parcel_left,
    m.ParcelDelivered: _parcel_delivered,
    m.ParcelEnded: _parcel_ended,
    m.WorkUnmatched: _unmatched,
}
