"""The commands as a user types them, each in a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tsunagu.stack.state import StateFile, SystemState

Tsunagu = Callable[..., "subprocess.CompletedProcess[str]"]
COMMAND_SECONDS_MAX = 90


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def tsunagu(home: Path) -> Iterator[Tsunagu]:
    """Runs a command with a home of its own; whatever still runs there afterwards is stopped."""

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "tsunagu.cli.main", *arguments],
            env={**os.environ, "TSUNAGU_HOME": str(home), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS_MAX,
        )

    yield run
    run("down")


def test_topics__kafka_is_away__one_sentence_says_so_and_its_client_none(tsunagu: Tsunagu) -> None:
    run = tsunagu("topics", "create", "--kafka", "127.0.0.1:1")
    assert run.returncode == 3
    assert "Kafka does not answer as it should" in run.stderr
    assert "Unable connect" not in run.stderr


@pytest.mark.parametrize("command", ["up", "down", "status", "env", "doctor"])
def test_help__every_command__has_examples(tsunagu: Tsunagu, command: str) -> None:
    run = tsunagu(command, "--help")
    assert run.returncode == 0
    assert f"tsunagu {command}" in run.stdout
    assert "Examples" in run.stdout


def test_help__names_the_commands_and_the_exit_codes(tsunagu: Tsunagu) -> None:
    run = tsunagu("--help")
    assert "Exit codes: 0 it worked" in run.stdout


@pytest.mark.parametrize("command", ["down", "status", "env"])
def test_nothing_runs__the_command_says_so_with_exit_code_3(tsunagu: Tsunagu, command: str) -> None:
    run = tsunagu(command)
    assert run.returncode == 3
    assert "no Tsunagu" in run.stderr


def test_status__nothing_runs__json_says_so(tsunagu: Tsunagu) -> None:
    run = tsunagu("status", "--json")
    assert run.returncode == 3
    assert json.loads(run.stdout)["running"] is False


def test_up__a_service_that_does_not_exist__is_wrong_usage_and_names_those_that_do(tsunagu: Tsunagu) -> None:
    run = tsunagu("up", "--services", "warehouse")
    assert run.returncode == 2
    assert "warehouse" in run.stderr
    assert "inventory" in run.stderr


def test_doctor__json__has_a_line_for_each_check(tsunagu: Tsunagu) -> None:
    run = tsunagu("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(run.stdout)}
    assert {
        "Python",
        "memory",
        "disk",
        "clock",
        "Java",
        "Kafka",
        "PostgreSQL",
        "ports",
        "services",
        "topics",
        "migrations",
    } <= findings.keys()
    assert findings["PostgreSQL"]["ok"]
    assert (run.returncode == 0) == all(finding["ok"] for finding in findings.values())


def test_doctor__the_clock_was_set_back__fails_and_says_by_how_much(tsunagu: Tsunagu, home: Path) -> None:
    home.mkdir(exist_ok=True)
    StateFile(home).write(SystemState())
    an_hour_from_now = time.time() + 3_600
    os.utime(home / "state.json", (an_hour_from_now, an_hour_from_now))
    findings = {finding["name"]: finding for finding in json.loads(tsunagu("doctor", "--json").stdout)}
    assert not findings["clock"]["ok"]
    assert re.match(r"it was 3[56]\d\d s later when Tsunagu last wrote", findings["clock"]["advice"])


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("tsunagu re", {"reconcile", "rebuild", "replay"}),
        ("tsunagu dlq re", {"redrive", "redrives", "release"}),
        ("tsunagu topics create --dry", {"--dry-run"}),
    ],
)
def test_completion__in_bash__offers_commands_and_options(line: str, offered: set[str]) -> None:
    # As the script does that `tsunagu --install-completion` puts into ~/.bashrc.
    asked = {
        "_TSUNAGU_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(line.count(" ")),
    }
    run = subprocess.run(
        [Path(sys.executable).with_name("tsunagu")],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS_MAX,
    )
    assert set(run.stdout.split()) == offered, run.stderr


def test_doctor__pg_bin_points_nowhere__fails_and_says_what_to_change(
    tsunagu: Tsunagu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PG_BIN", "/nowhere")
    run = tsunagu("doctor")
    assert run.returncode == 1
    assert "PG_BIN is /nowhere" in run.stdout


@pytest.mark.wide
@pytest.mark.component
def test_up_status_env_down__one_after_the_other__tell_the_same_story(tsunagu: Tsunagu, home: Path) -> None:
    up = tsunagu("up", "--services", "none")
    assert up.returncode == 0, up.stderr
    assert "kafka ready" in up.stdout

    again = tsunagu("up", "--services", "none")
    assert again.returncode == 0
    assert "already running" in again.stdout

    status = json.loads(tsunagu("status", "--json").stdout)
    assert {process["name"]: process["ready"] for process in status["processes"]} == {
        "postgres": True,
        "kafka": True,
    }
    kafka = next(process for process in status["processes"] if process["name"] == "kafka")

    shell = subprocess.run(
        [
            "bash",
            "-c",
            f'eval "$({sys.executable} -m tsunagu.cli.main env)" && echo "$TSUNAGU_KAFKA_BOOTSTRAP_SERVERS"',
        ],
        env={**os.environ, "TSUNAGU_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stdout.strip() == f"127.0.0.1:{kafka['port']}"

    family = [psutil.Process(process["pid"]) for process in status["processes"]]
    down = tsunagu("down")
    assert down.returncode == 0
    assert psutil.wait_procs(family, timeout=1)[1] == []
    assert tsunagu("down").returncode == 3


@pytest.mark.wide
@pytest.mark.component
def test_up__a_stale_state_file_and_lock_are_there__starts_all_the_same(tsunagu: Tsunagu, home: Path) -> None:
    home.mkdir()
    (home / "lock").touch()
    (home / "state.json").write_text(
        json.dumps({"phase": "ready", "supervisor_pid": 1, "supervisor_started": 1.0, "processes": []})
    )
    up = tsunagu("up", "--services", "none")
    assert up.returncode == 0, up.stderr


@pytest.mark.fault
def test_up__interrupted__stops_what_it_had_started(home: Path) -> None:
    up = subprocess.Popen(
        [sys.executable, "-m", "tsunagu.cli.main", "up", "--services", "none"],
        env={**os.environ, "TSUNAGU_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background have SIGINT ignored, and so would have what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    )
    log = home / "logs" / "kafka.log"
    deadline = time.monotonic() + COMMAND_SECONDS_MAX
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    family = psutil.Process(up.pid).children(recursive=True)
    up.send_signal(signal.SIGINT)
    _, errors = up.communicate(timeout=15)
    assert up.returncode == 1
    assert "interrupted" in errors
    assert len(family) >= 3  # the supervisor, Kafka, PostgreSQL
    assert psutil.wait_procs(family, timeout=1)[1] == []
