"""Parcels: under way, delivered, lost or back. What is in one can't be cancelled by anybody until it has ended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from order.domain.consequences import conclude
from order.domain.ending import cancelled
from order.domain.fulfilling import Handover, Piece, fitting, hand_out, left_the_house, settle
from order.domain.order import Line, Order, Parcel
from order.domain.outcomes import Decision, Shipped
from tsunagu.contracts.values import CancelledBy, OrderLine, ParcelEnd

REASONS = {ParcelEnd.LOST: "parcel_lost", ParcelEnd.RETURNED: "parcel_returned"}


@dataclass(frozen=True, slots=True)
class Carriage:
    """Who carries a parcel, and by what it can be followed."""

    carrier: str
    tracking_number: str | None = None


def shipped(order: Order, handover: Handover, carriage: Carriage) -> Decision:
    """A parcel has left. Open pieces are under way; cancelled ones, and more than were ordered, are to be settled."""
    assert handover.parcel_id is not None, "a parcel has an id"
    inside: dict[str, int] = {}
    late: dict[str, int] = {}
    extra: list[tuple[Line, int, int]] = []
    left: list[Piece] = []
    for piece in fitting(order, handover.pieces):
        line = order.lines[piece.line_id]
        fits = min(piece.quantity, line.movable)
        beyond = min(piece.quantity - fits, line.cancelled - line.settled)
        order = order.with_lines([replace(line, shipped=line.shipped + fits, settled=line.settled + beyond)])
        if fits:
            left.append(replace(piece, quantity=fits))
            inside[line.line_id] = inside.get(line.line_id, 0) + fits
        if beyond:
            late[line.line_id] = late.get(line.line_id, 0) + beyond
        if piece.quantity > fits:
            extra.append((line, piece.quantity - fits, 0))
    order = left_the_house(order, left)
    order = replace(order, parcels=(*order.parcels, Parcel(handover.parcel_id, inside, settled=late)))
    under_way = _by_group(order, inside, handover.parcel_id, handover.location_id, carriage)
    return conclude(order, (*under_way, *settle(handover, extra)))


def delivered(order: Order, handover: Handover) -> Decision:
    """The recipient has the parcel: the pieces that were open when it left are completed.

    If it had been given up, they are cancelled and stay so: the shopper has them, and owes what was paid back.
    """
    parcel = _named(order, handover.parcel_id)
    if parcel is None:
        return conclude(*hand_out(order, handover))
    if parcel.delivered:
        return Decision(order)
    order = _with_parcel(order, parcel, replace(parcel, delivered=True))
    if parcel.ended:
        return _arrived_after_all(order, parcel, handover)
    inside = dict(parcel.pieces)
    pieces: list[Piece] = []
    for piece in fitting(order, handover.pieces):
        quantity = min(piece.quantity, inside.get(piece.line_id, 0))
        if quantity:
            inside[piece.line_id] -= quantity
            pieces.append(replace(piece, quantity=quantity))
    return conclude(*hand_out(order, replace(handover, pieces=tuple(pieces))))


def ended(order: Order, parcel_id: str, end: ParcelEnd) -> Decision:
    """The recipient will not get the parcel: what was open in it is cancelled. What was delivered stays so."""
    parcel = _named(order, parcel_id)
    if parcel is None or parcel.delivered or parcel.ended:
        return Decision(order)
    pieces = {line_id: min(n, order.lines[line_id].shipped) for line_id, n in parcel.pieces.items()}
    order = _with_parcel(order, parcel, replace(parcel, ended=True))
    order = _changed(
        order,
        parcel,
        lambda line: replace(
            line,
            shipped=line.shipped - pieces.get(line.line_id, 0),
            # They are not with the shopper either. That money is asked for them is for a person to take back.
            settled=line.settled - min(line.settled, parcel.settled.get(line.line_id, 0)),
        ),
    )
    return conclude(
        *cancelled(order, pieces, reason=REASONS[end], by=CancelledBy.SYSTEM, parcel_id=parcel_id)
    )


def _arrived_after_all(order: Order, parcel: Parcel, handover: Handover) -> Decision:
    extra: list[tuple[Line, int, int]] = []

    def settled(line: Line) -> Line:
        asked = min(parcel.settled.get(line.line_id, 0), line.cancelled - line.settled)
        anew = min(parcel.pieces.get(line.line_id, 0), line.cancelled - line.settled - asked)
        if anew:
            extra.append((line, anew, 0))
        return replace(line, settled=line.settled + asked + anew)

    order = _changed(order, parcel, settled)
    return conclude(order, settle(handover, extra))


def _by_group(
    order: Order, inside: Mapping[str, int], parcel_id: str, location_id: str, carriage: Carriage
) -> tuple[Shipped, ...]:
    lines: dict[str, list[OrderLine]] = {}
    for line_id, quantity in inside.items():
        line = order.lines[line_id]
        lines.setdefault(line.group_id, []).append(line.of(quantity))
    return tuple(
        Shipped(group_id, parcel_id, location_id, carriage.carrier, carriage.tracking_number, tuple(of_group))
        for group_id, of_group in lines.items()
    )


def _named(order: Order, parcel_id: str | None) -> Parcel | None:
    return next((parcel for parcel in order.parcels if parcel.parcel_id == parcel_id), None)


def _with_parcel(order: Order, parcel: Parcel, changed: Parcel) -> Order:
    return replace(order, parcels=tuple(changed if one is parcel else one for one in order.parcels))


def _changed(order: Order, parcel: Parcel, change: Callable[[Line], Line]) -> Order:
    """The order with its lines that are in a parcel changed."""
    inside = {*parcel.pieces, *parcel.settled}
    return order.with_lines([change(line) for line in order.lines.values() if line.line_id in inside])
