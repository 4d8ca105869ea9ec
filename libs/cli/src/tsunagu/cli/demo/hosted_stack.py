"""The system of a demo, from the demo's side: start it, know its addresses, end it or let it stay."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tsunagu.cli.demo.host import AGAIN, STAY
from tsunagu.stack.addresses import Addresses, running_addresses
from tsunagu.stack.errors import StackError
from tsunagu.stack.process import LOG_TAIL_LINES
from tsunagu.stack.services import installed_services
from tsunagu.stack.state import Phase, StateFile, SystemState

START_SECONDS_MAX = 180  # a cold cache on a slow line; usually 3 to 10
STOP_SECONDS_MAX = 60  # every stage has its own grace of 10 s before it is killed
_POLL_SECONDS = 0.1


class HostedStack:
    """Use it as a context: leaving it ends the system, unless it was told to stay.

    A process of its own supervises the system. It ends with this one, whatever ends this one.
    `services` are the names of those that run; all that are installed, if not given.
    """

    def __init__(
        self, home: Path, keep: bool, environment: Mapping[str, str], services: Sequence[str] | None = None
    ) -> None:
        self.home = home
        self._keep = keep
        self._services = [each.name for each in installed_services()] if services is None else services
        self._environment = environment
        self._host: subprocess.Popen[bytes] | None = None
        # Beside the home, not in it: it must outlive a home that is deleted, for the error to be shown.
        self._log = home.with_suffix(".log")
        self._lines_shown = 0
        self._stays = False

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            self._host = self._spawn()
        except BaseException:
            # Nobody else deletes what stands there: the supervisor has not begun, or ends as soon as it has.
            if not self._keep:
                shutil.rmtree(self.home, ignore_errors=True)
            self._log.unlink(missing_ok=True)
            raise
        return self

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tsunagu.cli.demo.host",
                    str(self.home),
                    "keep" if self._keep else "delete",
                    *self._services,
                ],
                env={**os.environ, **self._environment},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches the demo alone, which then closes the pipe.
                start_new_session=True,
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._host is not None and self._host.stdin is not None
        with suppress(BrokenPipeError):
            self._host.stdin.close()
        if not self._stays:
            self._wait_until_ended()
        self._log.unlink(missing_ok=True)

    def stay(self) -> None:
        """Let the system go on after this process."""
        self._tell(STAY)
        self._stays = True

    async def start_again(self, without: Iterable[str], progress: Callable[[str], None]) -> Addresses:
        """Stop the system and start it once more, without these variables of its environment; data and ports stay.

        `progress` and errors are those of `ready`.
        """
        ended = {process.pid for process in StateFile(self.home).read().processes}
        self._tell(" ".join((AGAIN, *without)))
        return await self._ready(progress, ended)

    async def ready(self, progress: Callable[[str], None]) -> Addresses:
        """Wait until the system is ready; `progress` gets each line that it reports.

        Raises StackError when it can't start.
        """
        return await self._ready(progress, set())

    async def _ready(self, progress: Callable[[str], None], ended: set[int | None]) -> Addresses:
        """As `ready`; while a process runs that is to have ended, the system is the one before."""
        file = StateFile(self.home)
        deadline = asyncio.get_running_loop().time() + START_SECONDS_MAX
        while True:
            running = self.is_running
            lines = self._log.read_text(errors="replace").splitlines()
            for line in lines[self._lines_shown :]:
                progress(line)
            self._lines_shown = len(lines)
            if not running:
                raise StackError("the system could not start; what it said stands above")
            state = file.read()
            is_new = ended.isdisjoint(process.pid for process in state.processes)
            if state.phase is Phase.READY and is_new and self._is_ours(state):
                return running_addresses(self.home)
            if asyncio.get_running_loop().time() > deadline:
                raise StackError(f"the system was not ready within {START_SECONDS_MAX} s")
            await asyncio.sleep(_POLL_SECONDS)

    async def watch(self) -> None:
        """Look after the system for as long as this runs. Raises StackError when it has ended."""
        while True:
            if not self.is_running:
                lines = self._log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
                raise StackError("the system has ended in the middle of the run:\n" + "\n".join(lines))
            await asyncio.sleep(_POLL_SECONDS)

    def _tell(self, line: str) -> None:
        assert self._host is not None and self._host.stdin is not None
        self._host.stdin.write(f"{line}\n".encode())
        self._host.stdin.flush()

    def _is_ours(self, state: SystemState) -> bool:
        return self._host is not None and state.supervisor_pid == self._host.pid

    @property
    def is_running(self) -> bool:
        """Whether the supervisor has not ended."""
        return self._host is not None and self._host.poll() is None

    def _wait_until_ended(self) -> None:
        assert self._host is not None
        try:
            self._host.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            # Its processes end with it.
            self._host.kill()
            self._host.wait()
