"""Waits for decisions on Kafka: how many a second, and how long each took."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition

from tsunagu.contracts.messages import StockRejected, StockReserved
from tsunagu.contracts.topics import INVENTORY_EVENTS, Topic

_RESERVED, _REJECTED = StockReserved.WIRE_TYPE.encode(), StockRejected.WIRE_TYPE.encode()
FETCH_WAIT_MS = 20  # of a fetch that finds nothing; one that finds something returns at once
POLL_MS = 100


@dataclass
class Decisions:
    """What was decided, as it arrives. Times are those of `time.perf_counter`, in seconds."""

    arrived: dict[bytes, float] = field(default_factory=dict)
    """Order → when its first decision was readable."""
    reserved: int = 0
    rejected: int = 0
    again: Counter[bytes] = field(default_factory=Counter)
    """Orders that were decided more than once, and how often more."""

    def note(self, order: bytes, kind: bytes, now: float) -> None:
        """Note a message of inventory.events; anything but a decision is passed over."""
        if kind not in (_RESERVED, _REJECTED):
            return
        if order in self.arrived:
            self.again[order] += 1
            return
        self.arrived[order] = now
        if kind == _RESERVED:
            self.reserved += 1
        else:
            self.rejected += 1

    def per_second(self) -> float:
        """Decisions a second, from the first one to the last. What came with the first is not counted: it was made
        before the clock started. Raises ValueError where all came at once."""
        times = list(self.arrived.values())
        first, last = min(times), max(times)
        if first == last:
            raise ValueError(f"all {len(times)} decisions came at once: too few to tell a rate")
        return sum(time > first for time in times) / (last - first)


class Reader:
    """Reads inventory.events from where it ended when the reader began."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.decisions = Decisions()

    async def wait_for(self, orders: int, patience_seconds: float) -> Decisions:
        """Read until so many orders are decided, or nothing has come for so long: the rest is lost."""
        return await self.wait_until(lambda: len(self.decisions.arrived) >= orders, patience_seconds)

    async def wait_until(self, done: Callable[[], bool], patience_seconds: float) -> Decisions:
        """Read until it is done, or nothing has come for so long."""
        heard_at = time.perf_counter()
        while not done() and time.perf_counter() - heard_at < patience_seconds:
            if await self._read():
                heard_at = time.perf_counter()
        return self.decisions

    async def wait_for_silence(self, seconds: float) -> Decisions:
        """Read until nothing has come for so long: whoever decides an order twice has done so by then."""
        silent_since = time.perf_counter()
        while time.perf_counter() - silent_since < seconds:
            if await self._read():
                silent_since = time.perf_counter()
        return self.decisions

    async def _read(self) -> int:
        batches = await self._consumer.getmany(timeout_ms=POLL_MS)
        now = time.perf_counter()
        read = 0
        for batch in batches.values():
            for record in batch:
                read += 1
                self.decisions.note(record.key, dict(record.headers)["ce_type"], now)
        return read


@asynccontextmanager
async def reader(kafka: str) -> AsyncIterator[Reader]:
    """A reader that begins behind what the topic holds now."""
    async with tail(kafka, INVENTORY_EVENTS) as consumer:
        yield Reader(consumer)


@asynccontextmanager
async def tail(
    kafka: str, *topics: Topic, fetch_wait_ms: int = FETCH_WAIT_MS
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group that begins behind what the topics hold now."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, auto_offset_reset="latest", fetch_max_wait_ms=fetch_wait_ms
    )
    await consumer.start()
    try:
        await _go_to_end(consumer, topics)
        yield consumer
    finally:
        await consumer.stop()


async def _go_to_end(consumer: AIOKafkaConsumer, topics: Sequence[Topic]) -> None:
    partitions = [
        TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions_local)
    ]
    consumer.assign(partitions)
    await consumer.seek_to_end(*partitions)
    for partition in partitions:
        await consumer.position(partition)
