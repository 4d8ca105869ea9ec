"""How it is seen that the work goes on: orders that are answered, and topics that are read."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from tsunagu.chassis.partitioning import partition_of
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import OrderConfirmed, OrderPlaced, OrderRejected, PickRequested, PlaceOrder
from tsunagu.contracts.topics import ORDER_EVENTS, PICKUP_EVENTS
from tsunagu.contracts.values import FulfilmentGroup, FulfilmentMethod, OrderLine, Payment
from tsunagu.retailer.chain import Chain
from tsunagu.retailer.newsfeed import Newsfeed
from tsunagu.retailer.prefectures import TOKYO
from tsunagu.retailer.sender import KafkaSender
from tsunagu.retailer.stock import deliveries
from tsunagu.stack.services import ServiceProcess

POLL_SECONDS = 0.1  # how exactly the end of a recovery is told
REQUEST_TIMEOUT_MS = 2_000  # the probes' own clients must not be what takes long when a broker is frozen
PIECES = 100_000  # of each SKU, for the probes of the longest round: a rejected one says nothing of picking
_GROUP = "ship"
_SOURCE = "channel/probe"


@dataclass
class _Probe:
    partition: int
    placed_at: float
    refused: str = ""  # why Kafka did not take it
    answered_at: float | None = None
    picking_at: float | None = None


class OrderProbes:
    """Places an order now and then, in each partition in turn, and notes when it is answered. Times are monotonic.

    What the orders are for comes with a delivery of its own, so that they take nothing from the load.
    The same partition number stands for an order's key on every topic of its way.
    """

    def __init__(self, kafka: str, chain: Chain, interval_seconds: float) -> None:
        self._sender = KafkaSender(kafka, REQUEST_TIMEOUT_MS)
        self._news = Newsfeed(kafka, (ORDER_EVENTS, PICKUP_EVENTS), REQUEST_TIMEOUT_MS)
        self._skus = [product.sku for product in chain.products]
        self._store = chain.stores[0].location_id
        self._interval_seconds = interval_seconds
        self._probes: dict[str, _Probe] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Future[None]] = []
        self._partitions = ORDER_EVENTS.partitions_local
        self._under_load = asyncio.Event()
        self._answer_came = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Place orders for as long as the body runs, from when there is load."""
        for kind in (OrderPlaced, OrderConfirmed, OrderRejected):
            self._news.listen(ORDER_EVENTS, kind, self._hear)
        self._news.listen(PICKUP_EVENTS, PickRequested, self._hear)
        await self._sender.start()
        await self._news.start()
        self._loops = [asyncio.ensure_future(self._news.run()), asyncio.ensure_future(self._place())]
        for loop in self._loops:
            # Who waits for an answer has to hear that none can come.
            loop.add_done_callback(lambda _: self._answer_came.set())
        try:
            yield
        finally:
            tasks = [*self._loops, *self._sending]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._news.stop()
            await self._sender.stop()

    async def undisturbed(self, since: float, count: int) -> float:
        """Wait until so many probes that were placed since then are answered; the median of what they took.

        Raises what ended the placing or the listening.
        """
        while len(took := self._took(since)) < count:
            self._require_running()
            self._answer_came.clear()
            await self._answer_came.wait()
        return median(took)

    def in_words(self, since: float) -> str:
        """What became of the probes that were placed since then."""
        placed = [probe for probe in self._probes.values() if probe.placed_at >= since]
        refused = [probe.refused for probe in placed if probe.refused]
        told = f"{len(placed)} orders were placed, {len(self._took(since))} of them answered"
        return f"{told}; Kafka did not take {len(refused)} ({refused[-1]})" if refused else told

    def _require_running(self) -> None:
        for loop in self._loops:
            if loop.done():
                loop.result()

    def _took(self, since: float) -> list[float]:
        return [
            probe.answered_at - probe.placed_at
            for probe in self._probes.values()
            if probe.answered_at is not None and probe.placed_at >= since
        ]

    async def recovered(self, since: float, *, picking: bool) -> float:
        """When an order that was placed since then was answered in every partition; `picking`: is to be picked.

        Raises what ended the placing or the listening.
        """
        while True:
            self._require_running()
            ends: dict[int, float] = {}
            for probe in self._probes.values():
                end = probe.picking_at if picking else probe.answered_at
                if probe.placed_at >= since and end is not None:
                    ends[probe.partition] = min(end, ends.get(probe.partition, end))
            if len(ends) == self._partitions:
                return max(ends.values())
            await asyncio.sleep(POLL_SECONDS)

    def _hear(self, event: Message) -> None:
        match event:
            case OrderConfirmed() | OrderRejected():
                probe = self._probes.get(event.order_id)
                if probe is not None and probe.answered_at is None:
                    probe.answered_at = time.monotonic()
                    self._answer_came.set()
            case PickRequested() if event.order_id is not None:
                probe = self._probes.get(event.order_id)
                if probe is not None and probe.picking_at is None:
                    probe.picking_at = time.monotonic()
            case OrderPlaced() if event.order_id not in self._probes:
                self._under_load.set()

    async def _place(self) -> None:
        await self._under_load.wait()
        stock = {self._store: dict.fromkeys(self._skus, PIECES)}
        for delivery in deliveries(stock, f"probe-{uuid7()}", datetime.now(UTC)):
            await self._sender.send(delivery, _SOURCE)
        number = 0
        while True:
            # Beside each other: one that has to wait for the broker holds up no other.
            task = asyncio.create_task(self._send(number))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
            number += 1
            await asyncio.sleep(self._interval_seconds)

    async def _send(self, number: int) -> None:
        wanted = number % self._partitions
        while partition_of((order_id := f"probe-{uuid7()}").encode(), self._partitions) != wanted:
            pass
        order = PlaceOrder(
            order_id=order_id,
            channel="ec",
            customer_ref="probe",
            groups=(FulfilmentGroup(group_id=_GROUP, method=FulfilmentMethod.SHIP, prefecture=TOKYO),),
            lines=(
                OrderLine(
                    line_id="1",
                    group_id=_GROUP,
                    # Each partition gets each of them in turn: a short pick may have put one in doubt, all of it.
                    sku=self._skus[number // self._partitions % len(self._skus)],
                    quantity=1,
                    unit_price_jpy=1_000,
                    tax_percent=10,
                ),
            ),
            payment=Payment.PREPAID,
            occurred_at=datetime.now(UTC),
        )
        probe = self._probes[order_id] = _Probe(wanted, time.monotonic())
        try:
            await self._sender.send(order, _SOURCE)
        except KafkaError as error:
            # What the broker never took is not answered; the next one may be.
            probe.refused = repr(error)


async def read_up(
    service: ServiceProcess, database_url: str, kafka: str, since: float, read_seconds: float
) -> float:
    """When a service had read all that was written on its topics until `read_seconds` after `since` (monotonic)."""
    await asyncio.sleep(max(0.0, since + read_seconds - time.monotonic()))
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        ends: dict[TopicPartition, int] = {}
        while True:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                read = await _read_to(service, database_url)
                if not ends:
                    ends = await consumer.end_offsets(list(read))
                if all(read.get(partition, 0) >= end for partition, end in ends.items()):
                    return time.monotonic()
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await consumer.stop()


async def _read_to(service: ServiceProcess, database_url: str) -> dict[TopicPartition, int]:
    connection = await asyncpg.connect(database_url, server_settings={"search_path": service.schema})
    try:
        rows = await connection.fetch("SELECT topic, partition, next_offset FROM consumed_offset")
    finally:
        await connection.close()
    return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}
