"""Partitions that move in the middle of the work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from tsunagu.chassis.service import Service
from tsunagu.chassis.subscription import Subscription
from tsunagu.testing.fault_points import gate_at
from tsunagu.testing.harness import record_of
from tsunagu.testing.plugin import NewTestTopic
from tsunagu.testing.toy.app import toy_service, toy_topic
from tsunagu.testing.toy.world import World, a_scan

pytestmark = pytest.mark.fault
VISITORS = [f"v{number}" for number in range(12)]


async def test_rebalance__in_the_middle_of_a_batch__waits_for_its_commit(world: World) -> None:
    await world.send([record_of(a_scan(visitor)) for _ in range(5) for visitor in VISITORS])
    async with gate_at("handled") as gate, world.running():
        await asyncio.wait_for(gate.reached.wait(), 30)
        second = asyncio.create_task(_run_until_visits(world, 120))
        await world.send([record_of(a_scan(visitor)) for _ in range(5) for visitor in VISITORS])
        await asyncio.sleep(0)  # the second joins while the first holds its batch
        gate.opened.set()
        await second
        await world.until_sent()
    assert await world.told() == {visitor: list(range(1, 11)) for visitor in VISITORS}


async def test_rebalance__batch_takes_longer_than_the_wait__fence_drops_what_the_other_did(
    world: World,
) -> None:
    await world.send([record_of(a_scan(visitor)) for _ in range(5) for visitor in VISITORS])
    async with gate_at("decoded") as gate, world.running(rebalance_wait_seconds=0.1):
        await asyncio.wait_for(gate.reached.wait(), 30)
        async with world.running():
            await world.send([record_of(a_scan(visitor)) for _ in range(5) for visitor in VISITORS])
            # The second has some partitions, and what the first polled of them.
            gate.opened.set()
            await world.until_visits(120)
            await world.until_sent()
    assert await world.told() == {visitor: list(range(1, 11)) for visitor in VISITORS}


async def test_members__come_and_go__all_partitions_are_read_on(world: World) -> None:
    sent = 0
    for members in (1, 3, 2, 1):
        async with _many(world, members):
            await world.send([record_of(a_scan(visitor)) for _ in range(5) for visitor in VISITORS])
            sent += 5
            await world.until_visits(sent * len(VISITORS))
            await world.until_sent()
    assert await world.told() == {visitor: list(range(1, sent + 1)) for visitor in VISITORS}


async def test_two_topics__same_rows_in_opposite_order__no_deadlock(
    world: World, new_topic: NewTestTopic
) -> None:
    other = World(world.kafka, world.database_url, await new_topic("toy.in"), world.target, world.overrides)
    rounds = 60
    async with world.running(_of_both(world, other), batch_records_max=len(VISITORS)):
        await asyncio.gather(
            world.send([record_of(a_scan(v)) for _ in range(rounds) for v in VISITORS], partition=0),
            other.send(
                [record_of(a_scan(v)) for _ in range(rounds) for v in reversed(VISITORS)], partition=0
            ),
        )
        await world.until_visits(2 * rounds * len(VISITORS))
        await world.until_sent()
    rows = await world.query("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert rows[0]["deadlocks"] == 0
    assert await world.told() == {visitor: list(range(1, 2 * rounds + 1)) for visitor in VISITORS}


@pytest.mark.parametrize("silent", [0, 1])
async def test_start__a_group_waits_for_a_silent_member__the_other_topic_is_read(
    world: World, new_topic: NewTestTopic, silent: int
) -> None:
    other = World(world.kafka, world.database_url, await new_topic("toy.in"), world.target, world.overrides)
    held, free = (world, other) if silent == 0 else (other, world)
    service = _of_both(world, other)
    async with (
        _silent_member(held, f"{service.name}.{held.source}") as member,
        world.running(service, ready=False),
    ):
        await asyncio.gather(
            *(each.send([record_of(a_scan(visitor)) for visitor in VISITORS]) for each in (held, free))
        )
        await world.until_visits(len(VISITORS))
        await member.stop()
        await world.until_visits(2 * len(VISITORS))


def _of_both(world: World, other: World) -> Service:
    """The toy with the topics of both."""
    one = world.service
    return Service(
        name=one.name,
        subscriptions=(
            *one.subscriptions,
            Subscription(
                toy_topic(other.source), toy_service(other.source, world.target).subscriptions[0].handlers
            ),
        ),
        locks=one.locks,
        migrations=one.migrations,
        due=one.due,
    )


@asynccontextmanager
async def _silent_member(world: World, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A member that has all partitions of the group, and does not hear that another one wants to join."""
    member = AIOKafkaConsumer(
        world.source,
        bootstrap_servers=world.kafka,
        group_id=group,
        session_timeout_ms=60_000,
        rebalance_timeout_ms=60_000,
        partition_assignment_strategy=(RoundRobinPartitionAssignor,),
        enable_auto_commit=False,
    )
    await member.start()
    try:
        coordination = member._coordinator._coordination_task
        coordination.cancel()
        await asyncio.gather(coordination, return_exceptions=True)
        yield member
    finally:
        await member.stop()


async def _run_until_visits(world: World, count: int) -> None:
    async with world.running():
        await world.until_visits(count)


class _many:  # noqa: N801 - reads as a function
    def __init__(self, world: World, members: int) -> None:
        self._contexts = [world.running() for _ in range(members)]

    async def __aenter__(self) -> None:
        await asyncio.gather(*(context.__aenter__() for context in self._contexts))

    async def __aexit__(self, *error: object) -> None:
        await asyncio.gather(*(context.__aexit__(None, None, None) for context in self._contexts))
