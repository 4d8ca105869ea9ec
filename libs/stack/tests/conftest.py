"""A tiny service and a small system for the tests of the stack."""

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tsunagu.stack.services import ServiceProcess
from tsunagu.stack.state import StateFile, SystemState

DEADLINE_SECONDS = 60


@pytest.fixture
def fake_service(tmp_path: Path) -> ServiceProcess:
    """A service that is ready at once and shows its environment at /environment."""
    script = tmp_path / "fake_service.py"
    script.write_text(
        textwrap.dedent(
            """
            import json, os
            from http.server import BaseHTTPRequestHandler, HTTPServer

            class Handler(BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200 if self.path in ("/readyz", "/environment") else 404)
                    self.end_headers()
                    if self.path == "/environment":
                        self.wfile.write(json.dumps(dict(os.environ)).encode())

            HTTPServer((os.environ["TSUNAGU_HTTP_HOST"], int(os.environ["TSUNAGU_HTTP_PORT"])), Handler).serve_forever()
            """
        )
    )
    return ServiceProcess(
        "inventory", "fake", "tsunagu_inventory", "tsunagu_inventory", command=(sys.executable, str(script))
    )


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home directory whose processes must all be gone after the test."""
    folder = tmp_path / "home"
    yield folder
    left = processes_of(folder)
    for process in left:
        process.kill()
    assert not left, f"left behind: {left}"


def processes_of(folder: Path) -> list[psutil.Process]:
    """Every process on this machine whose command line names the folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if any(str(folder) in part for part in process.info["cmdline"] or ())
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


@pytest.fixture
def supervised_system(home: Path, fake_service: ServiceProcess) -> Iterator["SystemInAnotherProcess"]:
    """Starts a system with the fake service in a process of its own."""
    started = SystemInAnotherProcess(home, fake_service)
    yield started
    started.end()


class SystemInAnotherProcess:
    """A supervisor in another process, so that it can be interrupted and killed."""

    def __init__(self, home: Path, service: ServiceProcess) -> None:
        self.home = home
        self._file = StateFile(home)
        self._service = service
        self.process: subprocess.Popen[bytes] | None = None

    def spawn(self) -> None:
        """Start the supervisor; returns at once."""
        command = json.dumps(self._service.command)
        program = textwrap.dedent(
            f"""
            import asyncio
            from pathlib import Path
            from tsunagu.stack.run import run
            from tsunagu.stack.services import ServiceProcess
            service = ServiceProcess("inventory", "fake", "tsunagu_inventory", "tsunagu_inventory",
                                     command=tuple({command}))
            asyncio.run(run(Path({str(self.home)!r}), [service], print))
            """
        )
        self.process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)

    def start(self) -> SystemState:
        """Start the supervisor and wait until the system is ready."""
        self.spawn()
        return self.wait_for(lambda state: state.phase == "ready")

    def wait_for(self, condition: Callable[[SystemState], bool]) -> SystemState:
        """Wait until the state file says so."""
        assert self.process is not None
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            state = self._file.read()
            if state.supervisor_pid == self.process.pid and condition(state):
                return state
            assert self.process.poll() is None, f"the supervisor ended: {state.message}"
            time.sleep(0.02)
        raise AssertionError(f"not within {DEADLINE_SECONDS} s: {self._file.read()}")

    def family(self) -> list[psutil.Process]:
        """Every process below the supervisor."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self) -> None:
        """End the supervisor if it still runs."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
