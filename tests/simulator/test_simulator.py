"""Schedules of faults through the real services: what is promised holds after each; and the simulator sees bugs."""

import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from .performance import Broken
from .planted import PLANTS, Plant
from .schedule import Played
from .stage import Theatre, theatre

pytestmark = pytest.mark.fault

SECONDS = float(os.environ.get("SIMULATE_SECONDS", "90"))
"""How long new seeds are played: what a run of all tests can spare."""

FIRST_SEED = int(os.environ.get("SIMULATE_FIRST_SEED", "0"))
SEEDS_MAX = 8
"""A planted bug shows by then: each of those here shows in most schedules."""

SHORT_STEPS = 150
"""Steps with faults of a schedule that looks for a planted bug: enough for it to show, and cheaper."""


class Repertoire(dict[int, Played]):
    """The schedules that were played, by seed: who compares a second time with a first one finds that here."""

    async def first(self, stage: Theatre, seed: int) -> Played:
        """The schedule as it was played first, be it now."""
        if seed not in self:
            self[seed] = await stage.play(seed)
        return self[seed]


@pytest.fixture(scope="module")
def repertoire() -> Repertoire:
    return Repertoire()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(postgres: str) -> AsyncIterator[Theatre]:
    async with theatre(postgres) as opened:
        yield opened


@pytest.mark.timeout(SECONDS + 120)
async def test_schedules__new_seeds__keep_every_promise(
    stage: Theatre, repertoire: Repertoire, tell: Callable[[str], None]
) -> None:
    played: list[Played] = []
    began = time.monotonic()
    while not played or time.monotonic() - began < SECONDS:
        played.append(await repertoire.first(stage, FIRST_SEED + len(played)))
    faults: Counter[str] = sum((one.faults for one in played), Counter())
    tell(f"{len(played)} schedules, {faults.total()} faults: {dict(faults)}")
    for one in played:
        assert one.orders >= 20
        assert one.faults.total() >= 5


@pytest.mark.timeout(300)
async def test_schedule__same_seed_again__is_the_same_to_every_id(
    stage: Theatre, repertoire: Repertoire
) -> None:
    first, again = await repertoire.first(stage, 1), await stage.play(1)
    assert first.transcript == again.transcript
    assert first.digest == again.digest
    other = await repertoire.first(stage, 2)
    assert other.digest != first.digest


@pytest.mark.timeout(300)
async def test_schedule__the_database_plans_otherwise__is_the_same_to_every_id(
    stage: Theatre, repertoire: Repertoire
) -> None:
    first = await repertoire.first(stage, 1)
    await stage.plan_without(
        "enable_hashjoin", "enable_mergejoin", "enable_indexscan", "enable_indexonlyscan"
    )
    try:
        again = await stage.play(1)
    finally:
        await stage.plan_without()
    assert first.transcript == again.transcript
    assert first.digest == again.digest


@pytest.mark.long  # minutes: every bug gets several schedules
@pytest.mark.timeout(600)
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
async def test_schedules__with_a_planted_bug__one_of_the_first_is_broken(
    stage: Theatre, monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    plant(monkeypatch)
    for seed in range(SEEDS_MAX):
        try:
            await stage.play(seed, steps=SHORT_STEPS)
        except Broken as broken:
            assert broken.found
            assert f"SEED={seed}" in str(broken)
            return
    pytest.fail(f"{SEEDS_MAX} schedules did not show the bug: {plant.__doc__}")
