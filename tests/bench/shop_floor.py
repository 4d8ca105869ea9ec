"""Staff, tills and shoppers in one: whatever the services ask for is done as soon as it is heard."""

import hashlib
import time
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tsunagu.contracts.envelope import decode
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    HandOver,
    OrderCompleted,
    OrderReady,
    OrderRejected,
    PickupCode,
    PlaceOrder,
    Task,
)
from tsunagu.contracts.topics import ORDER_EVENTS, PICKUP_CODES, PICKUP_TASKS, TOPIC_BY_NAME, topic_of
from tsunagu.contracts.values import Payment, TaskState
from tsunagu.retailer.sender import record_of
from tsunagu.retailer.task_documents import work_of
from tsunagu.retailer.till_documents import TillDocuments, staff_of

from .reader import POLL_MS, tail

REGISTER = "90"
FETCH_WAIT_MS = 100  # asking more often would cost the broker CPU time that no shop causes
LINGER_MS = 5  # as till and tablet gateways have it: what is said in one moment goes out together
_HEARD = frozenset(
    kind.WIRE_TYPE.encode() for kind in (Task, PickupCode, OrderReady, OrderCompleted, OrderRejected)
)


class ShopFloor:
    """Everybody outside the services. `orders` are those that may come up, by their ids."""

    def __init__(
        self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, orders: Mapping[str, PlaceOrder]
    ) -> None:
        self._consumer = consumer
        self._producer = producer
        self._orders = orders
        self._documents = TillDocuments("bench", datetime.now(UTC).date())
        self._begun: set[str] = set()
        self._tokens: dict[str, str] = {}
        self._waiting: dict[str, OrderReady] = {}
        self._receipts = 0
        self.completed: dict[str, float] = {}
        """When each order was collected, by `time.perf_counter`, in seconds."""
        self.rejected: set[str] = set()

    async def serve(self, orders: Collection[str], patience_seconds: float) -> None:
        """Do what is asked for until each of the orders is collected or rejected.

        Raises TimeoutError where that comes true of no further order for so long.
        """
        open_orders = set(orders)
        ended_at = time.perf_counter()
        while open_orders:
            batches = await self._consumer.getmany(timeout_ms=POLL_MS)
            answers = [
                answer
                for batch in batches.values()
                for record in batch
                if dict(record.headers)["ce_type"] in _HEARD
                for answer in self._hear(
                    decode(TOPIC_BY_NAME[record.topic], record.key, record.value, record.headers).message
                )
            ]
            for answer in answers:
                await self._send(answer)
            before = len(open_orders)
            open_orders -= self.completed.keys() | self.rejected
            if len(open_orders) < before:
                ended_at = time.perf_counter()
            elif time.perf_counter() - ended_at > patience_seconds:
                raise TimeoutError(f"{before} orders are neither collected nor rejected")

    def _hear(self, message: Message | None) -> Sequence[Message]:
        """What is done about a message; nothing about one that deletes."""
        match message:
            case Task(state=TaskState.OPEN) if message.task_id not in self._begun:
                self._begun.add(message.task_id)
                return work_of(message, 1, datetime.now(UTC), lambda _: None)
            case PickupCode():
                self._tokens[message.order_id] = message.token
                return self._fetch(message.order_id)
            case OrderReady():
                self._waiting[message.order_id] = message
                return self._fetch(message.order_id)
            case OrderCompleted():
                self.completed.setdefault(message.order_id, time.perf_counter())
            case OrderRejected():
                self.rejected.add(message.order_id)
        return ()

    def _fetch(self, order_id: str) -> Sequence[Message]:
        """The shopper comes once the order is ready: pays at the till, or shows the code if it is paid for."""
        ready, token = self._waiting.get(order_id), self._tokens.get(order_id)
        if ready is None or token is None:
            return ()
        del self._waiting[order_id], self._tokens[order_id]
        order, now = self._orders[order_id], datetime.now(UTC)
        if order.payment is Payment.AT_PICKUP:
            self._receipts += 1
            return (
                self._documents.handover(
                    ready.lines,
                    order_id,
                    ready.location_id,
                    REGISTER,
                    self._receipts,
                    now,
                    order.customer_ref,
                ),
            )
        return (
            HandOver(
                handover_id=f"{order_id}-handover",
                order_id=order_id,
                location_id=ready.location_id,
                code_hash=hashlib.sha256(token.encode("ascii")).hexdigest(),
                staff_ref=staff_of(ready.location_id),
                occurred_at=now,
            ),
        )

    async def _send(self, message: Message) -> None:
        record = record_of(message, "bench")
        await self._producer.send(
            topic_of(type(message)).name, record.value, record.key, headers=list(record.headers)
        )


@asynccontextmanager
async def shop_floor(kafka: str, orders: Iterable[PlaceOrder]) -> AsyncIterator[ShopFloor]:
    """Staff, tills and shoppers, who hear what is said from now on."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, acks="all", enable_idempotence=True, linger_ms=LINGER_MS
    )
    await producer.start()
    try:
        async with tail(
            kafka, PICKUP_TASKS, PICKUP_CODES, ORDER_EVENTS, fetch_wait_ms=FETCH_WAIT_MS
        ) as consumer:
            yield ShopFloor(consumer, producer, {order.order_id: order for order in orders})
    finally:
        await producer.stop()
