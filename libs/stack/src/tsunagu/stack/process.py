"""One program under supervision: start, wait until ready, stop, and what tests do to it: kill, freeze."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tsunagu.stack.errors import StackError
from tsunagu.stack.identity import Identity, launcher_argv
from tsunagu.stack.ports import require_free

READY_POLL_SECONDS = 0.05  # short beside the start of the fastest program (PostgreSQL: 50 ms)
EXIT_POLL_SECONDS = 0.02  # how soon an end is noticed while waiting for it
LOG_TAIL_LINES = 15  # enough for a stack trace's end, few enough to read in a terminal


@dataclass(frozen=True)
class ProcessSpec:
    """What to run and how to tell that it works.

    `ready` answers whether the program serves now; it may raise OSError for "not yet".
    `environment` is added to this process's own. `ports` are checked to be free before the start.
    `niceness` (0 to 19, as for nice(1)) is how far it stands back, once it serves, where others want the processor.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    ready: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    identity: Identity = Identity.CALLER
    niceness: int = 0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_grace_seconds: float = 10.0  # a service finishes its batch in well under a second; Kafka and PG in 1
    ready_timeout_seconds: float = 150.0  # 40 times the usual start of Kafka: all at once on a busy machine


class Process:
    """A running (or ended) program of a spec. Start it from a thread that lives as long as it should."""

    def __init__(self, spec: ProcessSpec) -> None:
        self.spec = spec
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the program, or None when it is not running."""
        return self._child.pid if self._child is not None and self.is_running() else None

    def is_running(self) -> bool:
        """Whether the program has not ended."""
        return self._child is not None and self._child.poll() is None

    def exit_code(self) -> int | None:
        """The exit code of the ended program (negative: the signal); None while it has not ended."""
        return None if self._child is None else self._child.poll()

    def spawn(self) -> None:
        """Start the program in a session of its own, its output appended to the log.

        Raises StackError when one of its ports is taken.
        """
        for port in self.spec.ports:
            require_free(port, self.spec.name)
        self.spec.log.parent.mkdir(parents=True, exist_ok=True)
        with self.spec.log.open("ab") as log:
            self._child = subprocess.Popen(
                launcher_argv(self.spec.identity, *self.spec.argv),
                env={**os.environ, **self.spec.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stand_back(self) -> None:
        """Leave the processors to others as far as the spec says. Lasts until the program ends."""
        if self.spec.niceness == 0 or self._child is None:
            return
        pid = self._child.pid
        # Who has just ended is nice enough.
        with suppress(ProcessLookupError):
            usual = os.getpriority(os.PRIO_PROCESS, pid)
            os.setpriority(os.PRIO_PROCESS, pid, usual + self.spec.niceness)
        # Where Linux shares the processors between sessions first, niceness counts within a session only. The program
        # has a session of its own, which has to stand back as well; a kernel that shares otherwise has no such file.
        with suppress(OSError):
            Path(f"/proc/{pid}/autogroup").write_text(str(self.spec.niceness))

    async def is_ready(self) -> bool:
        """Whether the program runs and answers its readiness check."""
        if not self.is_running():
            return False
        try:
            return await self.spec.ready()
        except (OSError, TimeoutError):
            return False

    async def wait_ready(self) -> None:
        """Wait until the readiness check says yes.

        Raises StackError, with the end of the log, when the program ends or its time is up.
        """
        deadline = time.monotonic() + self.spec.ready_timeout_seconds
        while not await self.is_ready():
            if not self.is_running():
                raise StackError(
                    f"{self.spec.name} ended with exit code {self.exit_code()}.\n{self.log_tail()}"
                )
            if time.monotonic() > deadline:
                raise StackError(
                    f"{self.spec.name} was not ready within {self.spec.ready_timeout_seconds:.0f} s.\n"
                    f"{self.log_tail()}"
                )
            await asyncio.sleep(READY_POLL_SECONDS)

    def log_tail(self) -> str:
        """The last lines of the log, with its path."""
        try:
            lines = self.spec.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        except OSError:
            lines = []
        return "\n".join([f"The end of {self.spec.log}:", *(f"  {line}" for line in lines)])

    async def stop(self, grace_seconds: float | None = None) -> None:
        """Ask the program to stop; after the grace (the spec's, if none is given), kill it and its children."""
        child = self._child
        if child is None:
            return
        family = self._family()
        with suppress(ProcessLookupError):
            child.send_signal(self.spec.stop_signal)
            # A frozen program would not see the stop signal before it is thawed.
            child.send_signal(signal.SIGCONT)
        grace = self.spec.stop_grace_seconds if grace_seconds is None else grace_seconds
        if not await _ended_within(child, grace):
            _signal_all(family, signal.SIGKILL)
            await _gone(child, family)

    async def kill(self) -> None:
        """Kill the program and its children without warning, and wait until they are gone.

        Meanwhile a supervisor may have started the program again.
        """
        child, family = self._child, self._family()
        if child is not None:
            _signal_all(family, signal.SIGKILL)
            await _gone(child, family)

    def freeze(self) -> None:
        """Stop the program and its children in their tracks (SIGSTOP); `thaw` lets them go on."""
        _signal_all(self._family(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen program go on."""
        _signal_all(self._family(), signal.SIGCONT)

    def _family(self) -> list[psutil.Process]:
        """The program first, then its children: PostgreSQL's put themselves into sessions of their own."""
        if self._child is None or not self.is_running():
            return []
        with suppress(psutil.NoSuchProcess):
            program = psutil.Process(self._child.pid)
            return [program, *program.children(recursive=True)]
        return []


async def _ended_within(child: "subprocess.Popen[bytes]", seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while child.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(EXIT_POLL_SECONDS)
    return True


async def _gone(child: "subprocess.Popen[bytes]", family: list[psutil.Process]) -> None:
    # Of those that were killed, not of "the program": that one may run again by now.
    while child.poll() is None or any(_is_alive(member) for member in family):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(EXIT_POLL_SECONDS)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal_all(family: list[psutil.Process], number: signal.Signals) -> None:
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.send_signal(number)
