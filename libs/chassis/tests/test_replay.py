"""Topics are read again from an earlier time: what nobody handled then is handled, and nothing twice."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tsunagu.chassis.http import build_app
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.service import Service
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.world import World, a_scan, a_view, eventually

pytestmark = pytest.mark.component

NEVER_SECONDS = 3_600.0


def of_scans_only(service: Service) -> Service:
    """The version before: it passes over views."""
    (subscription,) = service.subscriptions
    return replace(service, subscriptions=(replace(subscription, handlers=subscription.handlers[:1]),))


async def until_read(world: World, records: int) -> None:
    """Wait until so many records have been taken over or passed over."""

    async def there() -> bool:
        rows = await world.query("SELECT sum(next_offset) AS n FROM consumed_offset")
        return bool(rows[0]["n"] == records)

    await eventually(there, f"{records} records are read")


@asynccontextmanager
async def operator(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        yield client


async def replayed(runtime: Runtime, **asked: Any) -> httpx.Response:
    async with operator(runtime) as client:
        return await client.post("/operator/replay", params={"by": "tests", **asked})


async def passed_over(world: World, visitors: Sequence[str]) -> None:
    """A scan and a view of each, handled by a version that knows no views."""
    async with world.running(of_scans_only(world.service)):
        for visitor in visitors:
            await world.send([record_of(a_scan(visitor)), record_of(a_view(visitor))])
        await until_read(world, 2 * len(visitors))
    assert await world.visits() == len(visitors)


async def test_replay__of_what_a_version_before_passed_over__handles_that_and_nothing_twice(
    world: World,
) -> None:
    await passed_over(world, ["v1", "v2", "v3", "v4"])
    async with world.running(log_check_interval_seconds=NEVER_SECONDS) as runtime:
        looked = await replayed(runtime, dry_run="true")
        assert sum(topic["records"] for topic in looked.json()["topics"].values()) == 8
        await world.send([record_of(a_scan("v1"))])
        await world.until_visits(5)
        assert await world.visits() == 5, "a dry run has nothing read"
        told = await replayed(runtime)
        assert told.status_code == 200 and told.json()["topics"][world.source]["records"] == 9
        await world.until_visits(9)
        await until_read(world, 9)
        await world.until_sent()
    assert {visitor: len(numbers) for visitor, numbers in (await world.told()).items()} == {
        "v1": 3, "v2": 2, "v3": 2, "v4": 2,
    }  # fmt: skip
    assert not await world.query("SELECT FROM dead_letter")


async def test_replay__since_a_time__reads_nothing_from_before(world: World) -> None:
    await passed_over(world, ["v1"])
    since = datetime.now(UTC)
    await passed_over_again(world)
    async with world.running() as runtime:
        told = await replayed(runtime, topic=world.source, since=since.isoformat())
        assert told.json()["topics"][world.source]["records"] == 2
        await world.until_visits(3)
        await until_read(world, 4)
    assert {
        row["visitor_id"] for row in await world.query("SELECT visitor_id FROM visitor WHERE visits = 2")
    } == {"v2"}


async def passed_over_again(world: World) -> None:
    async with world.running(of_scans_only(world.service)):
        await world.send([record_of(a_scan("v2")), record_of(a_view("v2"))])
        await until_read(world, 4)


async def test_replay__asked_of_one_of_two_processes__both_read_their_partitions_again_under_traffic(
    world: World,
) -> None:
    visitors = [f"v{number}" for number in range(8)]  # in all partitions
    await passed_over(world, visitors)
    async with world.running() as one, world.running() as other:
        await world.until_ready(one)
        await world.until_ready(other)
        assert one.consumers[0].partitions and other.consumers[0].partitions
        for number in range(5):
            if number == 2:
                await replayed(one)
            await world.send([record_of(a_view(f"new{number}")) for _ in range(4)])
        await world.until_visits(36)
        await until_read(world, 36)
    assert await world.visits() == 36


@pytest.mark.parametrize(
    ("asked", "status", "reason"),
    [
        ({"topic": "order.events"}, 404, "does not read order.events"),
        ({"since": "yesterday"}, 422, "since can't be read"),
        ({"since": "2026-11-28T10:00:00"}, 422, "since can't be read"),
        ({"by": ""}, 422, "by can't be read"),
    ],
)
async def test_replay__asked_wrongly__is_refused_with_a_reason(
    world: World, asked: dict[str, str], status: int, reason: str
) -> None:
    async with world.running() as runtime:
        answer = await replayed(runtime, **asked)
    assert answer.status_code == status
    assert reason in answer.json()["detail"]


async def test_replay__since_before_ids_are_remembered__is_refused_and_without_a_time_begins_where_they_are(
    world: World,
) -> None:
    await passed_over(world, ["v1"])
    async with world.running(inbox_retention_days=1) as runtime:
        before = datetime.now(UTC) - timedelta(hours=1)
        refused = await replayed(runtime, since=before.isoformat())
        assert refused.status_code == 422
        assert "might be handled twice" in refused.json()["detail"]
        # An inbox of a day has forgotten all but what came this instant, clocks being a day apart.
        assert (await replayed(runtime)).json() == {"topics": {}}
    assert await world.visits() == 1


async def test_replay__before_kafka_is_there__says_so(world: World) -> None:
    async with world.running(ready=False, kafka_bootstrap_servers="127.0.0.1:1") as runtime:

        async def migrated() -> bool:
            return runtime.migrated

        await eventually(migrated, "the database is there")
        answer = await replayed(runtime)
    assert answer.status_code == 503
    assert answer.json()["detail"] == f"{world.source} has not been found in Kafka yet; try again in a moment"
