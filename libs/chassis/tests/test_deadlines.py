"""Deadlines that news can forestall: done when all that was written before them has been read, and not before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError, UnknownTopicOrPartitionError

from tsunagu.chassis import offsets
from tsunagu.chassis.cluster import Cluster
from tsunagu.chassis.offsets import LogId
from tsunagu.chassis.read_until import AskedKafka, Ends, ReadUntil, Told
from tsunagu.testing.harness import harness, record_of
from tsunagu.testing.toy.app import FAREWELL, GONE, toy_service
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
    """Tells how much is written when a test says so, and not before."""

    def __init__(self) -> None:
        self.asked = 0
        self.told: Told | None = None

    def ask(self) -> None:
        self.asked += 1
        self.told = None

    def tell(self, at: datetime, ends: Ends) -> None:
        self.told = Told(at, ends)


@asynccontextmanager
async def _reading(
    database: str,
) -> AsyncIterator[tuple[Kafka, ReadUntil, "asyncpg.Connection[asyncpg.Record]"]]:
    kafka = Kafka()
    async with harness(toy_service(TOPIC, "toy.out"), database) as toy:
        for partition in (0, 1):
            await offsets.begin(toy.connection, TOPIC, partition, LOG, offset=0)
        yield kafka, ReadUntil(kafka, WAIT_MAX_SECONDS), toy.connection


async def test_read_until__partitions_are_read_one_after_the_other__is_reached_with_the_last(
    database: str,
) -> None:
    async with _reading(database) as (kafka, read_until, connection):
        assert await read_until.look(connection, NOON) < NOON
        kafka.tell(NOON, {(TOPIC, 0): 5, (TOPIC, 1): 3})
        assert await read_until.look(connection, NOON) < NOON
        await offsets.advance(connection, TOPIC, {0: 5}, NOON)
        assert await read_until.look(connection, NOON + timedelta(seconds=1)) < NOON
        await offsets.advance(connection, TOPIC, {1: 3}, NOON)
        assert await read_until.look(connection, NOON + timedelta(seconds=2)) == NOON
        # It is asked once for a time, and again for the next.
        assert kafka.asked == 1
        assert await read_until.look(connection, NOON + timedelta(seconds=3)) == NOON
        assert kafka.asked == 2


async def test_read_until__all_is_read__is_reached_at_once(database: str) -> None:
    async with _reading(database) as (kafka, read_until, connection):
        await read_until.look(connection, NOON)
        kafka.tell(NOON, {(TOPIC, 0): 0, (TOPIC, 1): 0})
        assert await read_until.look(connection, NOON) == NOON


@pytest.mark.parametrize("ends", [None, {(TOPIC, 0): 5, (TOPIC, 1): 0}], ids=["away", "stands still"])
async def test_read_until__news_never_comes__is_not_waited_for_longer_than_the_limit(
    database: str, ends: Ends | None
) -> None:
    async with _reading(database) as (kafka, read_until, connection):
        for seconds in (0.0, 30.0, WAIT_MAX_SECONDS):
            assert await read_until.look(connection, NOON + timedelta(seconds=seconds)) < NOON
            if ends is not None:
                kafka.tell(NOON, ends)
        after = NOON + timedelta(seconds=WAIT_MAX_SECONDS + 1)
        assert await read_until.look(connection, after) == NOON


async def test_read_until__kafka_answers_late__waits_for_all_that_was_written_until_its_answer(
    database: str,
) -> None:
    async with _reading(database) as (kafka, read_until, connection):
        assert await read_until.look(connection, NOON) < NOON
        later = NOON + timedelta(seconds=10)
        kafka.tell(later, {(TOPIC, 0): 1, (TOPIC, 1): 0})
        assert await read_until.look(connection, later) < NOON
        await offsets.advance(connection, TOPIC, {0: 1}, NOON)
        assert await read_until.look(connection, later + timedelta(seconds=1)) == later


async def test_due_work__kafka_does_not_answer__what_is_no_deadline_is_done_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, frozen = asyncio.Event(), asyncio.Event()

    async def never(*_: object) -> Ends:
        asked.set()
        await frozen.wait()
        raise AssertionError("nobody sets this event")

    monkeypatch.setattr(Cluster, "ends", never)
    late, second_step = f"{GONE}-1", f"{FAREWELL}-1"
    async with world.running():
        await world.send([record_of(a_scan(late))])
        await world.until_visits(1)
        await _deadlines_come_due(world)
        await asked.wait()
        await world.send([record_of(a_scan(second_step))])

        async def done() -> bool:
            return (await world.told()).get(second_step) == [1, 0]

        await eventually(done, "the second step is done")
    assert len(await world.query("SELECT FROM due_work")) == 1


async def test_asking__kafka_was_away__is_asked_again_until_it_answers() -> None:
    answers: list[Ends | KafkaConnectionError] = [KafkaConnectionError("away"), {(TOPIC, 0): 7}]

    async def ends() -> Ends:
        answer = answers.pop(0)
        if isinstance(answer, KafkaConnectionError):
            raise answer
        return answer

    answered = asyncio.Event()
    written = AskedKafka(ends, answered, retry_seconds=0.01)
    asking = asyncio.create_task(written.run())
    try:
        written.ask()
        await answered.wait()
    finally:
        asking.cancel()
    assert written.told is not None
    assert written.told.ends == {(TOPIC, 0): 7}


async def test_ends__of_several_topics__are_the_offsets_after_their_last_records(world: World) -> None:
    await world.send([record_of(a_scan("v1")) for _ in range(3)])
    cluster = Cluster(world.kafka, timeout_seconds=10.0)
    try:
        ends = await cluster.ends([world.source, world.target])
        with pytest.raises(UnknownTopicOrPartitionError):
            await cluster.ends([world.source, "no-such-topic"])
        assert await cluster.ends([world.source, world.target]) == ends
    finally:
        await cluster.close()
    assert {topic for topic, _ in ends} == {world.source, world.target}
    assert sum(end for (topic, _), end in ends.items() if topic == world.source) == 3
    assert not any(end for (topic, _), end in ends.items() if topic == world.target)
