"""Kafka is gone for good: what was said is told again, under its ids and in order; state is told from the tables."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError

from tsunagu.chassis import rebuild
from tsunagu.chassis.http import build_app
from tsunagu.chassis.record_batch import unpack
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.service import Service
from tsunagu.chassis.subscription import Handler, Subscription
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.messages import StockLookedUp
from tsunagu.testing.fault_points import KILL, failing_at
from tsunagu.testing.harness import record_of
from tsunagu.testing.plugin import NewDatabase
from tsunagu.testing.toy.app import FAREWELL, state_of, toy_topic
from tsunagu.testing.toy.world import PATIENCE_SECONDS, World, a_scan, eventually, make_topic_again

pytestmark = [pytest.mark.component, pytest.mark.wide]


@pytest_asyncio.fixture(loop_scope="session")
async def state_topic(world: World, kafka_admin: AIOKafkaAdminClient) -> AsyncIterator[str]:
    """The toy's state topic."""
    name = state_of(world.target)
    await kafka_admin.create_topics([NewTopic(name, 3, 1)])
    yield name
    await kafka_admin.delete_topics([name])


@asynccontextmanager
async def at_rest(world: World, **overrides: Any) -> AsyncIterator[Runtime]:
    """The toy with its database, and nothing that works."""
    runtime = Runtime(world.service, world.settings(**overrides))
    await runtime._migrate()
    try:
        yield runtime
    finally:
        await runtime._close()


def operator(runtime: Runtime) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(build_app(runtime)), base_url="http://operator")


async def until_told(world: World, runtime: Runtime) -> None:
    """Wait until a rebuild has come to its end, but for what is said meanwhile."""

    async def told() -> bool:
        assert runtime.pool is not None
        async with runtime.pool.acquire() as connection:
            left = await rebuild.progress(runtime, connection)
        return not left["telling"] and not left["to_send"].keys() & {world.target, state_of(world.target)}

    await eventually(told, "everything is told again")


def ids_by_key(records: Sequence[Any]) -> dict[bytes, list[bytes]]:
    """The ids under each key, in the order of the topic."""
    ids: dict[bytes, list[bytes]] = {}
    for record in records:
        ids.setdefault(record.key, []).append(dict(record.headers)["ce_id"])
    return ids


async def test_relay__events_are_sent__they_stay_as_said_and_what_is_no_event_goes(world: World) -> None:
    async with world.running():
        await world.send([record_of(a_scan("v1", f"scan {number}")) for number in range(3)])
        await world.until_visits(3)

        async def heartbeats_are_gone() -> bool:
            rows = await world.query("SELECT DISTINCT topic, sent_at IS NULL AS unsent FROM outbox")
            return [tuple(row) for row in rows] == [(world.target, False)]

        await eventually(heartbeats_are_gone, "only events are left, and they are said")


async def test_rebuild__log_lost__events_come_again_under_their_ids_in_their_order_and_state_in_full(
    world: World, state_topic: str, kafka_admin: AIOKafkaAdminClient
) -> None:
    world.overrides["retold_rows_max"] = 2
    scans = [record_of(a_scan(f"v{number % 5}", f"scan {number}")) for number in range(40)]
    async with world.running():
        await world.send(scans)
        await world.until_visits(40)
        await world.until_sent()
    before = await world.read()
    assert len(before) == 40
    await make_topic_again(kafka_admin, world.target)
    async with world.running() as runtime, operator(runtime) as client:
        planned = (await client.post("/operator/rebuild", params={"dry_run": "true"})).json()
        assert planned == {"said": {world.target: 40}, "state": {state_topic: 5}}
        assert (
            await world.query("SELECT FROM outbox WHERE sent_at IS NULL AND topic = $1", world.target) == []
        )
        assert (await client.post("/operator/rebuild")).json() == planned
        await until_told(world, runtime)
        left = (await client.get("/operator/rebuild")).json()
        assert left["telling"] == {}
    after = await world.read()
    assert ids_by_key(after) == ids_by_key(before)
    assert {r.key: r.value for r in after} == {r.key: r.value for r in before}
    state = {r.key.decode(): json.loads(r.value)["locations_found"] for r in await world.read(state_topic)}
    assert state == {f"v{number}": 8 for number in range(5)}


def reader(topic: str) -> Service:
    """Writes down whatever it hears, however often its handler is given it."""

    async def hear(tx: Transaction, messages: Sequence[Any]) -> None:
        await tx.connection.executemany(
            "INSERT INTO heard (visitor_id, number) VALUES ($1, $2)",
            [(received.message.visitor_id, received.message.locations_found) for received in messages],
        )

    return Service("insight", (Subscription(toy_topic(topic), (Handler(StockLookedUp, hear),)),))


async def test_rebuild__reader_missed_the_latest_events__it_hears_those_and_nothing_twice(
    world: World, state_topic: str, kafka_admin: AIOKafkaAdminClient, new_database: NewDatabase
) -> None:
    elsewhere = World(world.kafka, await new_database(None), world.target, world.target)
    await elsewhere.query(
        "CREATE TABLE heard (heard_id bigint GENERATED ALWAYS AS IDENTITY, visitor_id text, number int)"
    )

    async def heard(count: int) -> dict[str, list[int]]:
        async def enough() -> list[asyncpg.Record]:
            rows = await elsewhere.query("SELECT visitor_id, number FROM heard ORDER BY heard_id")
            return rows if len(rows) >= count else []

        found: dict[str, list[int]] = {}
        for row in await eventually(enough, f"{count} events are heard"):
            found.setdefault(row["visitor_id"], []).append(row["number"])
        return found

    async with world.running():
        async with elsewhere.running(reader(world.target)):
            await world.send([record_of(a_scan(f"v{number % 2}")) for number in range(10)])
            await heard(10)
        await world.send([record_of(a_scan(f"v{number % 2}")) for number in range(4)])
        await world.until_visits(14)
        await world.until_sent()
    await make_topic_again(kafka_admin, world.target)
    async with world.running() as runtime, elsewhere.running(reader(world.target)):
        await rebuild.begin(runtime)
        await until_told(world, runtime)
        await world.send([record_of(a_scan("v0"))])
        assert await heard(15) == {"v0": list(range(1, 9)), "v1": list(range(1, 8))}


