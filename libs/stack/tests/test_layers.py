"""Every test is run by exactly one target of make, and the layers tell their times beside their bounds."""

import os
import re
import subprocess
import tomllib
from itertools import chain, combinations
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "libs" / "stack" / "test_layers.sh"
ASKED_FOR = "ops and long and not (compose or browser)"
"""What is broken on purpose for operators: `make test-ops ARGS="-m ops"` runs it too, nothing runs it unasked."""

PARTS = ("libs", "services", "tests")
FOLDERS = {"compose": "tests/deploy", "browser": "tests/browser", "ops": "tests/ops"}
"""Where alone the targets of these markers look."""


def expressions() -> dict[str, str]:
    """What each target gives to pytest's -m, by the name of its variable in the Makefile."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    matches = (re.fullmatch(r"([A-Z_]+) := (.*)", line) for line in lines)
    variables = {found[1]: found[2] for found in matches if found}
    elsewhere = variables.pop("ELSEWHERE")
    used = set(re.findall(r'(?:-m|\d|none) "\$\(([A-Z_]+)\)"', "\n".join(lines)))
    return {name: variables[name].replace("$(ELSEWHERE)", elsewhere) for name in used}


def markers() -> set[str]:
    """The markers that tests may have."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {line.partition(":")[0] for line in project["tool"]["pytest"]["ini_options"]["markers"]}


def test_targets__any_markers_that_a_test_may_have__are_those_of_exactly_one() -> None:
    known = markers()
    targets = {**expressions(), "asked for": ASKED_FOR}
    assert {"UNIT", "JOURNEY", "WIDE_UNIT", "WIDE_JOURNEY", "LONG", "BROWSER"} < targets.keys()
    for chosen in chain.from_iterable(combinations(sorted(known), size) for size in range(len(known) + 1)):
        has = {marker: marker in chosen for marker in known}
        running = [name for name, expression in targets.items() if eval(expression, {}, has)]
        assert len(running) == 1, f"{chosen} is run by {running}"


def test_files__without_the_marker_of_a_layer__have_nothing_of_it() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    pairs = {pair for line in lines for pair in re.findall(r'"\$\(([A-Z_]+)\)" "?--marked (\w+)', line)}
    assert {("COMPONENT", "component"), ("JOURNEY", "journey"), ("WIDE_FAULT", "wide")} < pairs
    for name, marker in pairs:
        assert expressions()[name].startswith(f"{marker} and "), f"{name} has tests without {marker}"
    # Nobody gives a test a marker that does not stand in its file.
    for file in (file for part in PARTS for file in (ROOT / part).rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        assert "add_marker(" not in text or file == Path(__file__), file
        assert file.name != "conftest.py" or "pytest.mark." not in text, file


@pytest.mark.parametrize("marker", FOLDERS)
def test_markers__whose_target_looks_into_one_folder__stand_there_only(marker: str) -> None:
    files = [file for part in PARTS for file in (ROOT / part).rglob("test_*.py")]
    using = {file for file in files if f"pytest.mark.{marker}" in file.read_text(encoding="utf-8")}
    assert using
    assert {file for file in using if not file.is_relative_to(ROOT / FOLDERS[marker])} == set()


def run_layers(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The layers, with a pytest that knows one test of each marker but `none`; that of `broken` fails."""
    program = tmp_path / "pytest"
    program.write_text('#!/bin/sh\necho "1 $2 test, $3"\ncase "$2" in broken) exit 1;; none) exit 5;; esac\n')
    program.chmod(0o755)
    environment = {**os.environ, "PYTEST": str(program)}
    command = ["sh", str(SCRIPT), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_layers__at_the_end__tell_each_time_beside_its_bound(tmp_path: Path) -> None:
    run = run_layers(tmp_path, "900", "unit", "120", "quick", "-x -n 2", "journey", "none", "slow", "")
    assert run.returncode == 0
    told = [re.sub(r"\d+ s( |$)", r"N s\1", line) for line in run.stdout.splitlines()[-5:]]
    assert told == [
        "== unit: N s (bound: 120 s)",
        "1 quick test, -x",
        "== journey: N s",
        "1 slow test, ",
        "== all layers: N s (bound: 900 s)",
    ]


def test_layers__one_has_failed_and_one_is_empty__the_next_runs_and_the_exit_code_is_1(
    tmp_path: Path,
) -> None:
    run = run_layers(tmp_path, "none", "a", "1", "broken", "", "b", "1", "none", "", "c", "1", "good", "")
    assert run.returncode == 1
    assert "== b:" not in run.stdout
    assert "1 good test" in run.stdout.splitlines()[-2]
    assert run.stdout.splitlines()[-1].startswith("== all layers: ")
    assert run_layers(tmp_path, "none", "a", "1", "none", "").returncode == 0
