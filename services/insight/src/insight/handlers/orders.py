"""order.events: how far orders came, and credit for what was completed.

All that a batch tells of orders is taken over together, whatever kinds of events it holds: each table is read once and
written once.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeAlias

from insight.domain.journal import Posting
from insight.domain.kpis import Kpi
from insight.domain.orders import Step
from insight.domain.sale import Document
from insight.handlers import counting, crediting, documents, facts, figures, journal, postings, subjects
from insight.handlers.facts import Told
from insight.store.locks import ORDERS, SALES, SUBJECTS
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import (
    ItemsReturned,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderPlaced,
    OrderReady,
    OrderRejected,
    OrderShipped,
    RefundDue,
    ReturnUnmatched,
    SettlementDue,
)
from tsunagu.contracts.values import FulfilmentMethod

Counted: TypeAlias = (
    OrderPlaced | OrderConfirmed | OrderRejected | OrderReady | OrderCancelled | OrderCompleted
)
Known: TypeAlias = OrderPlaced | OrderConfirmed | OrderRejected | OrderReady | OrderShipped | OrderCancelled
Credited: TypeAlias = OrderCompleted | ItemsReturned | ReturnUnmatched | SettlementDue
News: TypeAlias = Counted | Known | Credited | RefundDue

_COUNTED = (OrderPlaced, OrderConfirmed, OrderRejected, OrderReady, OrderCancelled, OrderCompleted)
_KNOWN = (OrderPlaced, OrderConfirmed, OrderRejected, OrderReady, OrderShipped, OrderCancelled)
_CREDITED = (OrderCompleted, ItemsReturned, ReturnUnmatched, SettlementDue)


async def keys(_: Connection, messages: Sequence[Received[News]]) -> Iterable[RowKey]:
    """The orders whose steps are counted, what is known of them, and the sales that the events are about."""
    rows: list[RowKey] = []
    for received in messages:
        event = received.message
        if isinstance(event, _COUNTED):
            rows.append(ORDERS.row(event.order_id))
        if isinstance(event, _KNOWN):
            rows.append(SUBJECTS.row(facts.of_order(event.order_id)))
        if isinstance(event, _CREDITED):
            rows.append(SALES.row(documents.order_sale_id(event.order_id)))
    return rows


async def told(tx: Transaction, messages: Sequence[Received[News]]) -> None:
    """Count how far orders came, credit what was completed to all who earned it, take back what came back."""
    changes = figures.changes(tx)
    steps: list[counting.News] = []
    known: list[Told] = []
    credited: list[crediting.News] = []
    for received in messages:
        event = received.message
        day = figures.day_of(tx, event.occurred_at)
        if isinstance(event, _COUNTED) and (step := _step_of(event, day)):
            steps.append(step)
        if isinstance(event, _KNOWN):
            known += _facts_of(tx, event)
        if isinstance(event, _CREDITED) and (document := _document_of(event, day)):
            is_sold = isinstance(event, OrderCompleted | SettlementDue)
            buyer = event.customer_ref if is_sold else None
            credited.append(
                crediting.News(documents.order_sale_id(event.order_id), document, received, buyer)
            )
    await counting.take(tx, steps, changes)
    await subjects.take(tx, known, changes)
    await crediting.take(tx, credited, changes)
    await figures.note(tx, changes, messages[-1])
    await journal.post(tx, messages, lambda event: _postings_of(tx, event))


def _step_of(event: Counted, day: date) -> counting.News | None:
    """How far an order came. Only an order that ends with nothing handed over is cancelled."""
    own: tuple[str, ...] = ()
    order_locations: tuple[str, ...] | None = None
    match event:
        case OrderPlaced():
            kpi = Kpi.ORDERS_PLACED
            locations = {group.location_id for group in event.groups if group.location_id is not None}
            order_locations = tuple(sorted(locations))
        case OrderConfirmed():
            kpi = Kpi.ORDERS_CONFIRMED
        case OrderRejected():
            kpi = Kpi.ORDERS_REJECTED
        case OrderReady():
            kpi, own = Kpi.ORDERS_READY, (event.location_id,)
        case OrderCompleted():
            is_pickup = event.method is FulfilmentMethod.PICKUP
            kpi, own = Kpi.ORDERS_COLLECTED if is_pickup else Kpi.ORDERS_DELIVERED, (event.location_id,)
        case OrderCancelled():
            if not event.order_finished:
                return None
            kpi = Kpi.ORDERS_CANCELLED
    return counting.News(Step(event.order_id, kpi, own, day), event.channel, order_locations)


def _facts_of(tx: Transaction, event: Known) -> Iterable[Told]:
    """What is asked for, promised, lost and ready."""
    match event:
        case OrderPlaced():
            return (facts.of_placed(event, figures.day_of(tx, event.placed_at)),)
        case OrderConfirmed():
            return facts.of_confirmed(event)
        case OrderReady() | OrderShipped():
            return (facts.of_ready(event),)
        case OrderRejected():
            lost = facts.of_rejected(event)
        case OrderCancelled():
            lost = facts.of_cancelled(event)
    return () if lost is None else (lost,)


def _document_of(event: Credited, day: date) -> Document | None:
    """What was sold, what came back, and what the customer has of a closed order and owes."""
    match event:
        case OrderCompleted():
            return documents.of_completed(event, day)
        case SettlementDue():
            return documents.of_settlement(event, day)
        case ItemsReturned() | ReturnUnmatched():
            return documents.of_items_returned(event, day)


def _postings_of(tx: Transaction, event: News) -> Iterable[Posting]:
    """What channels were paid and owe back."""
    match event:
        case OrderCompleted():
            return postings.of_completed(event, figures.day_of(tx, event.occurred_at))
        case ItemsReturned():
            return postings.of_items_returned(event, figures.day_of(tx, event.occurred_at))
        case RefundDue():
            return postings.of_refund(event, figures.day_of(tx, event.occurred_at))
        case _:
            return ()