async def test_retelling__killed_in_the_middle__the_next_process_tells_the_rest(
    world: World, state_topic: str
) -> None:
    world.overrides["retold_rows_max"] = 1
    async with world.running():
        await world.send([record_of(a_scan(f"v{number:02}")) for number in range(12)])
        await world.until_visits(12)
        await world.until_sent()
    async with at_rest(world) as runtime:
        await rebuild.begin(runtime)
    async with world.process(f"due_handled:{KILL}:5") as child:
        await asyncio.wait_for(child.wait(), PATIENCE_SECONDS)
    rows = await world.query("SELECT payload -> 'after' ->> 0 AS after FROM due_work")
    assert [row["after"] for row in rows] == ["v03"], "four pages were committed, the fifth was not"
    async with world.running() as runtime:
        await until_told(world, runtime)
    told = [record.key.decode() for record in await world.read(state_topic)]
    assert sorted(set(told)) == [f"v{number:02}" for number in range(12)]


async def test_relay__another_cluster_than_before__sends_nothing_until_rebuilt(
    world: World, state_topic: str
) -> None:
    async with world.running():
        await world.send([record_of(a_scan("v1"))])
        await world.until_visits(1)
        await world.until_sent()
    await world.query("UPDATE relay_lease SET cluster_id = 'gone', met_cluster_id = 'gone'")
    async with world.running(ready=False) as runtime, operator(runtime) as client:
        await world.send([record_of(a_scan("v1"))])
        await world.until_visits(2)

        async def says_why() -> bool:
            answer = await client.get("/readyz")
            return (
                answer.status_code == 503
                and "another Kafka cluster than before; run `tsunagu rebuild`" in answer.json()["reasons"]
            )

        await eventually(says_why, "it says that this is another cluster")
        assert len(await world.read()) == 1, "nothing newer goes first"
        assert (await client.post("/operator/rebuild")).status_code == 200
        await until_told(world, runtime)
        await world.until_ready(runtime)
    assert await world.told() == {"v1": [1, 2]}
    clusters = await world.query("SELECT cluster_id = met_cluster_id AS same FROM relay_lease")
    assert [row["same"] for row in clusters] == [True]


async def test_said__a_partition_was_acknowledged_later__the_row_is_kept_whole(world: World) -> None:
    scans = [record_of(a_scan(f"v{number}", f"scan {number}")) for number in range(12)]
    async with failing_at(f"relay_acknowledged {world.target}", KafkaConnectionError()), world.running():
        await world.send(scans)
        await world.until_visits(12)
        await world.until_sent()
    rows = await world.query(
        "SELECT batch, records, unsent, sent_at FROM outbox WHERE topic = $1", world.target
    )
    assert all(row["unsent"] is None and row["sent_at"] is not None for row in rows)
    said = [message.key for row in rows for message in unpack(row["batch"])]
    assert sorted(said) == sorted(scan.key for scan in scans)
    assert sum(row["records"] for row in rows) == 12


async def test_upkeep__said_long_ago__the_latest_event_of_each_open_key_stays_and_is_told_first(
    world: World, state_topic: str, kafka_admin: AIOKafkaAdminClient
) -> None:
    async with world.running():
        for visitor in ("v1", "v2", f"{FAREWELL}3"):
            await world.send([record_of(a_scan(visitor)) for _ in range(3)])
        await world.until_visits(9)
        await world.until_sent()
    before = ids_by_key(await world.read())
    assert len(before) == 3
    await world.query("UPDATE outbox SET sent_at = sent_at - interval '73 hours'")
    async with world.running(upkeep_interval_seconds=0.1, said_compacted_rows_max=1):

        async def compacted() -> bool:
            return not await world.query("SELECT FROM outbox WHERE topic = $1", world.target)

        await eventually(compacted, "what was said is compacted")
        await world.send([record_of(a_scan("v1"))])
        await world.until_visits(10)
        await world.until_sent()
    kept = await world.query("SELECT key FROM last_said ORDER BY key")
    assert [row["key"] for row in kept] == [b"v1", b"v2"]
    newest = ids_by_key(await world.read())[b"v1"][-1]
    await make_topic_again(kafka_admin, world.target)
    async with world.running() as runtime:
        await rebuild.begin(runtime)
        await until_told(world, runtime)
    assert ids_by_key(await world.read()) == {
        b"v1": [before[b"v1"][-1], newest],
        b"v2": [before[b"v2"][-1]],
    }
    assert await world.query("SELECT FROM last_said") == []


async def test_upkeep__a_key_has_closed_without_news__its_event_is_forgotten(world: World) -> None:
    async with at_rest(world):
        long_ago = datetime.now(UTC) - timedelta(hours=100)
        for key in (b"v1", FAREWELL.encode()):
            await world.query(
                "INSERT INTO last_said (topic, key, batch, recorded_at, looked_at) VALUES ($1, $2, '', $3, $3)",
                world.target, key, long_ago,
            )  # fmt: skip
    async with world.running(upkeep_interval_seconds=0.1):

        async def forgotten() -> bool:
            return len(await world.query("SELECT FROM last_said")) == 1

        await eventually(forgotten, "the closed key is forgotten")
    assert [row["key"] for row in await world.query("SELECT key FROM last_said")] == [b"v1"]
