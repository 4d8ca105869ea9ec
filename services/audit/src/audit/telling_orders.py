"""What order says of its orders: placed, confirmed, completed, cancelled, returned, refunded."""

from collections.abc import Callable
from typing import Any

from audit.log import Seen
from audit.tables import OrderTold, Refund, Told
from audit.telling_tills import move
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import Debtor, Payment


def _placed(told: Told, seen: Seen, event: m.OrderPlaced) -> None:
    order = told.orders[event.order_id]
    order.placed = True
    order.prepaid = event.payment is Payment.PREPAID
    _note_prices(order, event.lines)


def _confirmed(told: Told, seen: Seen, event: m.OrderConfirmed | m.OrderReallocated) -> None:
    order = told.orders[event.order_id]
    order.confirmed = True
    if isinstance(event, m.OrderConfirmed):
        for line in event.short_lines:
            order.cancelled[line.line_id] += line.quantity


def _rejected(told: Told, seen: Seen, event: m.OrderRejected) -> None:
    order = told.orders[event.order_id]
    order.ended = True
    _note_prices(order, event.lines)
    for line in event.lines:
        order.cancelled[line.line_id] += line.quantity


def _changed(told: Told, seen: Seen, event: m.OrderChanged) -> None:
    _note_prices(told.orders[event.order_id], event.lines)


def _cancelled(told: Told, seen: Seen, event: m.OrderCancelled) -> None:
    order = told.orders[event.order_id]
    order.ended = order.ended or event.order_finished
    for line in event.lines:
        order.cancelled[line.line_id] += line.quantity


def _completed(told: Told, seen: Seen, event: m.OrderCompleted) -> None:
    order = told.orders[event.order_id]
    order.ended = order.ended or event.order_finished
    amount_jpy = 0
    for line in event.lines:
        order.completed[line.line_id] += line.quantity
        amount_jpy += line.amount_jpy
    for table in (told.sales[f"order:{event.order_id}"].sold, told.purchases[event.order_id]):
        table[f"completed:{event.version}"] = amount_jpy


def _items_returned(told: Told, seen: Seen, event: m.ItemsReturned) -> None:
    order = told.orders[event.order_id]
    for line in event.lines:
        order.returned[line.line_id] += line.quantity
        if event.receipt_id is None:
            order.returned_unpaid_jpy[line.line_id] += line.amount_jpy
    _goods_back(told, seen, event)


def _goods_back(told: Told, seen: Seen, event: m.ItemsReturned | m.ReturnUnmatched) -> None:
    lines = ((event.location_id, line.sku, line.quantity) for line in event.lines)
    move(told, seen, f"return {event.return_id} of order {event.order_id}", lines)
    amounts = [line.amount_jpy for line in event.lines]
    known = [amount for amount in amounts if amount is not None]
    returned = told.sales[f"order:{event.order_id}"].returned
    returned[f"return:{event.return_id}"] = sum(known) if len(known) == len(amounts) else None
    told.purchase_returns.add(event.order_id)


def _refund(told: Told, seen: Seen, event: m.RefundDue) -> None:
    order = told.orders[event.order_id]
    order.refunds += [
        Refund(line.line_id, line.quantity, line.amount_jpy, event.refund_by) for line in event.lines
    ]
    in_lines = sum(line.amount_jpy for line in event.lines)
    if in_lines != event.amount_jpy:
        why = f"refund {event.refund_id} is of {event.amount_jpy} yen, and its lines add up to {in_lines} yen"
        told.refund_faults.append((event.order_id, why))


def _settlement(told: Told, seen: Seen, event: m.SettlementDue) -> None:
    for line in event.lines:
        told.orders[event.order_id].settled[line.line_id] += line.quantity
    if event.owed_by is Debtor.SHOPPER and event.receipt_id is None and event.location_id is not None:
        amount_jpy = sum(line.amount_jpy for line in event.lines)
        told.sales[f"order:{event.order_id}"].sold[f"settlement:{event.settlement_id}"] = amount_jpy


def _note_prices(order: OrderTold, lines: tuple[Any, ...]) -> None:
    for line in lines:
        order.prices[line.line_id] = line.unit_price_jpy


ORDERS: dict[type[Message], Callable[[Told, Seen, Any], None]] = {
    m.OrderPlaced: _placed,
    m.OrderConfirmed: _confirmed,
    m.OrderReallocated: _confirmed,
    m.OrderRejected: _rejected,
    m.OrderChanged: _changed,
    m.OrderCancelled: _cancelled,
    m.OrderCompleted: _completed,
    m.ItemsReturned: _items_returned,
    m.ReturnUnmatched: _goods_back,
    m.RefundDue: _refund,
    m.SettlementDue: _settlement,
}
