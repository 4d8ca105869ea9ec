"""Each message counts exactly once in a read model, whoever is killed, frozen, cut off or comes beside."""

import asyncio
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from tsunagu.channel import Channel, NewsLost, ReadModel
from tsunagu.channel.store import Place
from tsunagu.channel.taking_over import entry_of, take_over

from .backbone import PATIENCE_SECONDS, Backbone, Kind, an_availability
from .counting import counted, model, rows

KEYS = 50


def news(first: int, records: int) -> list[Any]:
    return [an_availability(f"sku-{number % KEYS}", number + 1) for number in range(first, first + records)]


async def taken_over(kind: Kind) -> int:
    """How much the model has counted; 0 while it is not there."""
    try:
        return sum((await counted(kind.name, kind.location)).values())
    except (sqlite3.Error, asyncpg.PostgresError):
        return 0


async def until_counted(kind: Kind, least: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await taken_over(kind) < least:  # noqa: ASYNC110 - another process's row tells nobody
            await asyncio.sleep(0.03)


def expected(records: int) -> dict[str, int]:
    return {f"S001:sku-{number}": records // KEYS for number in range(KEYS)}


async def catch_up(backbone: Backbone, read_model: ReadModel[Any]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), Channel("kiosk", backbone.settings) as channel:
        await channel.catch_up(read_model)


@pytest.mark.fault
@pytest.mark.timeout(400)  # three processes are started, and each waits for the killed one's session to end
async def test_process__killed_again_and_again__goes_on_where_it_was(backbone: Backbone, kind: Kind) -> None:
    records = 40 * KEYS
    await backbone.say(news(0, records))
    program = str(Path(__file__).with_name("following_process.py"))
    for part in (0, 1, 2):
        process = await asyncio.create_subprocess_exec(
            sys.executable, program, kind.name, kind.location, backbone.address, backbone.availability.name
        )
        try:
            await until_counted(kind, part * records // 4 + 1)
        finally:
            process.kill()
            await process.wait()
    assert await taken_over(kind) < records  # else nothing was interrupted
    await catch_up(backbone, model(kind.name, kind.location, backbone.availability))
    assert await counted(kind.name, kind.location) == expected(records)


@pytest.mark.component
async def test_processes__that_come_and_go__part_the_work(backbone: Backbone, kind: Kind) -> None:
    def the_model() -> ReadModel[Any]:
        return model(kind.name, kind.location, backbone.availability)

    async with Channel("kiosk", backbone.settings) as channel:
        followers: list[asyncio.Task[None]] = []
        for part in range(4):
            await backbone.say(news(part * 4 * KEYS, 4 * KEYS))
            followers.append(asyncio.create_task(channel.follow(the_model())))
            await until_counted(kind, part * 4 * KEYS + 1)
            if part == 2:
                followers.pop(0).cancel()
        await until_counted(kind, 16 * KEYS)
        for follower in followers:
            follower.cancel()
        await asyncio.gather(*followers, return_exceptions=True)
    assert await counted(kind.name, kind.location) == expected(16 * KEYS)


@pytest.mark.component
async def test_fence__who_has_lost_the_partition__changes_nothing(backbone: Backbone, kind: Kind) -> None:
    await backbone.say([an_availability("a")])
    (record,) = await backbone.written(backbone.availability)
    place = Place(record.topic, record.partition)
    woken, successor = (model(kind.name, kind.location, backbone.availability) for _ in range(2))
    entries = [entry_of(record, backbone.availability, woken.handlers)]
    await woken.store.open(woken.schema, None)
    first, second = [await one.store.claim(place, 0, None) for one in (woken, successor)]
    assert first is not None and second is not None
    (before, is_new), (after, is_new_again) = first, second
    assert (is_new, is_new_again, after.fence) == (True, False, before.fence + 1)
    async with woken.store.transaction() as transaction:
        taken = await take_over(transaction, entries, {place: before.fence}, backbone.settings)
    assert taken.lost == {place} and await taken_over(kind) == 0
    for _ in range(2):
        async with successor.store.transaction() as transaction:
            await take_over(transaction, entries, {place: after.fence}, backbone.settings)
    assert await counted(kind.name, kind.location) == {"S001:a": 1}
    await woken.store.close()
    await successor.store.close()


async def claimed_for_one_record(
    backbone: Backbone, kind: Kind
) -> tuple[ReadModel[Any], Any, dict[Place, int]]:
    """A read model that has claimed the partition of the one record there is; the record, and the claim's fence."""
    await backbone.say([an_availability("a")])
    (record,) = await backbone.written(backbone.availability)
    place = Place(record.topic, record.partition)
    read_model = model(kind.name, kind.location, backbone.availability)
    await read_model.store.open(read_model.schema, None)
    claimed = await read_model.store.claim(place, 0, None)
    assert claimed is not None
    return read_model, record, {place: claimed[0].fence}


@pytest.mark.component
async def test_change_and_offset__one_fails__neither_is_there(backbone: Backbone, kind: Kind) -> None:
    read_model, record, fences = await claimed_for_one_record(backbone, kind)
    entries = [entry_of(record, backbone.availability, read_model.handlers)]
    with pytest.raises(ZeroDivisionError):
        async with read_model.store.transaction() as transaction:
            await take_over(transaction, entries, fences, backbone.settings)
            raise ZeroDivisionError
    assert await taken_over(kind) == 0
    assert await read_model.store.next_offsets() == dict.fromkeys(fences, 0)
    await read_model.store.close()


@pytest.mark.component
async def test_offset__a_record_whose_id_is_forgotten__is_not_taken_over_again(
    backbone: Backbone, kind: Kind
) -> None:
    """What has been taken over is told by its offset alone, also when nothing else knows it any more."""
    read_model, record, fences = await claimed_for_one_record(backbone, kind)
    entries = [entry_of(record, backbone.availability, read_model.handlers)]
    for _ in range(2):
        async with read_model.store.transaction() as transaction:
            await take_over(transaction, entries, fences, backbone.settings)
            await transaction.advance({}, dict.fromkeys(fences, record.timestamp + 1))
        assert await rows(kind.name, kind.location, "SELECT * FROM channel_seen") == []
    assert await counted(kind.name, kind.location) == {"S001:a": 1}
    await read_model.store.close()


@pytest.mark.component
async def test_claim__replayed_from_another_time_meanwhile__begins_nothing(
    backbone: Backbone, kind: Kind
) -> None:
    """Where to begin was looked for by the old time; begun there, the replay would have no effect."""
    noon = datetime(2026, 4, 1, 12, tzinfo=UTC)
    place = Place(backbone.availability.name, 0)
    following, replayed = (model(kind.name, kind.location, backbone.availability) for _ in range(2))
    since = (await following.store.open(following.schema, None)).since
    await replayed.store.empty(replayed.schema, noon)
    assert await following.store.claim(place, 0, since) is None
    assert await following.store.next_offsets() == {}
    since = (await following.store.open(following.schema, None)).since
    claimed = await following.store.claim(place, 7, since)
    assert claimed is not None and claimed[0].next_offset == 7 and claimed[1]
    await following.store.close()
    await replayed.store.close()


@pytest.mark.component
async def test_news__deleted_before_it_was_read__stops_the_model_until_it_is_replayed(
    backbone: Backbone, kind: Kind, kafka_admin: AIOKafkaAdminClient
) -> None:
    read_model = model(kind.name, kind.location, backbone.availability)
    await backbone.say(news(0, KEYS))
    await catch_up(backbone, read_model)
    await backbone.say(news(KEYS, KEYS))
    consumer = AIOKafkaConsumer(bootstrap_servers=backbone.address)
    await consumer.start()
    partitions = [TopicPartition(backbone.availability.name, one) for one in range(3)]
    ends = await consumer.end_offsets(partitions)
    await consumer.stop()
    await kafka_admin.delete_records({one: RecordsToDelete(before_offset=ends[one]) for one in partitions})
    with pytest.raises(NewsLost, match="replay"):
        await catch_up(backbone, read_model)
    await backbone.say(news(0, KEYS))
    async with Channel("kiosk", backbone.settings) as channel:
        await channel.replay(read_model)
    await catch_up(backbone, read_model)
    assert await counted(kind.name, kind.location) == expected(KEYS)


@pytest.mark.fault
async def test_database__cut_off_while_it_works__is_waited_for(backbone: Backbone, kind: Kind) -> None:
    records = 40 * KEYS
    await backbone.say(news(0, records))
    settings = backbone.settings.model_copy(update={"batch_records_max": 20})
    async with Channel("kiosk", settings) as channel:
        following = asyncio.create_task(
            channel.follow(model(kind.name, kind.location, backbone.availability))
        )
        for part in (1, 2, 3):
            await until_counted(kind, part * records // 8)
            await cut_off(kind)
        await until_counted(kind, records)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert await counted(kind.name, kind.location) == expected(records)
    assert await rows(kind.name, kind.location, "SELECT count(*) FROM channel_refused") == [(0,)]


async def cut_off(kind: Kind) -> None:
    """End the model's connections; of SQLite, which has none, hold the file for longer than the model waits for it."""
    if kind.name == "postgres":
        connection = await asyncpg.connect(kind.location)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tsunagu read model%'"
            " AND datname = current_database()"
        )
        await connection.close()
        return

    def hold() -> None:
        db = sqlite3.connect(kind.location, isolation_level=None, timeout=30)
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            sqlite3.connect(kind.location, isolation_level=None, timeout=0.3).execute("BEGIN IMMEDIATE")
        db.execute("ROLLBACK")
        db.close()

    await asyncio.to_thread(hold)
