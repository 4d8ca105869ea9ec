"""Timers and second steps: done once, when due, however often they fail before."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from tsunagu.chassis.due import SQL
from tsunagu.testing.harness import harness, record_of
from tsunagu.testing.toy.app import FAREWELL, toy_service, toy_topic
from tsunagu.testing.toy.world import World, a_scan, eventually

pytestmark = pytest.mark.component


async def test_due_work__is_done_once_by_two_processes(world: World) -> None:
    visitors = [f"{FAREWELL}-{number}" for number in range(30)]
    async with world.running(), world.running():
        await world.send([record_of(a_scan(visitor)) for visitor in visitors])
        await world.until_visits(30)

        async def done() -> bool:
            return not await world.query("SELECT FROM due_work")

        await eventually(done, "all due work is done")
        await world.until_sent()
    assert await world.told() == {visitor: [1, 0] for visitor in visitors}


async def test_claim__a_plan_for_a_smaller_table__takes_no_more_than_asked_for(database: str) -> None:
    async with harness(toy_service("toy.in", "toy.out"), database) as toy:
        topic = toy_topic("toy.in")
        await toy.deliver_records(topic, [record_of(a_scan(f"{FAREWELL}-0"))])
        await toy.connection.execute("ANALYZE due_work")
        await toy.deliver_records(topic, [record_of(a_scan(f"{FAREWELL}-{n}")) for n in range(1, 8)])
        soon = datetime.now(UTC) + timedelta(days=1)
        claims = [len(await toy.connection.fetch(SQL.claim_due, soon, 60.0, 3, [], soon)) for _ in range(4)]
    assert claims == [3, 3, 2, 0]


async def test_due_work__fails__is_put_off_with_its_reason_and_holds_nobody_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_FAREWELL", "fails")
    async with world.running(due_retry_seconds=0.2):
        await world.send([record_of(a_scan(f"{FAREWELL}-1")), record_of(a_scan("v1"))])
        await world.until_visits(2)

        async def failing() -> list[asyncpg.Record]:
            return await world.query("SELECT attempts, last_error FROM due_work WHERE attempts >= 2")

        (row,) = await eventually(failing, "the due work has failed twice")
        assert "ZeroDivisionError: the farewell fails" in row["last_error"]
        monkeypatch.setenv("TOY_FAREWELL", "works")

        async def done() -> bool:
            return not await world.query("SELECT FROM due_work")

        await eventually(done, "the due work is done in the end")
        await world.until_sent()
    assert (await world.told())[f"{FAREWELL}-1"] == [1, 0]


async def test_due_work__moved_while_it_is_claimed__is_not_done_at_its_old_time(database: str) -> None:
    service = toy_service("toy.in", "toy.out")
    async with harness(service, database) as toy:
        await toy.deliver_records(toy_topic("toy.in"), [record_of(a_scan(f"{FAREWELL}-1"))])
        claimed = await toy.connection.fetchrow(
            "UPDATE due_work SET claimed_until = now() + interval '1 hour' RETURNING claimed_until"
        )
        assert claimed is not None
        # Scheduled again under the same key: the claim is void, and the work is due at its new time.
        await toy.deliver_records(toy_topic("toy.in"), [record_of(a_scan(f"{FAREWELL}-1"))])
        row = await toy.connection.fetchrow("SELECT claimed_until FROM due_work")
        assert row is not None
        assert row["claimed_until"] is None
        await toy.work_due()
        assert await toy.connection.fetchval("SELECT count(*) FROM due_work") == 0
