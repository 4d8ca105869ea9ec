"""`make mutate`: plants small bugs one by one, and tells which of them no test sees.

Works in a clone of the last commit, so that a run that is killed leaves no bug behind. The bugs are made by
cosmic-ray, which is a tool that is run only: it has an environment of its own.
"""

import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TREE = ROOT / ".cache" / "mutation" / "tree"
COSMIC_RAY = ROOT / ".venv-mutation" / "bin" / "cosmic-ray"
TIMEOUT_SECONDS = 300.0  # a bug that makes the tests wait for ever counts as seen
_DELETE_OTHERS = (
    "DELETE FROM mutation_specs WHERE job_id NOT IN (SELECT value FROM json_each(?))",
    "DELETE FROM work_items WHERE job_id NOT IN (SELECT value FROM json_each(?))",
)


@dataclass(frozen=True)
class Target:
    """Modules and the tests that have to see their bugs."""

    name: str
    modules: Sequence[str]
    tests: Sequence[str]


@dataclass(frozen=True)
class Mutant:
    """One planted bug and what became of it: killed, survived or incompetent (it did not even import)."""

    place: str
    outcome: str
    diff: str


def targets() -> dict[str, Target]:
    """What targets.toml names."""
    read = tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))
    return {
        name: Target(name, [f"{each['folder']}/{module}.py" for module in each["modules"]], each["tests"])
        for name, each in read.items()
    }


def clone() -> None:
    """Make the tree in which bugs are planted, with an environment of its own."""
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "clone", "--quiet", "--shared", ROOT, TREE], check=True)
    subprocess.run(["make", "setup"], cwd=TREE, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def servers() -> Iterator[Mapping[str, str]]:
    """A Kafka and a PostgreSQL that all runs of the tests share, as environment variables."""
    with subprocess.Popen(
        [sys.executable, "-m", "tsunagu.testing.serve"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().removeprefix("export ").strip() for _ in range(2)]
            yield dict(line.split("=", 1) for line in lines)
        finally:
            process.terminate()


def choose(session: Path, count: int, seed: int) -> int:
    """Keep `count` of the session's bugs, chosen by the seed; how many there were to choose from.

    Of those that differ only in what takes an operator's place, one is left: `a * b` and `a % b` for `a + b` are
    seen by the same test. What a dataclass is told (frozen, slots) is no bug in what it does.
    """
    chance = random.Random(seed)
    database = sqlite3.connect(session)
    by_place: dict[tuple[str, int, int, str], list[str]] = {}
    for job_id, module, operator, row, column in database.execute(
        "SELECT job_id, module_path, operator_name, start_pos_row, start_pos_col FROM mutation_specs ORDER BY"
        " module_path, start_pos_row, start_pos_col, operator_name, occurrence"
    ):
        if _line(module, row).startswith("@dataclass"):
            continue
        by_place.setdefault((module, row, column, operator.partition("_")[0]), []).append(job_id)
    candidates = [chance.choice(jobs) for jobs in by_place.values()]
    chosen = json.dumps(chance.sample(candidates, min(count, len(candidates))))
    for statement in _DELETE_OTHERS:
        database.execute(statement, [chosen])
    database.commit()
    database.close()
    return len(candidates)


@cache
def _lines(module: str) -> list[str]:
    return (TREE / module).read_text(encoding="utf-8").splitlines()


def _line(module: str, row: int) -> str:
    """A line of a module in the tree, without its indentation; rows count from 1."""
    return _lines(module)[row - 1].strip()


def results(session: Path) -> list[Mutant]:
    """What became of each bug."""
    database = sqlite3.connect(session)
    rows = database.execute(
        "SELECT module_path, start_pos_row, test_outcome, diff FROM mutation_specs JOIN work_results USING (job_id)"
        " ORDER BY module_path, start_pos_row"
    ).fetchall()
    database.close()
    return [
        Mutant(f"{module}:{row}", str(outcome).lower(), diff or "") for module, row, outcome, diff in rows
    ]


def mutate(target: Target, count: int, seed: int, environment: Mapping[str, str]) -> list[Mutant]:
    """Plant `count` bugs in a target's modules and run its tests on each.

    Raises CalledProcessError if the tests fail without any.
    """
    pytest = [str(TREE / ".venv" / "bin" / "pytest"), "-q", "-x", "-p", "no:cacheprovider", *target.tests]
    everything = {**os.environ, **environment}
    subprocess.run(pytest, cwd=TREE, env=everything, check=True, stdout=subprocess.DEVNULL)
    config = TREE.parent / f"{target.name}.toml"
    session = TREE.parent / f"{target.name}.sqlite"
    session.unlink(missing_ok=True)
    config.write_text(
        "[cosmic-ray]\n"
        f"module-path = {json.dumps(list(target.modules))}\n"
        f"timeout = {TIMEOUT_SECONDS}\n"
        "excluded-modules = []\n"
        f"test-command = {json.dumps(' '.join(pytest))}\n"
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    subprocess.run([COSMIC_RAY, "init", config, session], cwd=TREE, check=True)
    available = choose(session, count, seed)
    Console().print(f"{target.name}: {min(count, available)} of {available} bugs", highlight=False)
    subprocess.run([COSMIC_RAY, "exec", config, session], cwd=TREE, env=everything, check=True)
    return results(session)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=list(targets()), help="a target; may be repeated")
    parser.add_argument("--count", type=int, default=40, help="bugs for each target (default 40)")
    parser.add_argument("--seed", type=int, default=7, help="chooses them (default 7)")
    arguments = parser.parse_args()
    console = Console()
    table = Table("target", "bugs", "seen", "survived", "seen, %")
    clone()
    with servers() as environment:
        for name in arguments.only or targets():
            mutants = mutate(targets()[name], arguments.count, arguments.seed, environment)
            survivors = [mutant for mutant in mutants if mutant.outcome.endswith("survived")]
            for mutant in survivors:
                console.print(f"\n{mutant.place} survived\n{mutant.diff}", highlight=False, markup=False)
            seen = len(mutants) - len(survivors)
            share = f"{100 * seen / len(mutants):.0f}" if mutants else ""
            table.add_row(name, f"{len(mutants)}", f"{seen}", f"{len(survivors)}", share)
    console.print(table)


if __name__ == "__main__":
    main()
