"""docs/asvs.md is true as far as a test can tell: what it names is there, and nothing is listed twice."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "asvs.md"
FOLDERS = {
    "edge": ROOT / "services" / "edge" / "tests",
    "inventory": ROOT / "services" / "inventory" / "tests",
    "customer": ROOT / "services" / "customer" / "tests",
    "chassis": ROOT / "libs" / "chassis" / "tests",
    "stack": ROOT / "libs" / "stack" / "tests",
    "tests": ROOT / "tests",
}
STATES = {"held", "partly", "deployment", "missing"}


class Row(NamedTuple):
    """One requirement as the page has it."""

    number: tuple[int, ...]
    state: str
    held_by: str


def rows() -> list[Row]:
    found = re.findall(
        r"^\| (\d+)\.(\d+)\.(\d+) \| [^|]+ \| (\w+) \| (.+) \|$",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return [Row((int(a), int(b), int(c)), state, held_by) for a, b, c, state, held_by in found]


@cache
def functions_in(file: Path) -> set[str]:
    return set(re.findall(r"^(?:async )?def (test_\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE))


def test_asvs_page__each_requirement__stands_once_in_order_with_a_state_and_what_holds_it() -> None:
    numbers = [row.number for row in rows()]
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"^\| \d", line)]
    assert len(numbers) == len(lines) > 100
    assert numbers == sorted(set(numbers))
    assert {row.state for row in rows()} <= STATES


def test_asvs_page__each_test_that_it_names__is_there() -> None:
    named = re.findall(r"`(\w+)/([\w/.]+\.py)::(test_\w+)`", PAGE.read_text(encoding="utf-8"))
    assert named
    gone = [
        f"{folder}/{file}::{test}"
        for folder, file, test in named
        if not (FOLDERS[folder] / file).is_file() or test not in functions_in(FOLDERS[folder] / file)
    ]
    assert gone == []


def test_asvs_page__each_page_that_it_names__is_there() -> None:
    named = re.findall(r"`((?:docs|services|deploy)/[\w/.-]+)`", PAGE.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []
