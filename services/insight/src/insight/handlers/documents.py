"""Messages as documents about a sale. None: the message says nothing about a sale that is credited here."""

from collections import Counter
from datetime import date, datetime

from insight.domain.basis import Basis, Method, Source, Touch
from insight.domain.sale import Document, DocumentKind, Line
from tsunagu.contracts.messages import (
    HandoverUnmatched,
    ItemsReturned,
    OrderCompleted,
    PickupCollected,
    ReturnUnmatched,
    SaleRecorded,
    SaleReturned,
    SaleVoided,
    SettlementDue,
)
from tsunagu.contracts.values import Debtor, FulfilmentMethod, Payment

STORE_CHANNEL = "store"
"""The channel of what a till sells."""


def order_sale_id(order_id: str) -> str:
    """The sale that an order's documents belong to."""
    return f"order:{order_id}"


def till_sale_id(document: SaleRecorded | SaleVoided | SaleReturned) -> str:
    """The sale that a till's document belongs to; of a return without its receipt, one that is never there."""
    if isinstance(document, SaleReturned):
        original = document.original_receipt_id
        return f"return:{document.receipt_id}" if original is None else f"receipt:{original}"
    return f"receipt:{document.receipt_id}"


def of_recorded(sale: SaleRecorded, day: date) -> Document | None:
    """A till's sale. A line of an order is its handover: order speaks of that."""
    lines = tuple(
        Line(line.line_id, line.sku, line.quantity, line.amount_jpy)
        for line in sale.lines
        if line.order_id is None
    )
    if not lines:
        return None
    return Document(
        f"sale:{sale.receipt_id}",
        DocumentKind.RECEIPT,
        sale.occurred_at,
        day,
        lines,
        sale.receipt_id,
        _at_till(sale.location_id, sale.occurred_at),
    )


def of_voided(void: SaleVoided, day: date) -> Document | None:
    """A till's sale taken back as a whole; the void of an order's line is its return, and order speaks of that."""
    lines = tuple(
        Line(line.line_id, line.sku, line.quantity, line.amount_jpy)
        for line in void.lines
        if line.order_id is None
    )
    if not lines:
        return None
    return Document(f"void:{void.void_id}", DocumentKind.VOID, void.occurred_at, day, lines)


def of_returned(returned: SaleReturned, day: date) -> Document | None:
    """Goods that came back over the counter, without those of orders."""
    lines = tuple(
        Line(line.original_line_id, line.sku, line.quantity, line.amount_jpy)
        for line in returned.lines
        if line.order_id is None
    )
    if not lines:
        return None
    return Document(f"return:{returned.receipt_id}", DocumentKind.RETURN, returned.occurred_at, day, lines)


def of_completed(completed: OrderCompleted, day: date) -> Document:
    """A part of an order that the customer has."""
    line_ids = {line.line_id for line in completed.lines}
    picked: Counter[str] = Counter()
    for source in completed.sources:
        if source.line_id in line_ids:
            picked[source.location_id] += source.quantity
    basis = Basis(
        channel=completed.channel,
        method=Method.PICKUP if completed.method is FulfilmentMethod.PICKUP else Method.SHIP,
        location_id=completed.location_id,
        placed_at=completed.placed_at,
        paid_at=completed.location_id if completed.payment is Payment.AT_PICKUP else None,
        touches=tuple(
            Touch(touch.kind, touch.location_id, touch.staff_ref, touch.at) for touch in completed.touchpoints
        ),
        sources=tuple(Source(location_id, quantity) for location_id, quantity in picked.items()),
    )
    return Document(
        f"completed:{completed.version}",
        DocumentKind.COMPLETED,
        completed.occurred_at,
        day,
        tuple(Line(line.line_id, line.sku, line.quantity, line.amount_jpy) for line in completed.lines),
        completed.receipt_id,
        basis,
    )


def of_items_returned(returned: ItemsReturned | ReturnUnmatched, day: date) -> Document:
    """Goods of an order that came back; of one that nobody knows, perhaps without their price."""
    return Document(
        f"return:{returned.return_id}",
        DocumentKind.RETURN,
        returned.occurred_at,
        day,
        tuple(Line(line.line_id, line.sku, line.quantity, line.amount_jpy) for line in returned.lines),
    )


def of_settlement(settlement: SettlementDue, day: date) -> Document | None:
    """Goods of a closed order that the customer has and owes.

    With a receipt the till has the money: then pickup's PickupCollected tells of the sale. What the retailer owes is
    no sale; goods that come back are told by ItemsReturned.
    """
    if settlement.owed_by is not Debtor.SHOPPER or settlement.receipt_id or settlement.location_id is None:
        return None
    return Document(
        f"settlement:{settlement.settlement_id}",
        DocumentKind.SETTLEMENT,
        settlement.occurred_at,
        day,
        tuple(Line(line.line_id, line.sku, line.quantity, line.amount_jpy) for line in settlement.lines),
        basis=Basis(settlement.channel, Method.PICKUP, settlement.location_id, settlement.occurred_at),
    )


def of_collected(collected: PickupCollected, day: date) -> Document | None:
    """What a till sold of an order that was closed; any other handover is told by OrderCompleted."""
    if not collected.after_close or collected.receipt_id is None:
        return None
    lines = tuple(
        Line(line.line_id, line.sku, line.quantity, line.amount_jpy)
        for line in collected.lines
        if line.amount_jpy is not None
    )
    if not lines:
        return None
    return Document(
        f"after_close:{collected.receipt_id}",
        DocumentKind.AFTER_CLOSE,
        collected.occurred_at,
        day,
        lines,
        collected.receipt_id,
        _at_till(collected.location_id, collected.occurred_at),
    )


def of_unmatched(handover: HandoverUnmatched, day: date) -> Document | None:
    """Goods of an order that nobody knows, sold like any others. A handover by code names no goods."""
    if not handover.lines:
        return None
    return Document(
        f"unmatched:{handover.receipt_id or handover.handover_id}",
        DocumentKind.UNMATCHED,
        handover.occurred_at,
        day,
        tuple(
            Line(line.order_line_id or line.line_id, line.sku, line.quantity, line.amount_jpy)
            for line in handover.lines
        ),
        handover.receipt_id,
        _at_till(handover.location_id, handover.occurred_at),
    )


def _at_till(location_id: str, at: datetime) -> Basis:
    return Basis(STORE_CHANNEL, Method.TILL, location_id, at, paid_at=location_id)
