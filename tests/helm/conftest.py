"""The chart as Helm renders it."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.reference import chart

from .tools import NoGoError, built

Object = dict[str, Any]
Render = Callable[[Sequence[str]], list[Object]]


@pytest.fixture(scope="session")
def helm() -> Path:
    try:
        return built("helm")
    except NoGoError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def rendered_text(helm: Path) -> Callable[[Sequence[str]], str]:
    def render(arguments: Sequence[str]) -> str:
        command = [str(helm), "template", "shop", str(chart.CHART), "--namespace", "shop", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return render


@pytest.fixture(scope="session")
def render(rendered_text: Callable[[Sequence[str]], str]) -> Render:
    def objects(arguments: Sequence[str]) -> list[Object]:
        return [each for each in yaml.safe_load_all(rendered_text(arguments)) if each]

    return objects


@pytest.fixture(scope="session")
def objects(render: Render) -> list[Object]:
    """All of it with the values as they are."""
    return render(())
