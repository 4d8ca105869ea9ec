"""Each process tells how it is: its lag, and what waits for a person, with the business that it is about."""

import json
from typing import Any

import pytest

from tsunagu.chassis.runtime import Runtime
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.messages import ProcessCondition
from tsunagu.contracts.topics import BACKBONE_CONDITIONS
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.app import POISON
from tsunagu.testing.toy.world import World, a_scan, eventually

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def latest(world: World, runtime: Runtime) -> ProcessCondition | None:
    """What this process has told last."""
    key = f"insight:{runtime.instance}".encode()
    told = [record for record in await world.read(BACKBONE_CONDITIONS.name) if record.key == key]
    return ProcessCondition.model_validate_json(told[-1].value) if told else None


async def test_condition__of_a_process_with_nothing_to_do__says_so(world: World) -> None:
    async with world.running() as runtime:
        await world.send([record_of(a_scan("v1"))])
        await world.until_visits(1)

        async def rests() -> ProcessCondition | None:
            told = await latest(world, runtime)
            if told is None or not told.consumers:
                return None
            # What is in hand has an age until it is handled.
            [lag] = told.consumers
            return told if lag.partitions == 3 and lag.seconds == 0 else None

        told = await eventually(rests, "the process tells its condition")
    [lag] = told.consumers
    assert (lag.topic, lag.records, lag.stopped) == (world.source, 0, 0)
    assert told.next_in_seconds == world.settings().condition_interval_seconds
    assert told.dead_letters == ()
    assert not told.more_dead_letters


async def test_condition__dead_letters__are_grouped_by_reason_with_places_and_a_masked_sample(
    world: World,
) -> None:
    records = [record_of(a_scan(f"{POISON}-1", f"a{number}")) for number in range(3)]
    broken = Record(b"v1", b"{not json", record_of(a_scan("v1")).headers)
    async with world.running() as runtime:
        await world.send([*records, broken, broken])

        async def all_told() -> ProcessCondition | None:
            told = await latest(world, runtime)
            return told if told and sum(group.waiting for group in told.dead_letters) == 5 else None

        told = await eventually(all_told, "all dead letters are told")
    found = {group.reason: group for group in told.dead_letters}
    assert {reason: (one.waiting, one.parked_keys) for reason, one in found.items()} == {
        "handler_failed": (1, 1),
        "follows_parked": (2, 1),
        "json": (2, 0),
    }
    failed = found["handler_failed"]
    assert failed.location_ids == ("S001",)
    assert failed.detail == "ZeroDivisionError", "an error's own words may repeat what somebody sent"
    sample = json.loads(failed.sample or "")
    assert sample["location_id"] == "S001"
    assert sample["visitor_id"] == "…", "who visited is nobody's business"
    assert found["json"].sample is None
    assert POISON not in told.model_dump_json()


async def test_condition__more_groups_than_are_told__says_that_there_are_more(world: World) -> None:
    good = record_of(a_scan("v1"))
    broken = [Record(b"v1", b"{not json", good.headers), Record(b"v1", good.value, [])]
    async with world.running(condition_groups_max=1) as runtime:
        await world.send(broken)

        async def told_one() -> Any:
            told = await latest(world, runtime)
            return told if told and told.more_dead_letters else None

        told = await eventually(told_one, "it says that there are more")
    assert len(told.dead_letters) == 1
