"""Lives of a few stores, drawn at random, agree with a simple model after each step; and the model sees bugs."""

import asyncio
import os
from collections.abc import Callable, Iterator

import pytest
import uvloop
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .life import Life
from .planted import PLANTS, Plant
from .scene import Scene
from .shop import Databases

pytestmark = pytest.mark.fault

STEPS = int(os.environ.get("MODEL_STEPS", "600"))
"""How many steps all lives take together. Without it, as many as a run of all tests can spare, the same each time."""

STEPS_PER_LIFE = 50
"""Long enough for an order to be placed, picked, moved, collected and brought back, with all that comes between."""

STEPS_PER_BUG = 6000
"""A planted bug shows by then: each of those here shows in far fewer."""

ON_DEMAND = "MODEL_STEPS" in os.environ
SHRINKS = "MODEL_NO_SHRINK" not in os.environ


@pytest.fixture
def scene(postgres: str) -> Iterator[type[Scene]]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        databases = runner.run(Databases(postgres).__aenter__())
        Scene.runner, Scene.databases, Scene.steps = runner, databases, 0
        yield Scene
        runner.run(databases.__aexit__())


@pytest.mark.timeout(0 if ON_DEMAND else 600)
def test_lives__of_a_few_stores__agree_with_the_model_after_each_step(
    scene: type[Scene], tell: Callable[[str], None]
) -> None:
    lead_lives(STEPS, shrinks=SHRINKS, same_each_time=not ON_DEMAND)
    tell(f"{scene.steps} steps compared with the model")
    assert scene.steps >= STEPS / 2


@pytest.mark.long  # minutes: every bug gets some lives
@pytest.mark.timeout(600)
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
@pytest.mark.usefixtures("scene")
def test_lives__with_a_planted_bug__disagree_with_the_model(
    monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    plant(monkeypatch)
    with pytest.raises((AssertionError, ValueError)):
        lead_lives(STEPS_PER_BUG, shrinks=False, same_each_time=True)


def lead_lives(steps: int, *, shrinks: bool, same_each_time: bool) -> None:
    """Have so many steps lived, in lives of their own. Raises what the first life raises that disagrees."""
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=max(1, steps // STEPS_PER_LIFE),
            stateful_step_count=STEPS_PER_LIFE,
            deadline=None,
            derandomize=same_each_time,
            database=None,
            phases=(Phase.generate, Phase.shrink) if shrinks else (Phase.generate,),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
