"""What is decided is sent, in order per key, whatever the order in which rows commit."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError

from tsunagu.chassis import clock, outbox
from tsunagu.chassis.http import build_app
from tsunagu.chassis.outbox import Packing
from tsunagu.chassis.partitioning import partition_of
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.sending import Sender
from tsunagu.contracts.envelope import Record
from tsunagu.testing.fault_points import failing_at, gate_at
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.world import World, a_scan, eventually

pytestmark = pytest.mark.component


# How many partitions a transaction believes its topic to have: nobody knows, right, and wrong. They have three.
BELIEVED = [None, 3, 5]


async def insert(connection: "asyncpg.Connection[asyncpg.Record]", topic: str, record: Record) -> int:
    """One row with one message; returns its id."""
    await insert_all(connection, topic, [record])
    return int(await connection.fetchval("SELECT max(outbox_id) FROM outbox WHERE topic = $1", topic))


async def insert_all(
    connection: "asyncpg.Connection[asyncpg.Record]",
    topic: str,
    records: Sequence[Record],
    believed: int | None = None,
) -> None:
    """The records as one transaction writes them."""
    partitions = {} if believed is None else {topic: believed}
    packing = Packing(batch_bytes_max=256_000, parted_records_min=1, partitions=partitions)
    await outbox.insert(connection, {topic: records}, packing)


async def test_relay__an_earlier_id_commits_later__is_sent_all_the_same(world: World) -> None:
    async with world.running(relay_rescan_seconds=0.2):
        slow = await asyncpg.connect(world.database_url)
        fast = await asyncpg.connect(world.database_url)
        try:
            transaction = slow.transaction()
            await transaction.start()
            early = await insert(slow, world.target, record_of(a_scan("early")))
            late = await insert(fast, world.target, record_of(a_scan("late")))
            assert early < late

            async def late_is_there() -> bool:
                return [record.key for record in await world.read()] == [b"late"]

            await eventually(late_is_there, "the later row is sent while the earlier one is open")
            await transaction.commit()
            await world.until_sent()
            assert sorted(record.key for record in await world.read()) == [b"early", b"late"]
        finally:
            await slow.close()
            await fast.close()


async def test_relay__an_earlier_id_commits_later__goes_before_what_comes_next_under_its_key(
    world: World,
) -> None:
    async with world.running(relay_rescan_seconds=60.0):
        slow = await asyncpg.connect(world.database_url)
        fast = await asyncpg.connect(world.database_url)
        try:
            async with slow.transaction():
                await insert(slow, world.target, record_of(a_scan("k", "first")))
                await insert(fast, world.target, record_of(a_scan("other", "between")))
                await world.until_sent()
            await insert(fast, world.target, record_of(a_scan("k", "second")))
            await world.until_sent()
        finally:
            await slow.close()
            await fast.close()
    sent = [json.loads(record.value)["activity_id"] for record in await world.read() if record.key == b"k"]
    assert sent == ["first", "second"]


@pytest.mark.parametrize("in_one_transaction", [True, False])
@pytest.mark.parametrize("believed", BELIEVED)
async def test_relay__kafka_refuses_one_for_good__it_and_its_followers_are_set_aside_and_others_go_on(
    world: World, kafka_admin: AIOKafkaAdminClient, in_one_transaction: bool, believed: int | None
) -> None:
    resource = ConfigResource(ConfigResourceType.TOPIC, world.target, configs={"max.message.bytes": "2000"})
    await kafka_admin.alter_configs([resource])
    large = a_scan("large").model_copy(update={"device_id": "x" * 1_900})
    rows = [
        record_of(large),
        record_of(a_scan("small")),
        record_of(a_scan("large")),
        record_of(a_scan("small")),
    ]
    async with world.running():
        connection = await asyncpg.connect(world.database_url)
        try:
            if in_one_transaction:
                await insert_all(connection, world.target, rows, believed)
            else:
                async with connection.transaction():
                    for row in rows:
                        await insert_all(connection, world.target, [row], believed)
            await world.until_sent()
            assert [record.key for record in await world.read()] == [b"small", b"small"]
            aside = await world.query("SELECT key, reason FROM set_aside ORDER BY set_aside_id")
            assert [row["key"] for row in aside] == [b"large", b"large"]
            assert all(row["reason"] for row in aside)
        finally:
            await connection.close()


def operator(runtime: Runtime) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(build_app(runtime)), base_url="http://operator")


async def test_set_aside__released_through_another_process__is_sent_in_order_before_what_came_since(
    world: World, kafka_admin: AIOKafkaAdminClient
) -> None:
    async def limit_to(bytes_max: int) -> None:
        configs = {"max.message.bytes": str(bytes_max)}
        await kafka_admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, world.target, configs=configs)]
        )

    await limit_to(2_000)
    large = a_scan("v1", "large").model_copy(update={"device_id": "x" * 1_900})
    connection = await asyncpg.connect(world.database_url)
    try:
        async with world.running() as leader, world.running() as other, operator(other) as client:
            await insert(connection, world.target, record_of(large))

            async def listed() -> list[Any]:
                return list((await client.get("/operator/set-aside")).json())

            await eventually(listed, "the large one is set aside")
            await insert(connection, world.target, record_of(a_scan("v1", "behind it")))

            async def both_listed() -> list[Any]:
                rows = await listed()
                return rows if len(rows) == 2 else []

            first, second = await eventually(both_listed, "what comes after it is set aside as well")
            assert (first["topic"], first["key"]) == (world.target, "v1")
            assert first["value_bytes"] > second["value_bytes"]
            assert leader.relay is not other.relay

            await limit_to(1_000_000)
            sent: list[Any] = []

            async def released() -> bool:
                # The broker takes a moment to know its new limit: until then it refuses again.
                answer = await client.post(f"/operator/set-aside/{second['set_aside_id']}/release")
                if answer.status_code == 200 and not sent:
                    assert answer.json() == {"released": [first["set_aside_id"], second["set_aside_id"]]}
                    sent.append(await insert(connection, world.target, record_of(a_scan("v1", "after"))))
                return not await world.query(
                    "SELECT topic FROM outbox WHERE topic = $1 AND sent_at IS NULL"
                    " UNION ALL SELECT topic FROM set_aside",
                    world.target,
                )

            await eventually(released, "everything is sent")
            refused = await client.post(f"/operator/set-aside/{second['set_aside_id']}/release")
            assert refused.status_code == 409
    finally:
        await connection.close()
    ids = [json.loads(record.value)["activity_id"] for record in await world.read()]
    assert ids == ["large", "behind it", "after"]


async def test_relay__a_topic_is_missing__its_rows_wait_and_others_go_on(world: World) -> None:
    async with world.running():
        connection = await asyncpg.connect(world.database_url)
        try:
            await insert(connection, "no-such-topic", record_of(a_scan("v1")))
            await insert(connection, world.target, record_of(a_scan("v2")))
            await world.until_sent()
            assert [record.key for record in await world.read()] == [b"v2"]
            assert len(await world.query("SELECT FROM outbox WHERE topic = 'no-such-topic'")) == 1
        finally:
            await connection.close()


async def test_relay__its_producer_takes_longer_to_start_than_the_lease_is__leads_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    start = Sender.start

    async def start_slowly(sender: Sender) -> None:
        nonlocal passed
        await start(sender)
        passed += 2 * world.settings().relay_lease_seconds

    monkeypatch.setattr(Sender, "start", start_slowly)
    clock.install(replace(clock.MACHINE, monotonic=lambda: time.monotonic() + passed))
    try:
        async with world.running():
            connection = await asyncpg.connect(world.database_url)
            await insert(connection, world.target, record_of(a_scan("v1")))
            await connection.close()
            await world.until_sent()
    finally:
        clock.install(clock.MACHINE)
    assert [record.key for record in await world.read()] == [b"v1"]


@pytest.mark.parametrize("believed", BELIEVED)
async def test_relay__a_partition_fails__its_messages_stay_and_the_others_are_not_sent_again(
    world: World, believed: int | None
) -> None:
    keys = [f"v{number}" for number in range(12)]
    partition = {key: partition_of(key.encode(), 3) for key in keys}
    assert len(set(partition.values())) == 3
    connection = await asyncpg.connect(world.database_url)
    try:
        async with failing_at(f"relay_acknowledged {world.target}", KafkaConnectionError()), world.running():
            twice = [record_of(a_scan(key, f"{key} {turn}")) for turn in ("a", "b") for key in keys]
            await insert_all(connection, world.target, twice, believed)
            await world.until_sent()
            sent = await world.read()
    finally:
        await connection.close()
    of_key = {
        key: [json.loads(r.value)["activity_id"] for r in sent if r.key == key.encode()] for key in keys
    }
    once = {key for key, ids in of_key.items() if ids == [f"{key} a", f"{key} b"]}
    again = {key for key, ids in of_key.items() if ids == [f"{key} a", f"{key} b"] * 2}
    assert once | again == set(keys), "each key's messages are sent in order, all of them"
    # Kafka had the messages of the partition that failed here: that is why they come twice, and they alone.
    assert len({partition[key] for key in again}) == 1
    assert {partition[key] for key in again}.isdisjoint(partition[key] for key in once)


@pytest.mark.parametrize("believed", BELIEVED)
async def test_relay__more_than_a_batch_holds__is_sent_in_order_in_several(
    world: World, believed: int | None
) -> None:
    connection = await asyncpg.connect(world.database_url)
    try:
        async with world.running(relay_batch_bytes_max=16_000, relay_read_bytes_max=16_000):
            for start in range(0, 400, 100):
                scans = [record_of(a_scan("v1", f"{number:04}")) for number in range(start, start + 100)]
                await insert_all(connection, world.target, scans, believed)
            await world.until_sent()
    finally:
        await connection.close()
    ids = [json.loads(record.value)["activity_id"] for record in await world.read()]
    assert ids == [f"{number:04}" for number in range(400)]


async def test_relay__a_large_transaction__is_packed_by_partition_and_goes_out_as_it_is(world: World) -> None:
    began = time.time()
    async with world.running(outbox_parted_records_min=2):
        await world.send([record_of(a_scan("v0"))])
        await world.until_visits(1)
        await world.until_sent()  # from here on the relay has told how many partitions there are
        async with gate_at("relay_read") as gate:
            await world.send([record_of(a_scan(f"v{number % 9}", f"{number:03}")) for number in range(90)])
            await world.until_visits(91)
            packed = await world.query(
                "SELECT partition, partitions FROM outbox WHERE topic = $1 AND sent_at IS NULL", world.target
            )
            gate.opened.set()
        await world.until_sent()
    assert {(row["partition"], row["partitions"]) for row in packed} >= {(0, 3), (1, 3), (2, 3)}
    sent = await world.read()
    assert len(sent) == 91
    assert all(record.partition == partition_of(record.key, 3) for record in sent)
    assert all(began - 1 <= record.timestamp / 1000 <= time.time() + 1 for record in sent)


async def test_relay__two_processes__one_leads(world: World) -> None:
    async with world.running(), world.running():
        await world.send([record_of(a_scan(f"v{n % 7}")) for n in range(300)])
        await world.until_visits(300)
        await world.until_sent()
        ids = [dict(record.headers)["ce_id"] for record in await world.read()]
    assert len(ids) == len(set(ids)) == 300


async def test_relay__a_missing_topic_comes_to_be__its_rows_go_out_in_order(
    world: World, kafka_admin: AIOKafkaAdminClient
) -> None:
    late = f"{world.target}.late"
    async with world.running(
        relay_topic_retry_seconds=0.5, relay_topic_wait_seconds=0.2, relay_rescan_seconds=60.0
    ):
        connection = await asyncpg.connect(world.database_url)
        try:
            for number in range(20):
                await insert(connection, late, record_of(a_scan("v1", f"a{number}")))
                await asyncio.sleep(
                    0.05
                )  # rows come while the topic is missing, found missing, and asked for again
                if number == 10:
                    await kafka_admin.create_topics([NewTopic(late, 1, 1)])

            async def all_sent() -> bool:
                return not await world.query("SELECT FROM outbox WHERE topic = $1", late)

            await eventually(all_sent, "the rows are sent once the topic is there")
            sent = [json.loads(record.value)["activity_id"] for record in await world.read(late)]
            assert sent == [f"a{number}" for number in range(20)]
        finally:
            await connection.close()
            await kafka_admin.delete_topics([late])
