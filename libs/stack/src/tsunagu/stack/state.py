"""What is known about a running system, in a JSON file that `status`, `env` and the next start read."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

import psutil
from pydantic import BaseModel, Field, ValidationError

from tsunagu.stack.errors import StackError

_START_TIME_TOLERANCE_SECONDS = 1.0  # a pid that was used again started at least this much later


class Phase(StrEnum):
    """Where a system is in its life."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class ProcessState(BaseModel):
    """One process. `started` (seconds since 1970) with the pid names the process for ever."""

    name: str
    pid: int | None = None
    started: float | None = None
    port: int | None = None
    log: Path
    ready: bool = False
    ready_seconds: float | None = None
    restarts: int = 0


class SystemState(BaseModel):
    """The whole system. `ports` outlives a stop: the next start uses the same addresses."""

    phase: Phase = Phase.STOPPED
    message: str = ""
    supervisor_pid: int | None = None
    supervisor_started: float | None = None
    ports: dict[str, int] = Field(default_factory=dict)
    processes: list[ProcessState] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)


def start_time(pid: int) -> float | None:
    """When the process started, or None when there is no such process."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def is_same_process(pid: int | None, started: float | None) -> bool:
    """Whether the pid still is the process that started then."""
    if pid is None or started is None:
        return False
    now = start_time(pid)
    return now is not None and abs(now - started) <= _START_TIME_TOLERANCE_SECONDS


class StateFile:
    """The state file of a home directory, and the lock that says whether a supervisor runs there."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "state.json"
        self._lock = home / "lock"

    def read(self) -> SystemState:
        """The state last written; an empty one when there is none or it can't be read."""
        try:
            return SystemState.model_validate_json(self.path.read_text())
        except (OSError, ValidationError):
            return SystemState()

    def write(self, state: SystemState) -> None:
        """Replace the file in one step, so that a reader never sees half of it."""
        new = self.path.with_suffix(".new")
        new.write_text(state.model_dump_json(indent=2) + "\n")
        new.replace(self.path)

    def is_locked(self) -> bool:
        """Whether a supervisor holds the lock. The kernel drops it with the process, however that ends."""
        if not self._lock.exists():
            return False
        with self._lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock; raises StackError when another supervisor has it."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self._lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StackError(
                    f"a Tsunagu is already running in {self.home}: "
                    "see `tsunagu status`, end it with `tsunagu down`"
                ) from error
            yield

    def end_leftovers(self) -> list[str]:
        """Kill recorded processes that outlived their supervisor (possible on macOS); returns their names."""
        ended = []
        for process in self.read().processes:
            if process.pid is not None and is_same_process(process.pid, process.started):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, 9)
                ended.append(process.name)
        return ended
