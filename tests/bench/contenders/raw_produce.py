"""Batches made of messages in memory and sent with aiokafka: what producing costs without an outbox.

The argument is how many messages.
"""

import asyncio
import sys
from collections.abc import Iterator

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from tests.bench.availability import availabilities

from tsunagu.chassis.partitioning import partition_of
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import INVENTORY_AVAILABILITY

from .running import Place, run
from .telling import tell, wait_for_the_start

BATCH_BYTES_MAX = 512_000  # what the relay has: half of what a broker takes by default
REQUEST_BYTES_MAX = 2 * BATCH_BYTES_MAX


async def raw_produce(place: Place) -> None:
    """Send the messages, in their order per key, each acknowledged."""
    records = availabilities(int(sys.argv[1]))
    producer = AIOKafkaProducer(
        bootstrap_servers=place.kafka,
        acks="all",
        enable_idempotence=True,
        max_batch_size=BATCH_BYTES_MAX,
        max_request_size=REQUEST_BYTES_MAX,
    )
    await producer.start()
    wait_for_the_start()
    parts: list[list[Record]] = [[] for _ in range(INVENTORY_AVAILABILITY.partitions_local)]
    for record in records:
        parts[partition_of(record.key, len(parts))].append(record)
    acknowledged = 0

    async def send(partition: int) -> None:
        nonlocal acknowledged
        for batch in _batches(producer, parts[partition]):
            await (await producer.send_batch(batch, INVENTORY_AVAILABILITY.name, partition=partition))
            acknowledged += batch.record_count()
            tell(acknowledged)

    await asyncio.gather(*(send(partition) for partition in range(len(parts))))
    await asyncio.Event().wait()


def _batches(producer: AIOKafkaProducer, records: list[Record]) -> Iterator[BatchBuilder]:
    """Closed batches, each as large as it may be."""
    place = 0
    while place < len(records):
        batch = producer.create_batch()
        while place < len(records):
            key, value, headers = records[place]
            if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
                break
            place += 1
        batch.close()
        yield batch


if __name__ == "__main__":
    run(raw_produce)
