"""Messages sent at a constant rate, whatever comes of them, and how long each took from when it was to be sent.

Who is slow is not sent less: what waits behind a slow answer counts with all of its waiting.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaProducer

from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import Topic

from .bench import Bench
from .reader import tail


async def send(
    kafka: str, topic: Topic, records: Sequence[Record], per_second: float, enough: asyncio.Event
) -> dict[bytes, float]:
    """Send a record at each tick until none is left or it is `enough`; returns when the first of each key was to be.

    Times are those of `time.perf_counter`, in seconds.
    """
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    await producer.start()
    intended: dict[bytes, float] = {}
    try:
        began = time.perf_counter()
        for number, record in enumerate(records):
            at = began + number / per_second
            if (ahead := at - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            if enough.is_set():
                break
            intended.setdefault(record.key, at)
            await producer.send(topic.name, value=record.value, key=record.key, headers=record.headers)
        await producer.flush()
    finally:
        await producer.stop()
    return intended


async def hop(bench: Bench, kafka: str, topic: Topic, records: Sequence[Record]) -> list[float]:
    """How long each record takes through Kafka alone: from when it was to be sent until it is readable, in seconds."""
    arrived: dict[bytes, float] = {}
    async with tail(kafka, topic) as consumer:
        sending = asyncio.create_task(
            send(kafka, topic, records, bench.settings.orders_per_second, asyncio.Event())
        )
        async with asyncio.timeout(
            len(records) / bench.settings.orders_per_second + bench.settings.patience_seconds
        ):
            while len(arrived) < len(records):
                batches = await consumer.getmany(timeout_ms=100)
                now = time.perf_counter()
                arrived.update((record.key, now) for batch in batches.values() for record in batch)
        return taken(bench, await sending, arrived)


def taken(bench: Bench, intended: Mapping[bytes, float], arrived: Mapping[bytes, float]) -> list[float]:
    """How long each took, in seconds, without the first ones: clients and plans are made with them.

    What has not arrived is left out: that is a loss, and reported as one.
    """
    lead_in = min(intended.values()) + bench.settings.lead_in_seconds
    return [arrived[key] - at for key, at in intended.items() if at >= lead_in and key in arrived]
