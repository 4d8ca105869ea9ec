"""The usual way, as fast as it gets: one message, one PostgreSQL transaction, SELECT … FOR UPDATE.

`python raw_side.py raw|faststream` reads order.events until it is killed. Both use the same handler.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

from tsunagu.contracts.envelope import Envelope, decode, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import Availability, OrderPlaced, StockReserved
from tsunagu.contracts.topics import ORDER_EVENTS, topic_of

COMMIT_EVERY = 100

INSERT_ORDER = """
INSERT INTO orders (order_id, state, version, allocation_version, ready_by, wanted)
VALUES ($1, 'open', 1, 1, $2, $3) ON CONFLICT DO NOTHING RETURNING order_id
"""
LOCK_STOCK = """
SELECT sku, available, version FROM stock WHERE location_id = $1 AND sku = ANY($2::text[]) ORDER BY sku FOR UPDATE
"""
RESERVE = """
UPDATE stock AS s SET reserved = s.reserved + n.quantity, version = s.version + 1
FROM unnest($2::text[], $3::int[]) AS n (sku, quantity) WHERE s.location_id = $1 AND s.sku = n.sku
"""
INSERT_ALLOCATIONS = """
INSERT INTO allocation (order_id, allocation_id, state, place_id, line_id, sku, location_id, quantity)
SELECT $1, n.id, 'reserved', $2, n.line_id, n.sku, $2, n.quantity
FROM unnest($3::text[], $4::text[], $5::text[], $6::int[]) AS n (id, line_id, sku, quantity)
"""


async def handle(
    connection: "asyncpg.Connection[asyncpg.Record]",
    producer: AIOKafkaProducer,
    placed: OrderPlaced,
    cause: Envelope,
) -> None:
    """Reserve one order at its pickup store and say so."""
    now = datetime.now(UTC)
    location_id = placed.groups[0].location_id
    skus = [line.sku for line in placed.lines]
    quantities = [line.quantity for line in placed.lines]
    ids = [uuid7() for _ in placed.lines]
    ready_by = now + timedelta(hours=1)
    async with connection.transaction():
        wanted = json.dumps(
            [[line.line_id, line.sku, line.quantity, 0, location_id, None] for line in placed.lines]
        )
        if await connection.fetchval(INSERT_ORDER, placed.order_id, ready_by, wanted) is None:
            return
        rows = {row["sku"]: row for row in await connection.fetch(LOCK_STOCK, location_id, skus)}
        if any(rows[line.sku]["available"] < line.quantity for line in placed.lines):
            raise ValueError("the benchmark's stock is never short")
        await connection.execute(RESERVE, location_id, skus, quantities)
        line_ids = [line.line_id for line in placed.lines]
        await connection.execute(
            INSERT_ALLOCATIONS, placed.order_id, location_id, ids, line_ids, skus, quantities
        )
    reserved = StockReserved.model_validate(
        {
            "order_id": placed.order_id,
            "version": 1,
            "occurred_at": now,
            "allocation_version": 1,
            "cause": "placed",
            "ready_by": ready_by,
            "allocations": [
                {
                    "allocation_id": id,
                    "line_id": line.line_id,
                    "sku": line.sku,
                    "quantity": line.quantity,
                    "location_id": location_id,
                }
                for id, line in zip(ids, placed.lines, strict=True)
            ],
        }
    )
    await send(producer, reserved, cause, now)
    for line in placed.lines:
        row = rows[line.sku]
        availability = Availability(
            location_id=str(location_id),
            sku=line.sku,
            available=row["available"] - line.quantity,
            version=row["version"] + 1,
            as_of=now,
        )
        await send(producer, availability, cause, now)


async def send(producer: AIOKafkaProducer, message: Message, cause: Envelope, now: datetime) -> None:
    """Hand a message to the producer; its acknowledgement is waited for before offsets are committed."""
    envelope = Envelope.for_message(
        message,
        id=uuid7(),
        source="bench/raw",
        time=now,
        correlation_id=cause.correlation_id,
        causation_id=cause.id,
    )
    record = encode(envelope, message)
    await producer.send(
        topic_of(type(message)).name, value=record.value, key=record.key, headers=list(record.headers)
    )


async def raw(kafka: str, database: str) -> None:
    """Raw aiokafka and asyncpg."""
    connection = await asyncpg.connect(database)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(
        ORDER_EVENTS.name,
        bootstrap_servers=kafka,
        group_id="bench.raw",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await producer.start()
    await consumer.start()
    handled = 0
    async for record in consumer:
        decoded = decode(ORDER_EVENTS, record.key, record.value, record.headers)
        assert isinstance(decoded.message, OrderPlaced)
        await handle(connection, producer, decoded.message, decoded.envelope)
        handled += 1
        if handled % COMMIT_EVERY == 0:
            # What Kafka has not acknowledged yet would be lost if the process died after the commit.
            await producer.flush()
            await consumer.commit()


async def faststream(kafka: str, database: str) -> None:
    """The same handler as a FastStream subscriber that acknowledges after the handler."""
    connection = await asyncpg.connect(database)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    await producer.start()
    broker = KafkaBroker(kafka, logger=None)

    @broker.subscriber(
        ORDER_EVENTS.name,
        group_id="bench.faststream",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def place(_: dict[str, object], message: KafkaMessage) -> None:
        record = message.raw_message
        assert not isinstance(record, tuple)
        decoded = decode(ORDER_EVENTS, record.key, record.value, record.headers)
        assert isinstance(decoded.message, OrderPlaced)
        await handle(connection, producer, decoded.message, decoded.envelope)

    await FastStream(broker, logger=None).run()


if __name__ == "__main__":
    side = {"raw": raw, "faststream": faststream}[sys.argv[1]]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(side(os.environ["BENCH_KAFKA"], os.environ["BENCH_DATABASE"]))
