"""What all sides of the benchmark share: servers, stock, orders, and a reader that waits for the decisions."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

import inventory
from tsunagu.chassis.database import connect, migrate
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.topics import ensure_topics, local_topics
from tsunagu.contracts.envelope import Envelope, Record, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import OrderPlaced, StockRejected, StockReserved
from tsunagu.contracts.topics import INVENTORY_EVENTS, ORDER_EVENTS
from tsunagu.stack.urls import with_database
from tsunagu.testing.embedded import embedded_kafka, embedded_postgres

STORES = 1_000
SKUS = 1_000
LINES_PER_ORDER = 3
UNITS_PER_ROW = 1_000  # never short: what is measured is promising, not refusing
PATIENCE_SECONDS = 600.0
# The stock of 10^6 rows with its index is 200 MB. A server that can't keep it in memory is one nobody would run, and
# would make every side measure its disk.
SHARED_BUFFERS_MEGABYTES = 512
_DECISIONS = {kind.WIRE_TYPE.encode() for kind in (StockReserved, StockRejected)}

# A million movements would make the same stock, slower: the ledger's triggers are passed over once.
LOAD = f"""
SET session_replication_role = replica;
INSERT INTO location (location_id, version, kind, prefecture, latitude, longitude, pickup_enabled, opens, closes)
SELECT 'S' || n, 1, 'store', 'JP-13', 35.0 + n * 0.001, 139.0 + n * 0.001, true, '{{}}', '{{}}'
FROM generate_series(1, {STORES}) AS n;
INSERT INTO product (sku, version, price_jpy) SELECT 'K' || n, 1, 1000 FROM generate_series(1, {SKUS}) AS n;
INSERT INTO stock (location_id, sku, on_hand)
SELECT 'S' || s, 'K' || k, {UNITS_PER_ROW} FROM generate_series(1, {STORES}) AS s, generate_series(1, {SKUS}) AS k;
"""


@dataclass(frozen=True)
class Server:
    """The PostgreSQL server; the template database holds the stock."""

    postgres: str
    template: str

    async def database(self, name: str) -> str:
        """A database with the loaded stock, made anew."""
        admin = await asyncpg.connect(self.postgres)
        try:
            await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {self.template}")
            # The copy's pages are written now, not while something is measured.
            await admin.execute("CHECKPOINT")
        finally:
            await admin.close()
        return with_database(self.postgres, name)


@asynccontextmanager
async def server() -> AsyncIterator[Server]:
    """Start the database server and load the stock."""
    async with embedded_postgres(durable=True, shared_buffers_megabytes=SHARED_BUFFERS_MEGABYTES) as postgres:
        admin = await asyncpg.connect(postgres.address)
        await admin.execute("CREATE DATABASE bench_template")
        await admin.close()
        url = with_database(postgres.address, "bench_template")
        connection = await connect(ChassisSettings(database_url=url, statement_timeout_seconds=300), "bench")
        await migrate(connection, "public", Path(inventory.__file__).with_name("migrations"))
        await connection.execute(LOAD)
        await connection.execute("VACUUM ANALYZE")
        await connection.close()
        yield Server(postgres.address, "bench_template")


@asynccontextmanager
async def broker() -> AsyncIterator[str]:
    """A broker with the topics, empty: each side has one of its own."""
    async with embedded_kafka(heap_megabytes=512) as kafka:
        await ensure_topics(kafka.address, local_topics())
        yield kafka.address


def orders(count: int, seed: int) -> list[Record]:
    """Placed orders for pickup, each with three different SKUs in one store, as records of order.events."""
    chance = random.Random(seed)
    now = datetime.now(UTC)
    records = []
    for _ in range(count):
        order_id = uuid7()
        lines = [
            {
                "line_id": str(place),
                "group_id": "g1",
                "sku": f"K{number}",
                "quantity": chance.choice((1, 1, 1, 2)),
                "unit_price_jpy": 1990,
                "tax_percent": 10,
            }
            for place, number in enumerate(chance.sample(range(1, SKUS + 1), LINES_PER_ORDER), 1)
        ]
        placed = OrderPlaced.model_validate(
            {
                "order_id": order_id,
                "version": 1,
                "occurred_at": now,
                "placed_at": now,
                "channel": "ec",
                "groups": [
                    {"group_id": "g1", "method": "pickup", "location_id": f"S{chance.randint(1, STORES)}"}
                ],
                "lines": lines,
                "payment": "prepaid",
            }
        )
        envelope = Envelope.for_message(placed, id=uuid7(), source="bench", time=now)
        records.append(encode(envelope, placed))
    return records


async def produce(kafka: str, records: Sequence[Record]) -> None:
    """Write the backlog."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for record in records:
            await producer.send(
                ORDER_EVENTS.name, value=record.value, key=record.key, headers=list(record.headers)
            )
        await producer.flush()
    finally:
        await producer.stop()


async def throughput(kafka: str, expected: int, started: asyncio.Event) -> float:
    """Decisions per second, from the first one readable on Kafka to the last of `expected`.

    Counting begins behind what the topic holds now; `started` is set once that is known.
    """
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="latest", fetch_max_wait_ms=20)
    await consumer.start()
    try:
        partitions = [
            TopicPartition(INVENTORY_EVENTS.name, number)
            for number in range(INVENTORY_EVENTS.partitions_local)
        ]
        consumer.assign(partitions)
        await consumer.seek_to_end(*partitions)
        for partition in partitions:
            await consumer.position(partition)
        started.set()
        seen = 0
        first: float | None = None
        after_first = 0
        async with asyncio.timeout(PATIENCE_SECONDS):
            while seen < expected:
                batches = await consumer.getmany(timeout_ms=100)
                arrived = time.perf_counter()
                decided = sum(
                    dict(record.headers)["ce_type"] in _DECISIONS
                    for batch in batches.values()
                    for record in batch
                )
                if decided and first is None:
                    first = arrived  # what came with it is not counted: it was made before the clock started
                elif first is not None:
                    after_first += decided
                seen += decided
        assert first is not None
        return after_first / (arrived - first)
    finally:
        await consumer.stop()
