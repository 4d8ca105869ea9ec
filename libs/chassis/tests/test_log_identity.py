"""Which log an offset belongs to: a topic made again, and news that was lost."""

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import UnknownTopicOrPartitionError

from tsunagu.chassis.cluster import Cluster
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.world import World, a_scan, eventually, make_topic_again

pytestmark = pytest.mark.fault


async def test_topic_made_again__while_stopped__is_read_from_its_beginning(
    world: World, kafka_admin: AIOKafkaAdminClient
) -> None:
    async with world.running():
        await world.send([record_of(a_scan("v1")) for _ in range(10)])
        await world.until_visits(10)
    await make_topic_again(kafka_admin, world.source)
    # More records than before: the old offset lies inside the new log, and would pass over the first ten.
    await world.send([record_of(a_scan("v1")) for _ in range(15)])
    async with world.running():
        await world.until_visits(25)
        await world.until_sent()
    assert await world.told() == {"v1": list(range(1, 26))}


async def test_topic_made_again__while_running__is_read_from_its_beginning(
    world: World, kafka_admin: AIOKafkaAdminClient
) -> None:
    async with world.running():
        await world.send([record_of(a_scan("v1")) for _ in range(10)])
        await world.until_visits(10)
        await make_topic_again(kafka_admin, world.source)
        await world.send([record_of(a_scan("v1")) for _ in range(5)])
        await world.until_visits(15)
        await world.until_sent()
    assert await world.told() == {"v1": list(range(1, 16))}


async def test_log_cut_before_it_was_read__partition_stands_still_until_an_operator_accepts(
    world: World, kafka_admin: AIOKafkaAdminClient
) -> None:
    async with world.running():
        await world.send([record_of(a_scan("v1")) for _ in range(3)], partition=0)
        await world.until_visits(3)
    await world.send([record_of(a_scan("v1")) for _ in range(4)], partition=0)
    await kafka_admin.delete_records({TopicPartition(world.source, 0): RecordsToDelete(before_offset=5)})
    async with world.running(ready=False) as runtime:
        await world.send([record_of(a_scan("v2"))], partition=1)
        await world.until_visits(4)
        assert [r for r in await runtime.not_ready_because() if "news was lost" in r]
        assert await runtime.consumers[0].accept_loss(0)
        await world.until_visits(6)
        await world.until_sent()
    assert await world.told() == {"v1": [1, 2, 3, 4, 5], "v2": [1]}


async def test_client_passes_over_records__they_are_read_all_the_same(world: World) -> None:
    """As after an offset that the client did not find, which it begins somewhere else for."""
    async with world.running() as runtime:
        await world.send([record_of(a_scan("v1")) for _ in range(3)], partition=0)
        await world.until_visits(3)
        client = runtime.consumers[0].consumer
        assert client is not None
        place = TopicPartition(world.source, 0)
        client.pause(place)
        await world.send([record_of(a_scan("v1")) for _ in range(4)], partition=0)
        client.seek(place, 5)
        client.resume(place)
        await world.until_visits(7)
        await world.until_sent()
    assert await world.told() == {"v1": list(range(1, 8))}


async def test_log_id__same_topic__stays_until_it_is_made_again(
    world: World, kafka_admin: AIOKafkaAdminClient
) -> None:
    cluster = Cluster(world.kafka, 10.0)
    try:
        first = await cluster.log_id(world.source)
        assert first == await cluster.log_id(world.source)
        assert first.cluster_id
        await make_topic_again(kafka_admin, world.source)

        async def another() -> bool:
            try:
                return (await cluster.log_id(world.source)).topic_id != first.topic_id
            except UnknownTopicOrPartitionError:
                return False  # the broker has not heard of its own new topic yet

        await eventually(another, "the topic has another id")
        with pytest.raises(UnknownTopicOrPartitionError, match="no-such-topic"):
            await cluster.log_id("no-such-topic")
    finally:
        await cluster.close()
