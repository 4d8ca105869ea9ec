"""The demo's system ends with the demo, whatever ends the demo, or stays when it was told to."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tsunagu.cli.demo.hosted_stack import HostedStack
from tsunagu.stack.state import Phase, StateFile

pytestmark = [pytest.mark.component, pytest.mark.wide]
HOST = "tsunagu.cli.demo.host"  # the module that supervises
READY_SECONDS_MAX = 90
GONE_SECONDS_MAX = 30

# Kafka and PostgreSQL only: what is tested is who ends them.
_DEMO = """
import asyncio, signal, sys
from pathlib import Path
from tsunagu.cli.demo.hosted_stack import HostedStack

# A test run in the background has SIGINT ignored, and so would have its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
with HostedStack(Path(sys.argv[1]), sys.argv[2] == "keep", {}, services=[]) as stack:
    asyncio.run(stack.ready(print))
    if sys.argv[2] == "keep":
        stack.stay()
    else:
        asyncio.run(asyncio.sleep(3600))
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose system is stopped afterwards, in case the test has failed."""
    home = tmp_path / "home"
    yield home
    supervisor = StateFile(home).read().supervisor_pid
    if supervisor is not None and psutil.pid_exists(supervisor):
        os.kill(supervisor, signal.SIGTERM)


def _start(home: Path, at_the_end: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", _DEMO, str(home), at_the_end], stdout=subprocess.DEVNULL)


def _until(is_so: Callable[[], bool], seconds_max: float, what: str) -> None:
    deadline = time.monotonic() + seconds_max
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds_max} s: {what}"
        time.sleep(0.1)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_demo__ended_by_any_signal__leaves_no_process_and_no_data(home: Path, ending: signal.Signals) -> None:
    demo = _start(home, "delete")
    file = StateFile(home)
    _until(lambda: file.read().phase is Phase.READY, READY_SECONDS_MAX, "the system is ready")
    state = file.read()
    pids = [state.supervisor_pid, *(process.pid for process in state.processes)]
    assert len(pids) >= 3
    demo.send_signal(ending)
    demo.wait(GONE_SECONDS_MAX)
    _until(
        lambda: not any(pid is not None and psutil.pid_exists(pid) for pid in pids),
        GONE_SECONDS_MAX,
        "every process is gone",
    )
    _until(lambda: not home.exists(), GONE_SECONDS_MAX, "its data is gone")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_demo__ended_before_anything_is_ready__leaves_no_process_and_no_data(
    home: Path, ending: signal.Signals
) -> None:
    demo = _start(home, "delete")
    # Before there is a supervisor, nobody could act for a demo that is killed.
    _until(lambda: bool(_supervisors(home)), READY_SECONDS_MAX, "the supervisor has been started")
    demo.send_signal(ending)
    demo.wait(GONE_SECONDS_MAX)
    _until(lambda: not _running_in(home), GONE_SECONDS_MAX, "every process is gone")
    _until(lambda: not home.exists(), GONE_SECONDS_MAX, "its data is gone")


def test_demo__interrupted_while_its_supervisor_is_started__leaves_no_data(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt), HostedStack(home, keep=False, environment={}, services=[]):
        pass
    assert not list(home.parent.iterdir())


def _supervisors(home: Path) -> list[psutil.Process]:
    return [process for process in _running_in(home) if HOST in (process.info["cmdline"] or ())]


def _running_in(home: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(home) in argument for argument in process.info["cmdline"] or ())
    ]


@pytest.mark.timeout(2 * READY_SECONDS_MAX + GONE_SECONDS_MAX)
def test_demo__started_again__keeps_its_addresses__without_what_ended_with_the_script(home: Path) -> None:
    environment = {"DEMO_WINDOW": "seconds", "DEMO_KEY": "kept"}
    with HostedStack(home, keep=False, environment=environment, services=[]) as stack:
        addresses = asyncio.run(stack.ready(print))
        before = {process.pid for process in StateFile(home).read().processes}
        assert asyncio.run(stack.start_again(["DEMO_WINDOW"], print)) == addresses
        running = StateFile(home).read().processes
        assert before.isdisjoint(process.pid for process in running)
        (kafka,) = (process for process in running if process.name == "kafka")
        told = psutil.Process(kafka.pid).environ()
        assert (told.get("DEMO_WINDOW"), told.get("DEMO_KEY")) == (None, "kept")
    assert not home.exists()


def test_demo__told_to_stay__leaves_the_system_running_until_it_is_stopped(home: Path) -> None:
    demo = _start(home, "keep")
    assert demo.wait(READY_SECONDS_MAX) == 0
    file = StateFile(home)
    assert file.is_locked()
    supervisor = file.read().supervisor_pid
    assert supervisor is not None
    os.kill(supervisor, signal.SIGTERM)
    _until(lambda: not file.is_locked(), GONE_SECONDS_MAX, "the system has stopped")
    assert file.read().phase is Phase.STOPPED
