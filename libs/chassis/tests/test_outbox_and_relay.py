"""What is decided is sent, in order per key, whatever the order in which rows commit."""

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tsunagu.chassis import headers
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.world import World, a_scan, eventually

pytestmark = pytest.mark.component


async def insert(connection: "asyncpg.Connection[asyncpg.Record]", topic: str, record: object) -> int:
    row = await connection.fetchrow(
        "INSERT INTO outbox (topic, key, value, headers) VALUES ($1, $2, $3, $4) RETURNING outbox_id",
        topic, record.key, record.value, headers.pack(record.headers),  # type: ignore[attr-defined]
    )  # fmt: skip
    assert row is not None
    return int(row["outbox_id"])


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


async def test_relay__kafka_refuses_one_for_good__it_and_its_followers_are_set_aside_and_others_go_on(
    world: World, kafka_admin: AIOKafkaAdminClient
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
            async with connection.transaction():
                for row in rows:
                    await insert(connection, world.target, row)
            await world.until_sent()
            assert [record.key for record in await world.read()] == [b"small", b"small"]
            aside = await world.query("SELECT key, set_aside_reason FROM outbox ORDER BY outbox_id")
            assert [row["key"] for row in aside] == [b"large", b"large"]
            assert all(row["set_aside_reason"] for row in aside)
        finally:
            await connection.close()


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


async def test_relay__two_processes__one_leads(world: World) -> None:
    async with world.running(), world.running():
        await world.send([record_of(a_scan(f"v{n % 7}")) for n in range(300)])
        await world.until_visits(300)
        await world.until_sent()
        ids = [dict(record.headers)["ce_id"] for record in await world.read()]
    assert len(ids) == len(set(ids)) == 300
