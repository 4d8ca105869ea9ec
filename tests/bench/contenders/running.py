"""How a contender's process is started: the loop, and where Kafka and PostgreSQL are."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer


@dataclass(frozen=True)
class Place:
    """Kafka's address, the database's URL, a consumer group and a port of the side's own."""

    kafka: str
    database: str
    group: str
    http_port: int

    @classmethod
    def given(cls) -> "Place":
        """From the environment, as the benchmark sets it."""
        return cls(
            os.environ["BENCH_KAFKA"],
            os.environ["BENCH_DATABASE"],
            os.environ["BENCH_GROUP"],
            int(os.environ.get("BENCH_HTTP_PORT", "0")),
        )

    @property
    def sqlalchemy(self) -> str:
        """The database's URL as SQLAlchemy wants it, for asyncpg."""
        return self.database.replace("postgresql://", "postgresql+asyncpg://", 1)


def consumer_of(place: Place, topic: str) -> AIOKafkaConsumer:
    """Reads the topic from its beginning, and commits when it is told to."""
    return AIOKafkaConsumer(
        topic,
        bootstrap_servers=place.kafka,
        group_id=place.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )


async def kafka_ends(place: Place, topic: str) -> tuple[AIOKafkaConsumer, AIOKafkaProducer]:
    """A consumer of the topic and a safe producer, both started."""
    consumer = consumer_of(place, topic)
    producer = AIOKafkaProducer(bootstrap_servers=place.kafka, acks="all", enable_idempotence=True)
    await producer.start()
    await consumer.start()
    return consumer, producer


def run(side: Callable[[Place], Awaitable[None]]) -> None:
    """Run until the process is killed."""

    async def forever() -> None:
        await side(Place.given())

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(forever())
