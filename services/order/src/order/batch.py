"""The orders that a batch of messages is about: loaded, decided on one message at a time, saved.

Every handler works with it: load → decide → save. Nothing here decides anything.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from order import erased_refs, metrics, news, store, tasks
from order.domain import forgetting, links
from order.domain.order import GoodsBack, Order
from order.domain.outcomes import (
    Confirmed,
    Decision,
    Outcome,
    Refund,
    Refused,
    Settlement,
    Unmatched,
)
from order.domain.taxing import taxes_of
from order.issuing import issue_links, void_links
from order.settings import settings
from tsunagu.chassis import Cause, Connection, Due, LockTable, Received, RowKey, Transaction, beside
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    CancelOrder,
    ChangeFulfilment,
    ChangeRecipient,
    ReturnUnmatched,
    SettlementDue,
    Task,
)
from tsunagu.contracts.messages.inventory_events import OrderStockEvent
from tsunagu.contracts.messages.pickup_events import OrderWorkEvent
from tsunagu.contracts.values import OrderStatus

SQL = beside(__file__)
ORDERS = LockTable("order_lock", SQL.lock_orders, SQL.insert_missing_locks)

CHOICE_TIMER = "choice_unanswered"
RETURN_TIMER = "return_unmatched"


AboutOrder: TypeAlias = OrderStockEvent | OrderWorkEvent | CancelOrder | ChangeFulfilment | ChangeRecipient
M = TypeVar("M", bound=AboutOrder)


async def order_keys(_: Connection, messages: Sequence[Received[Any]]) -> list[RowKey]:
    """The rows to lock for messages that name their order."""
    return [ORDERS.row(received.message.order_id) for received in messages]


async def due_keys(_: Connection, dues: Sequence[Due]) -> list[RowKey]:
    """The rows to lock for timers."""
    return [ORDERS.row(due.payload["order_id"]) for due in dues]


@asynccontextmanager
async def orders_of(tx: Transaction, order_ids: Sequence[str]) -> AsyncIterator["Orders"]:
    """The orders with these ids, for the length of a `with` block; what became of them is saved at its end."""
    orders = Orders(tx, await store.load(tx.connection, order_ids))
    yield orders
    await orders.save()


class Orders:
    """The batch's orders as they stand after the messages handled so far."""

    def __init__(self, tx: Transaction, orders: Mapping[str, Order]) -> None:
        self._tx = tx
        self._orders = dict(orders)
        self._changed: dict[str, Cause] = {}
        self._returns: dict[tuple[str, str], tuple[GoodsBack, datetime | None]] = {}
        self._tasks: dict[str, tuple[Task, Cause]] = {}

    def get(self, order_id: str) -> Order | None:
        """The order, if it is there."""
        return self._orders.get(order_id)

    def known(self, messages: Sequence[Received[M]]) -> Iterator[tuple[Received[M], Order]]:
        """Each event with its order. One about an order that is not here is counted and passed over.

        Other services hear of an order from this one only, so this happens to a database that lost orders.
        """
        for received in messages:
            order = self._orders.get(received.message.order_id)
            if order is None:
                self._tx.count(metrics.UNKNOWN, message=type(received.message).__name__)
            else:
                yield received, order

    def asked(self, commands: Sequence[Received[M]]) -> Iterator[tuple[Received[M], Order]]:
        """Each command with its order. One about an order that is not there is refused."""
        for received in commands:
            order = self._orders.get(received.message.order_id)
            if order is None:
                detail = f"there is no order {received.message.order_id}; place it first"
                self._tx.refuse(received, "unknown_order", detail)
            else:
                yield received, order

    def answer(self, received: Received[Any], decision: Decision | Refused) -> None:
        """What a command led to: a refusal, or the order as decided."""
        if isinstance(decision, Refused):
            self._tx.refuse(received, decision.reason, decision.detail)
        else:
            self.become(decision, cause=received)

    def become(self, decision: Decision, *, cause: Cause, at: datetime | None = None) -> None:
        """Take a decision over: the order as decided, an event for each outcome, its state, links and timers.

        `at` is when a fact behind it happened; the outcomes of decisions take effect now.
        """
        before, after = self._orders.get(decision.order.order_id), decision.order
        if before is not None and after == before and not decision.outcomes:
            return
        at = self._tx.now if at is None else min(at, self._tx.now)  # a clock that is ahead makes no future
        taxes = taxes_of(before, decision, settings().tax_rounding)
        for version, (outcome, tax) in enumerate(
            zip(decision.outcomes, taxes, strict=True), after.version + 1
        ):
            event = news.as_event(after, outcome, version=version, at=at, tax=tax)
            self._tx.publish(event, cause=cause)
            self.ask_about(event, cause=cause)
            self._count(after, outcome)
        after = replace(after, version=after.version + max(1, len(decision.outcomes)))
        self._tx.publish(news.as_state(after, now=self._tx.now), cause=cause)
        after = self._relink(after, cause)
        self._set_timers(before, after, cause)
        status = before.status if before is not None else "none"
        if status != after.status:
            self._tx.count(metrics.TRANSITIONS, from_status=status, to_status=after.status)
            if after.status is OrderStatus.READY and after.ready_by is not None:
                self._tx.count(metrics.READY, promise="kept" if at <= after.ready_by else "late")
        self._orders[after.order_id] = after
        self._changed[after.order_id] = cause

    def ask_about(self, event: Message, *, cause: Cause) -> None:
        """Have somebody settle the money that an event leaves open, if it does."""
        match event:
            case SettlementDue():
                task = tasks.settlement_task(self._tx, event)
            case ReturnUnmatched():
                task = tasks.return_task(self._tx, event)
            case _:
                return
        self._tasks[task.task_id] = (task, cause)

    def keep_waiting(self, order_id: str, goods: GoodsBack, *, cause: Cause) -> None:
        """Keep a return until its handover comes, or its time is over."""
        due_at = self._tx.now + timedelta(minutes=settings().unmatched_return_minutes)
        payload = {"order_id": order_id, "return_id": goods.return_id}
        self._tx.schedule(RETURN_TIMER, _return_key(order_id, goods), due_at, cause=cause, payload=payload)
        self._returns[order_id, goods.return_id] = (goods, None)

    def booked(self, order_id: str, goods: GoodsBack) -> None:
        """A return waits no more, or never did."""
        self._tx.cancel(RETURN_TIMER, _return_key(order_id, goods))
        self._returns[order_id, goods.return_id] = (replace(goods, customer_ref=None), self._tx.now)

    async def save(self) -> None:
        """Write what has changed."""
        await self._forget_erased()
        changed = [self._orders[order_id] for order_id in sorted(self._changed)]
        await store.save(self._tx.connection, changed, self._tx.now)
        await store.save_returns(self._tx.connection, self._returns)
        await tasks.TASKS.save(self._tx, self._tasks)

    async def _forget_erased(self) -> None:
        """Who was erased while their order was open is forgotten as it ends, after its events, which name them."""
        ended = [self._orders[order_id] for order_id in self._changed]
        refs = [(ref, order.placed_at) for order in ended for ref in sorted(forgetting.named(order))]
        if not refs:
            return
        erased = await erased_refs.erased_among(self._tx.connection, refs)
        for order in ended:
            gone = {ref for ref, placed_at in erased if placed_at == order.placed_at}
            self.become(Decision(forgetting.forget(order, gone), ()), cause=self._changed[order.order_id])

    def _relink(self, order: Order, cause: Cause) -> Order:
        relinked = links.relink(order, links.LinkTerms(self._tx.now, settings().link_days))
        void_links(self._tx, relinked.order, relinked.void, cause)
        issue_links(self._tx, relinked.order, relinked.issued, cause)
        return relinked.order

    def _set_timers(self, before: Order | None, after: Order, cause: Cause) -> None:
        asked_before = before.choice_answer_by if before is not None else None
        if after.choice_answer_by != asked_before:
            if after.choice_answer_by is None:
                self._tx.cancel(CHOICE_TIMER, after.order_id)
            else:
                payload = {"order_id": after.order_id}
                self._tx.schedule(
                    CHOICE_TIMER, after.order_id, after.choice_answer_by, cause=cause, payload=payload
                )
        waited = {goods.return_id: goods for goods in (before.returns_waiting if before is not None else ())}
        waits = {goods.return_id: goods for goods in after.returns_waiting}
        for return_id in waits.keys() - waited.keys():
            self.keep_waiting(after.order_id, waits[return_id], cause=cause)
        for return_id in waited.keys() - waits.keys():
            self.booked(after.order_id, waited[return_id])

    def _count(self, order: Order, outcome: Outcome) -> None:
        match outcome:
            case Confirmed():
                seconds = max(0.0, (self._tx.now - order.placed_at).total_seconds())
                self._tx.after_commit(lambda: metrics.CONFIRMATION_SECONDS.observe(seconds))
            case Refund(kind, _, _, lines):
                self._tx.count(metrics.REFUNDS, kind=kind)
                self._tx.count(metrics.REFUNDED_JPY, sum(line.amount_jpy for line in lines), kind=kind)
            case Settlement():
                self._tx.count(metrics.SETTLEMENTS)
            case Unmatched():
                self._tx.count(metrics.UNMATCHED_RETURNS)
            case _:
                pass  # the order's transition counts the others


def _return_key(order_id: str, goods: GoodsBack) -> str:
    return f"{order_id} {goods.return_id}"
