"""Redrives that operators ask for: counted dry, at a rate, in order per key, cancelled, and resumed after a crash."""

import time
from typing import Any

import httpx
import pytest

from tsunagu.chassis import clock, redriving
from tsunagu.chassis.http import build_app
from tsunagu.chassis.runtime import Runtime
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import RedriveFilter
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.app import POISON
from tsunagu.testing.toy.world import World, a_scan, eventually

pytestmark = [pytest.mark.component, pytest.mark.wide]


def operator(runtime: Runtime) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(build_app(runtime)), base_url="http://operator")


async def waiting(world: World, count: int) -> None:
    """Wait until so many wait."""

    async def all_there() -> bool:
        [row] = await world.query("SELECT count(*) FROM dead_letter WHERE state = 'waiting'")
        return bool(row["count"] == count)

    await eventually(all_there, f"{count} dead letters wait")


async def ended(client: httpx.AsyncClient, redrive_id: str) -> dict[str, Any]:
    """Wait for a redrive's end."""

    async def over() -> dict[str, Any] | None:
        [found] = (await client.get("/operator/redrives", params={"id": redrive_id})).json()
        return found if found["state"] != "running" else None

    found: dict[str, Any] = await eventually(over, "the redrive ends")
    return found


def two_keys_and_a_broken_record() -> list[Record]:
    scans = [a_scan(f"{POISON}-{key}", f"{key}{number}") for number in range(3) for key in "ab"]
    broken = Record(b"v1", b"{not json", record_of(a_scan("v1")).headers)
    return [*(record_of(scan) for scan in scans), broken]


async def test_redrive__by_reason__counts_dry_first_and_then_keeps_the_order_of_each_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.running(redrive_poll_seconds=0.1) as runtime, operator(runtime) as client:
        await world.send(two_keys_and_a_broken_record())
        await waiting(world, 7)
        ask = {"by": "mori", "reason": "handler_failed", "rate": "500"}
        dry = (await client.post("/operator/redrives", params={**ask, "dry_run": "true"})).json()
        assert (dry["state"], dry["matched"], dry["redriven"]) == ("done", 6, 0)
        await waiting(world, 7)
        monkeypatch.setenv("TOY_POISON", "no")
        begun = (await client.post("/operator/redrives", params=ask)).json()
        done = await ended(client, begun["redrive_id"])
        assert (done["state"], done["matched"], done["redriven"], done["failed"]) == ("done", 6, 6, 0)
        assert done["asked_by"] == "mori"
        await waiting(world, 1)
    for key in "ab":
        rows = await world.query(
            "SELECT activity_id FROM visit WHERE visitor_id = $1 ORDER BY number", f"{POISON}-{key}"
        )
        assert [row["activity_id"] for row in rows] == [f"{key}{number}" for number in range(3)]
    [kept] = await world.query("SELECT count(*) FROM dead_letter WHERE redrive_id = $1", begun["redrive_id"])
    assert kept["count"] == 6, "who had it redriven stays with each"


async def test_redrive__what_fails_again__is_tried_once_per_key_and_told(world: World) -> None:
    async with world.running(redrive_poll_seconds=0.1) as runtime, operator(runtime) as client:
        await world.send(two_keys_and_a_broken_record())
        await waiting(world, 7)
        begun = (await client.post("/operator/redrives", params={"by": "mori", "rate": "500"})).json()
        done = await ended(client, begun["redrive_id"])
        assert (done["state"], done["matched"], done["redriven"], done["failed"]) == ("done", 7, 0, 3)
        assert done["last_error"]
        assert POISON not in done["last_error"]
        await waiting(world, 7)


async def test_redrive__at_a_rate__takes_its_time_and_ends_where_it_is_cancelled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.running(redrive_poll_seconds=0.1) as runtime, operator(runtime) as client:
        await world.send([record_of(a_scan(f"{POISON}-a", f"a{number}")) for number in range(30)])
        await waiting(world, 30)
        monkeypatch.setenv("TOY_POISON", "no")
        began = time.monotonic()
        ask = {"by": "mori", "rate": "5"}
        redrive_id = (await client.post("/operator/redrives", params=ask)).json()["redrive_id"]
        await world.until_visits(3)
        took = time.monotonic() - began
        assert took >= 3 / 5, "not faster than asked"
        cancelled = await client.post(f"/operator/redrives/{redrive_id}/cancel", params={"by": "sato"})
        assert cancelled.json()["state"] == "cancelled"
        assert cancelled.json()["cancelled_by"] == "sato"
        again = await client.post(f"/operator/redrives/{redrive_id}/cancel", params={"by": "sato"})
        assert again.status_code == 409

        async def rests() -> bool:
            [row] = await world.query("SELECT count(*) FROM dead_letter WHERE state = 'redriven'")
            [told] = (await client.get("/operator/redrives", params={"id": redrive_id})).json()
            return bool(3 <= row["count"] == told["redriven"] < 30)

        await eventually(rests, "what was handled stays handled, the rest waits")


async def test_redrive__after_a_crash_within_a_key__goes_on_with_that_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_POISON", "yes")
    async with world.running(redrive_poll_seconds=0.1):
        await world.send([record_of(a_scan(f"{POISON}-a", f"a{number}")) for number in range(12)])
        await waiting(world, 12)
    monkeypatch.setenv("TOY_POISON", "no")
    async with world.running(redrive_poll_seconds=0.1) as runtime, operator(runtime) as client:
        ask = {"by": "mori", "reason": "handler_failed", "rate": "4"}
        redrive_id = (await client.post("/operator/redrives", params=ask)).json()["redrive_id"]
        await world.until_visits(2)
    # Here the process ended in the midst of the key: what waits is follows_parked now.
    [left] = await world.query("SELECT count(*) FROM dead_letter WHERE state = 'waiting'")
    assert 0 < left["count"] < 12
    await world.query("UPDATE redrive SET rate_per_second = 500")
    async with world.running(redrive_poll_seconds=0.1) as runtime, operator(runtime) as client:
        done = await ended(client, redrive_id)
    assert (done["state"], done["redriven"], done["failed"]) == ("done", 12, 0)
    rows = await world.query("SELECT activity_id FROM visit ORDER BY number")
    assert [row["activity_id"] for row in rows] == [f"a{number}" for number in range(12)]


async def test_redrive__the_same_id_again__is_the_same_redrive(world: World) -> None:
    async with world.running() as runtime:
        assert runtime.pool is not None
        asked = redriving.Asked(uuid7(), "mori", RedriveFilter(), 10.0, dry_run=True)
        async with runtime.pool.acquire() as connection:
            for _ in range(2):
                await redriving.begin(connection, asked, clock.now())
            assert len(await redriving.progress(connection, 10)) == 1


async def test_redrive__nobody_says_who_asks__is_refused(world: World) -> None:
    async with world.running() as runtime, operator(runtime) as client:
        nobody = await client.post("/operator/redrives")
        too_fast = await client.post("/operator/redrives", params={"by": "mori", "rate": "5000"})
    assert (nobody.status_code, too_fast.status_code) == (422, 422)
