"""Deliveries from outside: announced, received, and asked about when they are overdue."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from inventory.domain.movements import MovementType
from inventory.domain.stock import StockKey
from inventory.domain.tasks import DiscrepancyCase, TaskKind
from inventory.handlers.lines import stock_keys
from inventory.settings import settings
from inventory.store.book import Book, Origin
from inventory.store.deliveries import (
    ANNOUNCED,
    DELIVERY_OVERDUE,
    OVERDUE,
    Delivery,
    load_deliveries,
    save_deliveries,
)
from inventory.store.discrepancies import (
    Discrepancies,
    Discrepancy,
    load_discrepancies,
    question_about_delivery,
)
from inventory.store.feeds import heard_from
from inventory.store.locks import DELIVERIES, DISCREPANCIES, STOCK
from inventory.store.tasks import Tasks
from tsunagu.chassis import Connection, Due, KeysMoved, Received, RowKey, Transaction
from tsunagu.contracts.messages import AnnounceDelivery, ReceiveStock, StockReceived
from tsunagu.contracts.values import BreakCause, ReceiptKind


async def announce_keys(_: Connection, messages: Sequence[Received[AnnounceDelivery]]) -> Iterable[RowKey]:
    """The deliveries and the rows of stock that will get them."""
    rows = {DELIVERIES.row(received.message.delivery_id) for received in messages}
    return rows | {STOCK.row(*key) for key in stock_keys(messages)}


async def announce(tx: Transaction, messages: Sequence[Received[AnnounceDelivery]]) -> None:
    """Somebody says what will come; what has come of it already is not expected any more."""
    deliveries = await load_deliveries(tx.connection, (received.message.delivery_id for received in messages))
    book = await Book.open(tx, stock_keys(messages))
    tasks = Tasks(tx)
    overdue_after = timedelta(days=settings().announced_delivery_overdue_days)
    for received in messages:
        notice = received.message
        delivery = deliveries[notice.delivery_id]
        lines = [(line.sku, line.quantity) for line in notice.lines]
        book.expect(delivery.announce(notice.location_id, lines), received)
        if delivery.to_come():
            due_at = notice.expected_at + overdue_after
            tx.schedule(DELIVERY_OVERDUE, delivery.delivery_id, due_at, cause=received)
        for key in delivery.stock_keys():
            mark = book.mark(key)
            if mark is not None:
                tasks.open_unknown(TaskKind(mark), key, cause=received)
        tx.accept(received)
    await save_deliveries(tx.connection, list(deliveries.values()))
    await book.save()
    await tasks.save()


async def receive_keys(
    connection: Connection, messages: Sequence[Received[ReceiveStock]]
) -> Iterable[RowKey]:
    """The rows of stock of the lines; the deliveries, the rows that expect them, and what somebody is asked."""
    ids = {_announced_id(received) for received in messages}
    deliveries = await load_deliveries(connection, ids)
    rows = {DELIVERIES.row(delivery_id) for delivery_id in ids}
    rows.update(STOCK.row(*key) for key in stock_keys(messages) | _expected(deliveries))
    rows.update(DISCREPANCIES.row(question) for question in _questions(deliveries).values())
    return rows


async def receive(tx: Transaction, messages: Sequence[Received[ReceiveStock]]) -> None:
    """A delivery arrived; its damaged part can't be sold, and somebody says what becomes of it.

    What has come is expected no more, whichever of delivery and announcement is heard of first.
    """
    deliveries = await load_deliveries(tx.connection, (_announced_id(received) for received in messages))
    book = await Book.open(tx, stock_keys(messages) | _expected(deliveries))
    questions = await _locked_questions(tx, deliveries)
    found = Discrepancies(tx)
    for received in messages:
        delivery = received.message
        origin = Origin(received, delivery.delivery_id, delivery.occurred_at, BreakCause.ADJUSTMENT)
        damaged: list[tuple[str, int]] = []
        for line in delivery.lines:
            key = StockKey(delivery.location_id, line.sku)
            spoiled = min(line.damaged, line.quantity)
            book.move(key, MovementType.DELIVERY, origin, quantity=line.quantity)
            if spoiled:
                book.shift(key, received, unsellable=spoiled)
                damaged.append((line.sku, spoiled))
        if damaged:
            found.open(
                received,
                delivery.location_id,
                f"Delivery {delivery.delivery_id} arrived damaged",
                case=DiscrepancyCase.ARRIVED_DAMAGED,
                detail="Settle it with write_off, send_back or claim, and the pieces that leave stock.",
                lines=damaged,
                inspect=damaged,
            )
        announced = deliveries[_announced_id(received)]
        book.expect(announced.arrive((line.sku, line.quantity) for line in delivery.lines), received)
        if not announced.to_come():
            tx.cancel(DELIVERY_OVERDUE, announced.delivery_id)
            if announced.state == OVERDUE:
                found.withdraw(questions[announced.delivery_id], received)
        tx.publish(
            StockReceived(
                document_id=delivery.delivery_id,
                location_id=delivery.location_id,
                occurred_at=delivery.occurred_at,
                kind=ReceiptKind.DELIVERY,
                lines=delivery.lines,
            ),
            cause=received,
        )
    await save_deliveries(tx.connection, list(deliveries.values()))
    await book.save()
    await found.save()
    await heard_from(tx, {received.message.location_id: received for received in messages})


async def overdue_keys(_: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The deliveries that should have come."""
    return {DELIVERIES.row(due.key) for due in dues}


async def ask(tx: Transaction, dues: Sequence[Due]) -> None:
    """Ask somebody about what has not come: it is expected until they settle it, or until it comes."""
    deliveries = await load_deliveries(tx.connection, (due.key for due in dues))
    found = Discrepancies(tx)
    for due in dues:
        delivery = deliveries[due.key]
        missing = delivery.to_come()
        if delivery.state != ANNOUNCED or not missing:
            continue
        delivery.state = OVERDUE
        found.open(
            due,
            delivery.location_id,
            f"Delivery {delivery.delivery_id} has not come to {delivery.location_id}, or not all of it",
            case=DiscrepancyCase.NOT_COME,
            detail="Find out whether it will come; settle it with claim when it will not.",
            lines=sorted(missing.items()),
            delivery_id=delivery.delivery_id,
        )
    await save_deliveries(tx.connection, list(deliveries.values()))
    await found.save()


def _questions(deliveries: Mapping[str, Delivery]) -> dict[str, str]:
    """Delivery → the discrepancy in which somebody is asked about its rest."""
    return {one: question_about_delivery(one) for one, it in deliveries.items() if it.state == OVERDUE}


async def _locked_questions(tx: Transaction, deliveries: Mapping[str, Delivery]) -> dict[str, Discrepancy]:
    """The same with what is known of them. Raises KeysMoved where somebody has been asked since rows were locked."""
    questions = _questions(deliveries)
    for question in questions.values():
        if not tx.is_locked(DISCREPANCIES.row(question)):
            raise KeysMoved(f"discrepancy {question} was opened since the rows were locked")
    known = await load_discrepancies(tx.connection, questions.values())
    return {delivery_id: known[question] for delivery_id, question in questions.items()}


def _announced_id(received: Received[ReceiveStock]) -> str:
    """The announced delivery that this one is, or is a part of."""
    return received.message.announced_delivery_id or received.message.delivery_id


def _expected(deliveries: Mapping[str, Delivery]) -> set[StockKey]:
    return {key for delivery in deliveries.values() for key in delivery.stock_keys()}
