"""What tills, deliveries and corrections say: goods moved, yen taken."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from audit.log import Seen
from audit.tables import Counted, Delivered, Movement, StockId, Told
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import CountOutcome, ReceivedLine, SaleLine, SkuQuantity

TAX_ROUNDING_JPY = 1
"""Tax is rounded once per rate and document, whichever way: it may be off by less than this many yen."""


def move(told: Told, seen: Seen, what: str, lines: Iterable[tuple[str, str, int]]) -> None:
    """Enter that a message moves goods: location, SKU, pieces more or fewer on hand."""
    movement = told.movements.setdefault(seen.envelope.id, Movement(what))
    for location_id, sku, quantity in lines:
        movement.quantity[StockId(location_id, sku)] += quantity


def _sold(told: Told, seen: Seen, sale: m.SaleRecorded) -> None:
    plain = _plain(sale.lines)
    _check_tax(told, sale)
    if not plain:
        return
    move(told, seen, f"sale {sale.receipt_id}", ((sale.location_id, x.sku, -x.quantity) for x in plain))
    amount_jpy = sum(line.amount_jpy for line in plain)
    told.sales[f"receipt:{sale.receipt_id}"].sold[f"sale:{sale.receipt_id}"] = amount_jpy
    told.purchases[sale.receipt_id][f"sale:{sale.receipt_id}"] = amount_jpy


def _voided(told: Told, seen: Seen, void: m.SaleVoided) -> None:
    plain = _plain(void.lines)
    if not plain:
        return
    move(told, seen, f"void {void.void_id}", ((void.location_id, x.sku, x.quantity) for x in plain))
    told.sales[f"receipt:{void.receipt_id}"].voided = True
    told.purchase_returns.add(void.receipt_id)


def _returned(told: Told, seen: Seen, document: m.SaleReturned) -> None:
    _check_tax(told, document)
    plain = _plain(document.lines)
    if not plain:
        return
    location_id = document.location_id
    move(told, seen, f"return {document.receipt_id}", ((location_id, x.sku, x.quantity) for x in plain))
    if document.original_receipt_id is not None:
        sale = told.sales[f"receipt:{document.original_receipt_id}"]
        sale.returned[f"return:{document.receipt_id}"] = sum(line.amount_jpy for line in plain)
        told.purchase_returns.add(document.original_receipt_id)


def _unmatched(told: Told, seen: Seen, handover: m.HandoverUnmatched) -> None:
    if not handover.lines:
        return
    document_id = handover.receipt_id or handover.handover_id or handover.order_id
    location_id = handover.location_id
    move(
        told,
        seen,
        f"unmatched handover {document_id}",
        ((location_id, x.sku, -x.quantity) for x in handover.lines),
    )
    amount_jpy = sum(line.amount_jpy for line in handover.lines)
    document = f"unmatched:{document_id}"
    for table in (told.sales[f"order:{handover.order_id}"].sold, told.purchases[handover.order_id]):
        table[document] = table.get(document, 0) + amount_jpy


def _delivered(told: Told, seen: Seen, delivery: m.ReceiveStock) -> None:
    lines = ((delivery.location_id, line.sku, line.quantity) for line in delivery.lines)
    move(told, seen, f"delivery {delivery.delivery_id}", lines)
    delivery_id = delivery.announced_delivery_id or delivery.delivery_id
    told.arrivals[seen.envelope.id] = Delivered(delivery_id, delivery.location_id, _by_sku(delivery.lines))


def _announced(told: Told, seen: Seen, notice: m.AnnounceDelivery) -> None:
    told.announcements[seen.envelope.id] = Delivered(
        notice.delivery_id, notice.location_id, _by_sku(notice.lines)
    )


def _by_sku(lines: Iterable[ReceivedLine | SkuQuantity]) -> dict[str, int]:
    pieces: dict[str, int] = defaultdict(int)
    for line in lines:
        pieces[line.sku] += line.quantity
    return dict(pieces)


def _adjusted(told: Told, seen: Seen, adjustment: m.AdjustStock) -> None:
    lines = ((adjustment.location_id, line.sku, line.change) for line in adjustment.lines)
    move(told, seen, f"adjustment {adjustment.adjustment_id}", lines)


def _settled(told: Told, seen: Seen, event: m.StockAdjusted) -> None:
    """A discrepancy's settlement moves goods when it is accepted; an adjustment's event repeats the command."""
    cause = seen.envelope.causation_id
    if cause is None:
        return
    movement = told.settlements.setdefault(cause, Movement(f"settlement {event.document_id}"))
    for line in event.lines:
        movement.quantity[StockId(event.location_id, line.sku)] += line.change


def _counted(told: Told, seen: Seen, event: m.StockCounted) -> None:
    if event.outcome is not CountOutcome.APPLIED:
        return
    for line in event.lines:
        key = (event.document_id, StockId(event.location_id, line.sku))
        told.counts.setdefault(key, Counted([])).variances.append(line.variance)


def _check_tax(told: Told, document: m.SaleRecorded | m.SaleReturned) -> None:
    """The rates of a document are those of its lines, and each rate's yen are the lines' yen."""
    if not document.tax_by_rate:
        return
    by_rate: dict[int, int] = defaultdict(int)
    for line in document.lines:
        by_rate[line.tax_percent] += line.amount_jpy
    for tax in document.tax_by_rate:
        amount_jpy = by_rate.pop(tax.tax_percent, 0)
        due_jpy = amount_jpy * tax.tax_percent / (100 + tax.tax_percent)
        if abs(tax.tax_jpy - due_jpy) >= TAX_ROUNDING_JPY:
            why = f"its tax at {tax.tax_percent} % is {tax.tax_jpy} yen, and {due_jpy:.1f} yen of its lines"
            told.tax_faults.append((document.receipt_id, why))
        elif tax.taxable_jpy not in (amount_jpy, amount_jpy - tax.tax_jpy):
            why = f"it is taxed at {tax.tax_percent} % for {tax.taxable_jpy} yen, and its lines say {amount_jpy} yen"
            told.tax_faults.append((document.receipt_id, why))
    for rate, amount_jpy in by_rate.items():
        if amount_jpy and rate:
            told.tax_faults.append((document.receipt_id, f"{amount_jpy} yen of it have no tax at {rate} %"))


def _plain(lines: tuple[Any, ...]) -> list[SaleLine]:
    """Lines that name no order: those of an order are pickup's and order's to tell."""
    return [line for line in lines if line.order_id is None]


TILLS: dict[type[Message], Callable[[Told, Seen, Any], None]] = {
    m.SaleRecorded: _sold,
    m.SaleVoided: _voided,
    m.SaleReturned: _returned,
    m.HandoverUnmatched: _unmatched,
    m.AnnounceDelivery: _announced,
    m.ReceiveStock: _delivered,
    m.AdjustStock: _adjusted,
    m.StockAdjusted: _settled,
    m.StockCounted: _counted,
}
