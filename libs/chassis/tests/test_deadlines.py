"""Deadlines that news can forestall: done when all that was written before them has been read, and not before."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError

from tsunagu.chassis import offsets
from tsunagu.chassis.offsets import LogId
from tsunagu.chassis.read_until import Ends, ReadUntil
from tsunagu.testing.harness import harness, record_of
from tsunagu.testing.toy.app import GONE, toy_service
from tsunagu.testing.toy.world import World, a_scan, eventually

pytestmark = pytest.mark.component

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
WAIT_MAX_SECONDS = 60.0
TOPIC = "toy.in"
LOG = LogId("test-cluster", UUID(int=1))
OFTEN = 500  # records before the one that counts: several batches


async def _deadlines_come_due(world: World) -> None:
    await world.query("UPDATE due_work SET due_at = clock_timestamp()")


async def test_deadline__came_due_while_the_service_was_away__hears_first_what_was_written_meanwhile(
    world: World,
) -> None:
    gone, came_again = f"{GONE}-1", f"{GONE}-2"
    async with world.running(batch_records_max=50):
        await world.send([record_of(a_scan(visitor)) for visitor in (gone, came_again)])
        await world.until_visits(2)
    await world.send([record_of(a_scan("v1")) for _ in range(OFTEN)])
    await world.send([record_of(a_scan(came_again))])
    await _deadlines_come_due(world)
    async with world.running(batch_records_max=50):

        async def done() -> bool:
            return not await world.query("SELECT FROM due_work")

        await eventually(done, "no deadline is left")
        await world.until_sent()
    told = await world.told()
    assert told[came_again] == [1, 2]
    assert told[gone] == [1, 0]


class Kafka:
    """How much is written, as a test says; None: it does not answer."""

    def __init__(self) -> None:
        self.ends: Ends | None = None

    async def written(self) -> Ends:
        if self.ends is None:
            raise KafkaConnectionError("away")
        return self.ends


@asynccontextmanager
async def _reading(
    database: str,
) -> AsyncIterator[tuple[Kafka, ReadUntil, "asyncpg.Connection[asyncpg.Record]"]]:
    kafka = Kafka()
    async with harness(toy_service(TOPIC, "toy.out"), database) as toy:
        for partition in (0, 1):
            await offsets.begin(toy.connection, TOPIC, partition, LOG, offset=0)
        yield kafka, ReadUntil(kafka.written, WAIT_MAX_SECONDS), toy.connection


async def test_read_until__partitions_are_read_one_after_the_other__is_reached_with_the_last(
    database: str,
) -> None:
    async with _reading(database) as (kafka, read_until, connection):
        kafka.ends = {(TOPIC, 0): 5, (TOPIC, 1): 3}
        assert await read_until.look(connection, NOON) < NOON
        await offsets.advance(connection, TOPIC, {0: 5}, NOON)
        # What is written later counts for later deadlines only.
        kafka.ends = {(TOPIC, 0): 9, (TOPIC, 1): 9}
        assert await read_until.look(connection, NOON + timedelta(seconds=1)) < NOON
        await offsets.advance(connection, TOPIC, {1: 3}, NOON)
        assert await read_until.look(connection, NOON + timedelta(seconds=2)) == NOON
        assert await read_until.look(connection, NOON + timedelta(seconds=3)) == NOON


async def test_read_until__all_is_read__is_reached_at_once(database: str) -> None:
    async with _reading(database) as (kafka, read_until, connection):
        kafka.ends = {(TOPIC, 0): 0, (TOPIC, 1): 0}
        assert await read_until.look(connection, NOON) == NOON


@pytest.mark.parametrize("ends", [None, {(TOPIC, 0): 5, (TOPIC, 1): 0}], ids=["away", "stands still"])
async def test_read_until__news_never_comes__is_not_waited_for_longer_than_the_limit(
    database: str, ends: Ends | None
) -> None:
    async with _reading(database) as (kafka, read_until, connection):
        kafka.ends = ends
        for seconds in (0.0, 30.0, WAIT_MAX_SECONDS):
            assert await read_until.look(connection, NOON + timedelta(seconds=seconds)) < NOON
        after = NOON + timedelta(seconds=WAIT_MAX_SECONDS + 1)
        assert await read_until.look(connection, after) == NOON


async def test_read_until__kafka_answers_again__waits_for_what_it_tells_then(database: str) -> None:
    async with _reading(database) as (kafka, read_until, connection):
        assert await read_until.look(connection, NOON) < NOON
        kafka.ends = {(TOPIC, 0): 1, (TOPIC, 1): 0}
        later = NOON + timedelta(seconds=10)
        assert await read_until.look(connection, later) < NOON
        await offsets.advance(connection, TOPIC, {0: 1}, NOON)
        assert await read_until.look(connection, later + timedelta(seconds=1)) == later
