"""Inventory answers: it holds the goods, or can't give them. The shopper's choice ends by time."""

from collections.abc import Sequence

from order.batch import orders_of
from order.domain import stock
from order.domain.stock import ChoiceTerms, StockAnswer
from order.settings import settings
from tsunagu.chassis import Due, Received, Transaction
from tsunagu.contracts.messages import StockRejected, StockReserved


async def reserved(tx: Transaction, events: Sequence[Received[StockReserved]]) -> None:
    """Confirm an order, or follow its promises to other goods."""
    async with orders_of(tx, [received.message.order_id for received in events]) as orders:
        for received, order in orders.known(events):
            event = received.message
            answer = StockAnswer(
                event.allocation_version,
                event.cause,
                event.allocations,
                event.short_lines,
                event.ready_by,
                alternatives=event.alternatives,
            )
            orders.become(stock.reserved(order, answer, _terms(tx)), cause=received)


async def rejected(tx: Transaction, events: Sequence[Received[StockRejected]]) -> None:
    """Reject an order, or ask the shopper about lines that can't be had any more."""
    async with orders_of(tx, [received.message.order_id for received in events]) as orders:
        for received, order in orders.known(events):
            event = received.message
            answer = StockAnswer(
                event.allocation_version,
                event.cause,
                event.allocations,
                event.short_lines,
                reason=event.reason,
                detail=event.detail,
                alternatives=event.alternatives,
            )
            orders.become(stock.rejected(order, answer, _terms(tx)), cause=received)


async def choice_unanswered(tx: Transaction, dues: Sequence[Due]) -> None:
    """Cancel the lines about which nobody has chosen in time."""
    async with orders_of(tx, [due.payload["order_id"] for due in dues]) as orders:
        for due in dues:
            order = orders.get(due.payload["order_id"])
            if order is not None:
                orders.become(stock.unanswered(order), cause=due)


def _terms(tx: Transaction) -> ChoiceTerms:
    return ChoiceTerms(now=tx.now, minutes=settings().choice_minutes)
