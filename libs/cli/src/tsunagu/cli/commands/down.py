"""`tsunagu down`: stop the system."""

import os
import signal
import time
from contextlib import suppress

import psutil
from rich.console import Console

from tsunagu.cli.exits import NOT_RUNNING, fail
from tsunagu.stack.paths import state_dir
from tsunagu.stack.state import StateFile, is_same_process

EXAMPLES = (
    "Examples: `tsunagu down` · `TSUNAGU_HOME=/path tsunagu down`. Data stays; `tsunagu up` goes on with it."
)

STOP_TIMEOUT_SECONDS = 60.0  # every stage has its own grace of 10 s before it is killed
_POLL_SECONDS = 0.05

_console = Console(highlight=False)


def down() -> None:
    """Stop every process of the running system, in reverse order; data stays."""
    home = state_dir()
    file = StateFile(home)
    if not file.is_locked():
        leftovers = file.end_leftovers()
        if leftovers:
            _console.print(f"ended {', '.join(leftovers)}, left over from a supervisor that was killed")
            return
        raise fail(f"no Tsunagu is running in {home}", NOT_RUNNING)
    state = file.read()
    began = time.monotonic()
    if state.supervisor_pid is None or not is_same_process(state.supervisor_pid, state.supervisor_started):
        raise fail(f"the Tsunagu in {home} has just begun to start: try again in a second")
    with suppress(ProcessLookupError):
        os.kill(state.supervisor_pid, signal.SIGTERM)
    if not wait_until_ended(state.supervisor_pid):
        raise fail(
            f"the supervisor (pid {state.supervisor_pid}) did not end within {STOP_TIMEOUT_SECONDS:.0f} s: "
            f"`kill -9 {state.supervisor_pid}` ends it and everything it runs"
        )
    _console.print(f"stopped after {time.monotonic() - began:.1f} s")


def wait_until_ended(pid: int) -> bool:
    """Wait for a process; False when it still runs after the time that a stop may take."""
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        with suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                time.sleep(_POLL_SECONDS)
                continue
        return True
    return False
