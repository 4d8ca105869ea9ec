"""A short chaos: a service or the database is killed under load, and the audit finds nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tsunagu.stack.services import SERVICES

from .results import Measured, as_markdown, row
from .strikes import BESIDE, MAIN, all_rounds

# Only ends a run that hangs: eleven processes start three times, each in 3 s of CPU time.
CHAOS_SECONDS_MAX = 600
END_SECONDS_MAX = 60
SMALL = {
    "TSUNAGU_CHAOS_ORDERS": "12",
    "TSUNAGU_CHAOS_LOAD_SECONDS": "6",
    "TSUNAGU_CHAOS_WINDOW_SECONDS": "3",
}


def played(strike: str, folder: Path) -> dict[str, Any]:
    """What a small run of one strike writes into a folder; fails where its exit code does."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--only", strike, "--results", str(folder)],
        env={**os.environ, **SMALL, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=CHAOS_SECONDS_MAX,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    results: dict[str, Any] = json.loads((folder / "latest.json").read_text(encoding="utf-8"))
    return results


@pytest.mark.journey
@pytest.mark.timeout(CHAOS_SECONDS_MAX + 20)
@pytest.mark.parametrize(
    "strike", ["inventory killed", pytest.param("postgres killed", marks=pytest.mark.wide)]
)
def test_chaos__a_service_or_the_database_is_killed__work_goes_on_and_the_audit_is_green(
    tmp_path: Path, strike: str
) -> None:
    strikes = played(strike, tmp_path)["strikes"]
    assert [told["strike"] for told in strikes] == [strike]
    assert all(told["audit_green"] and told["recovery_seconds"] is not None for told in strikes)
    assert f"| {strike} |" in (tmp_path / "latest.md").read_text(encoding="utf-8")
    assert not list(tmp_path.glob("tsunagu-chaos-*"))


@pytest.mark.journey
@pytest.mark.wide
@pytest.mark.timeout(CHAOS_SECONDS_MAX + 20)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
def test_chaos__shoppers_killed_in_a_flood__others_are_answered_and_the_audit_is_green(
    tmp_path: Path,
) -> None:
    whole = played("shopper killed while overloaded", tmp_path)
    assert [strike["audit_green"] for strike in whole["strikes"]] == [True]
    (comparison,) = whole["comparisons"]
    usual, flooded = comparison["usual"], comparison["struck"]
    assert sum(flooded["answers"].values()) > 0 == sum(usual["answers"].values())
    assert all(took for window in (usual, flooded) for took in window["took_seconds"].values())


@pytest.mark.long
@pytest.mark.timeout(CHAOS_SECONDS_MAX)
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_chaos__ended_in_the_middle_by_any_signal__leaves_no_process(
    tmp_path: Path, ending: signal.Signals
) -> None:
    output = tmp_path / "output"
    with output.open("wb") as file:
        run = subprocess.Popen(
            # A test run in the background has SIGINT ignored, and so would have its children.
            [
                sys.executable,
                "-c",
                "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
                "runpy.run_module('tests.chaos', run_name='__main__')",
                "--only",
                "order frozen",
            ],
            env={**os.environ, **SMALL, "TMPDIR": str(tmp_path)},
            stdout=file,
        )
    deadline = time.monotonic() + CHAOS_SECONDS_MAX / 2
    while not output.read_text(encoding="utf-8").startswith("strike"):
        assert run.poll() is None and time.monotonic() < deadline, output.read_text(encoding="utf-8")
        time.sleep(0.1)
    family = psutil.Process(run.pid).children(recursive=True)
    assert len(family) > len(SERVICES)
    run.send_signal(ending)
    assert run.wait(END_SECONDS_MAX) != 0
    assert psutil.wait_procs(family, timeout=END_SECONDS_MAX)[1] == []


def test_rounds__of_the_whole_chaos__strike_every_service_in_every_way_and_both_servers() -> None:
    names = [strike.name for round_ in all_rounds(6.0, 15.0) for strike in round_.strikes]
    # The audit decides nothing and says nothing on any topic: there is nothing of it to recover.
    services = [service for service in SERVICES if not service.runs_itself]
    assert {*MAIN, *BESIDE} == {service.name for service in services}
    for service in services:
        assert {f"{service.name} {how}" for how in ("killed", "killed for good", "frozen")} <= set(names)
    assert {f"{server} {how}" for server in ("postgres", "kafka") for how in ("killed", "frozen")} <= set(
        names
    )
    assert {f"one of three brokers {how}" for how in ("killed", "frozen")} <= set(names)
    assert len(names) == len(set(names))


def test_results__not_recovered_or_with_findings__are_told() -> None:
    measured = Measured("order killed", None, "an undisturbed start", 2.0, 5.0)
    assert not measured.is_green, "an audit that was not done is not green"
    red = measured.audited(["lost: order 7: nobody answers it"])
    assert row(red) == ("order killed", "not recovered", "2.0 (an undisturbed start)", "5", "1 findings")
    assert "- order killed: lost: order 7: nobody answers it" in as_markdown([red], [], "no load")
    assert measured.audited([]).is_green
