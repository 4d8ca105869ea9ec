"""Goods of an order come back: reported by a channel, over a till's counter, or with a voided sale."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from order import news, store
from order.batch import ORDERS, orders_of
from order.domain import returning
from order.domain.goods_back import unmatched
from order.domain.order import BackLine, GoodsBack
from tsunagu.chassis import Cause, Connection, Due, Received, RowKey, Transaction
from tsunagu.contracts.messages import ReturnItems, SaleReturned, SaleVoided
from tsunagu.contracts.values import Disposition, SaleLine, SaleReturnLine


async def return_items(tx: Transaction, facts: Sequence[Received[ReturnItems]]) -> None:
    """Take goods back that a channel reports."""
    arrived: list[_Arrived] = []
    for received in facts:
        fact = received.message
        lines = tuple(
            BackLine(back.line_id, back.sku, back.quantity, back.disposition) for back in fact.lines
        )
        goods = GoodsBack(fact.return_id, fact.location_id, lines)
        arrived.append((fact.order_id, goods, received, fact.occurred_at))
    await _receive(tx, arrived)


async def till_return(tx: Transaction, receipts: Sequence[Received[SaleReturned]]) -> None:
    """Take goods back that a till has taken back; lines that name no order are not ours."""
    arrived: list[_Arrived] = []
    for received in receipts:
        receipt = received.message
        for order_id in _named(receipt.lines):
            lines = [line for line in receipt.lines if line.order_id == order_id]
            goods = GoodsBack(
                receipt.receipt_id,
                receipt.location_id,
                tuple(_back(line, line.disposition) for line in lines),
                receipt_id=receipt.receipt_id,
                customer_ref=receipt.customer_ref,
            )
            arrived.append((order_id, goods, received, receipt.occurred_at))
    await _receive(tx, arrived)


async def till_void(tx: Transaction, receipts: Sequence[Received[SaleVoided]]) -> None:
    """A voided sale of an order's lines is their return, resellable."""
    arrived: list[_Arrived] = []
    for received in receipts:
        receipt = received.message
        for order_id in _named(receipt.lines):
            lines = [line for line in receipt.lines if line.order_id == order_id]
            goods = GoodsBack(
                receipt.void_id,
                receipt.location_id,
                tuple(_back(line, Disposition.RESELLABLE) for line in lines),
                receipt_id=receipt.receipt_id,
                customer_ref=receipt.customer_ref,
            )
            arrived.append((order_id, goods, received, receipt.occurred_at))
    await _receive(tx, arrived)


async def return_unmatched(tx: Transaction, dues: Sequence[Due]) -> None:
    """A return has waited long enough for its handover: the part that does not fit is a plain return."""
    order_ids = [due.payload["order_id"] for due in dues]
    waiting = await store.waiting_returns(tx.connection, order_ids)
    async with orders_of(tx, order_ids) as orders:
        for due in dues:
            order_id, return_id = due.payload["order_id"], due.payload["return_id"]
            order = orders.get(order_id)
            if order is not None:
                orders.become(returning.give_up(order, return_id), cause=due)
                continue
            for goods in waiting.get(order_id, ()):
                if goods.return_id == return_id:
                    plain = news.as_unmatched(order_id, unmatched(goods), version=1, at=tx.now)
                    tx.publish(plain, cause=due)
                    orders.ask_about(plain, cause=due)
                    orders.booked(order_id, goods)


async def receipt_keys(
    _: Connection, receipts: Sequence[Received[SaleReturned | SaleVoided]]
) -> list[RowKey]:
    """The orders that a till's documents name."""
    return [ORDERS.row(order_id) for received in receipts for order_id in _named(received.message.lines)]


_Arrived = tuple[str, GoodsBack, Cause, datetime]
"""A return of an order: order_id, the goods, the message that reports it, when it happened."""


async def _receive(tx: Transaction, arrived: Sequence[_Arrived]) -> None:
    known = await store.known_returns(
        tx.connection, [(order_id, goods.return_id) for order_id, goods, _, _ in arrived]
    )
    async with orders_of(tx, [order_id for order_id, _, _, _ in arrived]) as orders:
        for order_id, goods, cause, happened_at in arrived:
            if (order_id, goods.return_id) in known:
                continue
            known.add((order_id, goods.return_id))
            order = orders.get(order_id)
            if order is None:
                orders.keep_waiting(order_id, goods, cause=cause)
                continue
            decision = returning.receive(order, goods)
            if goods not in decision.order.returns_waiting:
                orders.booked(order_id, goods)
            orders.become(decision, cause=cause, at=happened_at)


def _named(lines: Iterable[SaleLine]) -> list[str]:
    """The orders that lines name, each once, in order."""
    return list(dict.fromkeys(line.order_id for line in lines if line.order_id is not None))


def _back(line: SaleLine | SaleReturnLine, disposition: Disposition) -> BackLine:
    return BackLine(
        line.order_line_id, line.sku, line.quantity, disposition, line.amount_jpy, line.tax_percent
    )
