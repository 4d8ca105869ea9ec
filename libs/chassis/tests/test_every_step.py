"""Every step between poll and publish, hit by every fault: killed before it, killed after it, its outcome unknown
(done and not done).

Where to strike is read from the source, so that a place without its faults makes a test fail, and so does a fault
without its place.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tsunagu.testing.harness import record_of
from tsunagu.testing.places import places
from tsunagu.testing.toy.app import FAREWELL
from tsunagu.testing.toy.struck import How, Step, Strike
from tsunagu.testing.toy.world import World, a_scan, eventually

# Each place of the machinery, and to whom the step speaks that follows there.
FOLLOWED_BY = {
    "polled": Step.BATCH,
    "decoded": Step.BATCH,
    "begun": Step.BATCH,
    "offsets_locked": Step.BATCH,
    "inbox_written": Step.BATCH,
    "keys_read": Step.BATCH,
    "rows_locked": Step.BATCH,
    "handled": Step.BATCH,
    "outbox_written": Step.BATCH,  # COMMIT
    "committed": Step.BATCH,
    "relay_read": Step.PRODUCE,
    "relay_acknowledged {topic}": Step.RELAY,
    "relay_sent": Step.RELAY,  # the deletion of what was sent
    "relay_deleted": Step.RELAY,
    "due_claimed": Step.DUE,
    "due_keys_read": Step.DUE,
    "due_locked": Step.DUE,
    "due_handled": Step.DUE,  # COMMIT
}
# Where the step that follows changes something that others see: there, dying after it is no other case of dying
# before the next one.
WRITES = ("outbox_written", "relay_read", "relay_sent", "due_handled")
VISITORS = ("v1", "v2", f"{FAREWELL}-1")
SEND_SECONDS = 0.15  # so often something new is sent while strikes are suffered
STRIKE_SECONDS_MAX = (
    40.0  # one takes about half a second; a place that is never reached is given up after this
)


def strikes(how: How, names: Sequence[str] = tuple(FOLLOWED_BY)) -> list[Strike]:
    return [Strike(name, how, FOLLOWED_BY[name]) for name in names]


def test_places__in_the_source__are_those_that_are_struck() -> None:
    assert sorted(places()) == sorted(FOLLOWED_BY)


def test_places__name_made_at_run_time__is_a_pattern_and_others_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "machine.py"
    source.write_text('async def run(topic):\n    await point("one")\n    await point(f"two {topic}")\n')
    assert places(tmp_path) == ("one", "two {topic}")
    source.write_text("async def run(name):\n    await point(name)\n")
    with pytest.raises(ValueError, match=r"machine\.py:2"):
        places(tmp_path)


@pytest.mark.fault
@pytest.mark.timeout(300)
async def test_struck__at_every_step__nothing_lost_nothing_twice_and_in_order(world: World) -> None:
    crashes = [*strikes(How.BEFORE), *strikes(How.AFTER, WRITES)]
    await _suffer(world, [*crashes, *strikes(How.UNKNOWN), *strikes(How.LOST, WRITES)])


@pytest.mark.long
@pytest.mark.fault
@pytest.mark.timeout(180)
@pytest.mark.parametrize("how", How)
@pytest.mark.parametrize("place", FOLLOWED_BY)
async def test_struck__at_one_step_again_and_again__nothing_lost_nothing_twice_and_in_order(
    world: World, place: str, how: How
) -> None:
    await _suffer(world, 3 * strikes(how, [place]))


async def _suffer(world: World, planned: Sequence[Strike]) -> None:
    """Suffer the strikes under traffic, then work on without any; nobody does anything else about it."""
    planned = [Strike(each.place.format(topic=world.target), each.how, each.step) for each in planned]
    # A name that survives the restart: the dead process's partitions are given back at once.
    world.overrides |= {
        "kafka_group_instance_id": "toy-0",
        "due_claim_seconds": 1.0,
        "relay_lease_seconds": 1.0,
    }
    happened: list[str] = []
    rounds = 0
    async with world.struck(planned) as child:
        assert child.stdout is not None
        line = asyncio.ensure_future(child.stdout.readline())
        waited_since = time.monotonic()
        while True:
            await world.send([record_of(a_scan(visitor)) for visitor in VISITORS])
            rounds += 1
            await asyncio.wait({line}, timeout=SEND_SECONDS)
            if line.done():
                if not line.result():
                    break
                happened.append(line.result().decode().strip())
                line = asyncio.ensure_future(child.stdout.readline())
                waited_since = time.monotonic()
            elif time.monotonic() > waited_since + STRIKE_SECONDS_MAX and child.returncode is None:
                child.kill()
        assert happened == [f"{each.place} {each.how}" for each in planned]
        assert await child.wait() == 0
    async with world.running():
        await world.until_visits(rounds * len(VISITORS))

        async def no_work_left() -> bool:
            return not await world.query("SELECT FROM due_work")

        await eventually(no_work_left, "all timers have fired")
        await world.until_sent()
    assert not await world.query("SELECT FROM dead_letter")
    told = await world.told()
    assert {visitor: [n for n in told[visitor] if n] for visitor in VISITORS} == {
        visitor: list(range(1, rounds + 1)) for visitor in VISITORS
    }
    assert 0 in told[f"{FAREWELL}-1"], "the due work was done"
