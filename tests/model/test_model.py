"""Lives of a few stores, drawn at random, agree with a simple model after each step."""

import asyncio
import os
import sys
from collections.abc import Iterator

import pytest
import uvloop
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .life import Life
from .scene import Scene
from .shop import Databases

pytestmark = pytest.mark.fault

STEPS = int(os.environ.get("MODEL_STEPS", "1000"))
"""How many steps all lives together take at least."""

STEPS_PER_LIFE = 50
"""Long enough for an order to be placed, picked, moved, collected and brought back, with all that comes between."""


@pytest.fixture
def lives(postgres: str) -> Iterator[type[Life]]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        databases = runner.run(Databases(postgres).__aenter__())
        Scene.runner, Scene.databases, Scene.steps = runner, databases, 0
        yield Life
        runner.run(databases.__aexit__())


def test_lives__of_a_few_stores__agree_with_the_model_after_each_step(
    lives: type[Life], capsys: pytest.CaptureFixture[str]
) -> None:
    run_state_machine_as_test(
        lives,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_PER_LIFE),
            stateful_step_count=STEPS_PER_LIFE,
            deadline=None,
            derandomize="MODEL_STEPS" not in os.environ,
            phases=(Phase.generate,) if "MODEL_NO_SHRINK" in os.environ else (Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    with capsys.disabled():
        sys.stdout.write(f"\n{Scene.steps} steps compared with the model\n")
    assert Scene.steps >= STEPS / 2
