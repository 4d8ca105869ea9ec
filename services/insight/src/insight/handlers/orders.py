"""order.events: how far orders came, and credit for what was completed."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar

from insight.domain.kpis import Kpi
from insight.domain.orders import Step
from insight.handlers import counting, crediting, documents, facts, figures, journal, postings, subjects
from insight.handlers.facts import Told
from insight.store.locks import ORDERS, SALES
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

Counted = OrderPlaced | OrderConfirmed | OrderRejected | OrderReady | OrderCancelled | OrderCompleted
Credited = OrderCompleted | ItemsReturned | ReturnUnmatched | SettlementDue
C = TypeVar("C", OrderPlaced, OrderConfirmed, OrderRejected, OrderReady, OrderCancelled, OrderCompleted)


async def order_keys(_: Connection, messages: Sequence[Received[Counted]]) -> Iterable[RowKey]:
    """The orders whose steps are counted, and what is known of them."""
    order_ids = [received.message.order_id for received in messages]
    return [
        *(ORDERS.row(order_id) for order_id in order_ids),
        *subjects.rows(facts.of_order(order_id) for order_id in order_ids),
    ]


async def shipped_keys(_: Connection, messages: Sequence[Received[OrderShipped]]) -> Iterable[RowKey]:
    """What is known of the orders."""
    return subjects.rows(facts.of_order(received.message.order_id) for received in messages)


async def sale_keys(_: Connection, messages: Sequence[Received[Credited]]) -> Iterable[RowKey]:
    """The sales that the events are about."""
    return [SALES.row(documents.order_sale_id(received.message.order_id)) for received in messages]


async def completed_keys(
    connection: Connection, messages: Sequence[Received[OrderCompleted]]
) -> Iterable[RowKey]:
    """Both: a completed order is counted and credited."""
    orders = [ORDERS.row(received.message.order_id) for received in messages]
    return [*orders, *await sale_keys(connection, messages)]


async def placed(tx: Transaction, messages: Sequence[Received[OrderPlaced]]) -> None:
    """Count orders, for the locations where they are to be picked up."""
    told = [
        facts.of_placed(received.message, figures.day_of(tx, received.message.placed_at))
        for received in messages
    ]
    await _count(tx, messages, lambda _: Kpi.ORDERS_PLACED, told)


async def confirmed(tx: Transaction, messages: Sequence[Received[OrderConfirmed]]) -> None:
    """Count orders whose goods are held."""
    told = [one for received in messages for one in facts.of_confirmed(received.message)]
    await _count(tx, messages, lambda _: Kpi.ORDERS_CONFIRMED, told)


async def rejected(tx: Transaction, messages: Sequence[Received[OrderRejected]]) -> None:
    """Count orders that can't be had."""
    told = [one for received in messages if (one := facts.of_rejected(received.message))]
    await _count(tx, messages, lambda _: Kpi.ORDERS_REJECTED, told)


async def ready(tx: Transaction, messages: Sequence[Received[OrderReady]]) -> None:
    """Count orders of which something waits for the customer."""
    told = [facts.of_ready(received.message) for received in messages]
    await _count(tx, messages, lambda _: Kpi.ORDERS_READY, told)


async def shipped(tx: Transaction, messages: Sequence[Received[OrderShipped]]) -> None:
    """Learn that groups of orders are on their way."""
    changes = figures.changes(tx)
    await subjects.take(tx, [facts.of_ready(received.message) for received in messages], changes)
    await figures.note(tx, changes, messages[-1])


async def cancelled(tx: Transaction, messages: Sequence[Received[OrderCancelled]]) -> None:
    """Count orders that ended with nothing handed over; cancelling some lines ends no order."""
    told = [one for received in messages if (one := facts.of_cancelled(received.message))]
    await _count(tx, messages, lambda event: Kpi.ORDERS_CANCELLED if event.order_finished else None, told)


async def completed(tx: Transaction, messages: Sequence[Received[OrderCompleted]]) -> None:
    """Count orders of which the customer has something, and credit it to all who earned it."""
    await _count(
        tx,
        messages,
        lambda event: (
            Kpi.ORDERS_COLLECTED if event.method is FulfilmentMethod.PICKUP else Kpi.ORDERS_DELIVERED
        ),
    )
    changes = figures.changes(tx)
    news = [
        crediting.News(
            documents.order_sale_id(received.message.order_id),
            documents.of_completed(received.message, figures.day_of(tx, received.message.occurred_at)),
            received,
            received.message.customer_ref,
        )
        for received in messages
    ]
    await crediting.take(tx, news, changes)
    await figures.note(tx, changes, messages[-1])
    await journal.post(tx, messages, lambda event: postings.of_completed(event, _day(tx, event)))


async def items_returned(tx: Transaction, messages: Sequence[Received[ItemsReturned]]) -> None:
    """Take back the credit of what came back, at the shares of the sale."""
    await _take_back(tx, messages)
    await journal.post(tx, messages, lambda event: postings.of_items_returned(event, _day(tx, event)))


async def return_unmatched(tx: Transaction, messages: Sequence[Received[ReturnUnmatched]]) -> None:
    """Take back the credit of what came back of an order that nobody knows."""
    await _take_back(tx, messages)


async def refund_due(tx: Transaction, messages: Sequence[Received[RefundDue]]) -> None:
    """Enter in the journal what channels owe back."""
    await journal.post(tx, messages, lambda event: postings.of_refund(event, _day(tx, event)))


async def _take_back(
    tx: Transaction, messages: Sequence[Received[ItemsReturned]] | Sequence[Received[ReturnUnmatched]]
) -> None:
    changes = figures.changes(tx)
    news = [
        crediting.News(
            documents.order_sale_id(received.message.order_id),
            documents.of_items_returned(received.message, figures.day_of(tx, received.message.occurred_at)),
            received,
        )
        for received in messages
    ]
    await crediting.take(tx, news, changes)
    await figures.note(tx, changes, messages[-1])


async def settlement_due(tx: Transaction, messages: Sequence[Received[SettlementDue]]) -> None:
    """Credit goods of a closed order that the customer has after all and owes."""
    changes = figures.changes(tx)
    news = [
        crediting.News(
            documents.order_sale_id(received.message.order_id),
            document,
            received,
            received.message.customer_ref,
        )
        for received in messages
        if (
            document := documents.of_settlement(
                received.message, figures.day_of(tx, received.message.occurred_at)
            )
        )
    ]
    await crediting.take(tx, news, changes)
    await figures.note(tx, changes, messages[-1])


def _day(tx: Transaction, event: OrderCompleted | ItemsReturned | RefundDue) -> date:
    """The business day of what a channel has the money for."""
    return figures.day_of(tx, event.occurred_at)


async def _count(
    tx: Transaction,
    messages: Sequence[Received[C]],
    step_of: Callable[[C], Kpi | None],
    told: Sequence[Told] = (),
) -> None:
    changes = figures.changes(tx)
    news = []
    for received in messages:
        event = received.message
        kpi = step_of(event)
        if kpi is None:
            continue
        own: tuple[str, ...] = ()
        order_locations: tuple[str, ...] | None = None
        if isinstance(event, OrderReady | OrderCompleted):
            own = (event.location_id,)
        if isinstance(event, OrderPlaced):
            order_locations = tuple(
                sorted({group.location_id for group in event.groups if group.location_id is not None})
            )
        step = Step(event.order_id, kpi, own, figures.day_of(tx, event.occurred_at))
        news.append(counting.News(step, event.channel, order_locations))
    await counting.take(tx, news, changes)
    await subjects.take(tx, told, changes)
    await figures.note(tx, changes, messages[-1])
