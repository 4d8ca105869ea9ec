"""Frozen between poll and commit, killed between sending and deleting, told to end: everything is there, in order."""

import asyncio
import os
import signal

import pytest

from tsunagu.testing.fault_points import FREEZE, KILL, STOP_READING
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.world import PATIENCE_SECONDS, World, a_scan, eventually

pytestmark = pytest.mark.fault


async def test_crash__between_acknowledgement_and_delete__readers_see_it_twice_under_one_id(
    world: World,
) -> None:
    world.overrides["kafka_group_instance_id"] = "toy-0"
    await world.send([record_of(a_scan("v1"))])
    async with world.process(f"relay_acknowledged {world.target}:{KILL}:1") as child:
        await asyncio.wait_for(child.wait(), 30)
    async with world.running():
        await world.until_visits(1)
        await world.until_sent()
    ids = [dict(record.headers)["ce_id"] for record in await world.read()]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_kafka_client__ends_by_itself__the_process_ends_for_another_to_be_started(world: World) -> None:
    """Its polls would go on in silence, and its ports would answer."""
    world.overrides["kafka_group_instance_id"] = "toy-0"
    await world.send([record_of(a_scan("v1"))])
    async with world.process(f"committed:{STOP_READING}:1") as child:
        assert await asyncio.wait_for(child.wait(), PATIENCE_SECONDS) == 1
    await world.send([record_of(a_scan("v1"))])
    async with world.running():
        await world.until_visits(2)


async def test_frozen__in_the_middle_of_a_batch__successor_goes_on_and_the_late_commit_is_fenced_off(
    world: World,
) -> None:
    world.overrides["idle_in_transaction_timeout_seconds"] = 1.0
    await world.send([record_of(a_scan("v1")) for _ in range(5)])
    async with world.process(f"handled:{FREEZE}:1") as frozen:
        await _until_stopped(frozen.pid)
        async with world.running():
            await world.until_visits(5)
            os.kill(frozen.pid, signal.SIGCONT)
            await world.send([record_of(a_scan("v1")) for _ in range(5)])
            await world.until_visits(10)
            await world.until_sent()
    assert await world.told() == {"v1": list(range(1, 11))}


async def test_frozen_before_its_transaction__partition_moves__what_it_polled_is_stale(world: World) -> None:
    await world.send([record_of(a_scan("v1")) for _ in range(5)])
    async with world.process(f"decoded:{FREEZE}:1") as frozen:
        await _until_stopped(frozen.pid)
        async with world.running():
            await world.until_visits(5)
            os.kill(frozen.pid, signal.SIGCONT)
            await world.send([record_of(a_scan("v1")) for _ in range(5)])
            await world.until_visits(10)
            await world.until_sent()
    assert await world.told() == {"v1": list(range(1, 11))}


async def test_frozen_relay__another_leads__order_and_content_stay_right(world: World) -> None:
    world.overrides["relay_lease_seconds"] = 1.0
    await world.send([record_of(a_scan("v1")) for _ in range(3)])
    async with world.process(f"relay_read:{FREEZE}:1") as frozen:
        await _until_stopped(frozen.pid)
        async with world.running():
            await world.send([record_of(a_scan("v1")) for _ in range(3)])
            await world.until_visits(6)
            await world.until_sent()
            os.kill(frozen.pid, signal.SIGCONT)
            await world.send([record_of(a_scan("v1")) for _ in range(3)])
            await world.until_visits(9)
            await world.until_sent()
    assert await world.told() == {"v1": list(range(1, 10))}


async def test_term__while_messages_flow__ends_by_itself_and_the_next_goes_on(world: World) -> None:
    world.overrides["kafka_group_instance_id"] = "toy-0"
    async with world.process() as child:
        await world.send([record_of(a_scan("v1")) for _ in range(50)])
        await world.until_visits(1)
        child.terminate()
        assert await asyncio.wait_for(child.wait(), 15) in (0, -signal.SIGTERM)
    async with world.running():
        await world.until_visits(50)
        await world.until_sent()
    assert await world.told() == {"v1": list(range(1, 51))}


async def _until_stopped(pid: int) -> None:
    async def stopped() -> bool:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:  # noqa: ASYNC230, PTH123 - procfs does not block
            return stat.read().rpartition(")")[2].split()[0] == "T"

    await eventually(stopped, f"process {pid} is frozen")
