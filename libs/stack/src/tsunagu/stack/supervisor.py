"""Keeps a set of processes running: starts them in stages, restarts what ends, stops them in reverse."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tsunagu.stack.errors import StackError
from tsunagu.stack.process import Process, ProcessSpec

WATCH_INTERVAL_SECONDS = 0.1  # how late the end of a process is noticed at worst
READY_INTERVAL_SECONDS = 1.0  # how often a restarted process is asked whether it is ready
BACKOFF_FIRST_SECONDS = (
    0.1  # who ran and was killed can start at once; who can't start waits longer each time
)
BACKOFF_MAX_SECONDS = 30.0  # a process that can't start costs two attempts a minute
STARTING_GRACE_SECONDS = 2.0
"""How long a program that is not ready yet may take to stop. It has nothing to finish, and may not have heard: a signal
is lost that comes before it has begun to listen for one (a launcher that is still importing)."""
BACKOFF_RESET_SECONDS = 60.0  # who ran this long starts again with the first backoff


@dataclass
class Supervised:
    """A process with its history."""

    process: Process
    restarts: int = 0
    ready: bool = False
    ready_seconds: float | None = None
    problem: str = ""
    _spawned_at: float = 0.0
    _restart_at: float | None = None
    _backoff_seconds: float = field(default=BACKOFF_FIRST_SECONDS)

    @property
    def name(self) -> str:
        """The spec's name."""
        return self.process.spec.name

    def spawn(self) -> None:
        """Start the process; raises StackError when a port of its is taken."""
        self._spawned_at = time.monotonic()
        self._restart_at = None
        self.ready = False
        self.process.spawn()

    def mark_ready(self) -> None:
        """Note that it serves, and how long that took. From now on it stands back, where its spec says so."""
        self.process.stand_back()
        self.ready = True
        self.problem = ""
        self.ready_seconds = round(time.monotonic() - self._spawned_at, 2)

    def plan_restart(self) -> None:
        """Decide when to start the ended process again."""
        now = time.monotonic()
        if now - self._spawned_at > BACKOFF_RESET_SECONDS:
            self._backoff_seconds = BACKOFF_FIRST_SECONDS
        self._restart_at = now + self._backoff_seconds
        self._backoff_seconds = min(self._backoff_seconds * 2, BACKOFF_MAX_SECONDS)
        self.ready = False
        self.problem = f"ended with exit code {self.process.exit_code()}"

    @property
    def restart_planned(self) -> bool:
        """Whether a restart is waiting for its time."""
        return self._restart_at is not None

    @property
    def restart_due(self) -> bool:
        """Whether the time of the planned restart has come."""
        return self._restart_at is not None and time.monotonic() >= self._restart_at


class Supervisor:
    """Runs processes for as long as itself. `on_change` is called whenever what it would report changes."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._on_change = on_change
        self._stages: list[list[Supervised]] = []

    @property
    def processes(self) -> list[Supervised]:
        """Everything that was started, in order."""
        return [supervised for stage in self._stages for supervised in stage]

    async def start(self, specs: Sequence[ProcessSpec]) -> None:
        """Start a stage and wait until all of it is ready.

        Raises StackError when one of them ends or is not ready in time; what was started keeps running
        until `stop`.
        """
        stage = [Supervised(Process(spec)) for spec in specs]
        self._stages.append(stage)
        for supervised in stage:
            supervised.spawn()
        self._on_change()
        waits = [asyncio.create_task(self._wait_ready(supervised)) for supervised in stage]
        try:
            await asyncio.gather(*waits)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def watch(self) -> None:
        """Restart what ends, for ever; cancel it before `stop`."""
        async with asyncio.TaskGroup() as group:
            # Beside each other: a process that hangs when it is asked keeps no other from being started again.
            group.create_task(self._restart_ended())
            group.create_task(self._check_restarted())

    async def stop(self) -> None:
        """Stop the stages in reverse order, each stage's processes at the same time.

        Cancelled while it waits (somebody pressed Ctrl-C again), it kills what still runs.
        """
        try:
            while self._stages:
                await asyncio.gather(
                    *(
                        supervised.process.stop(None if supervised.ready else STARTING_GRACE_SECONDS)
                        for supervised in self._stages[-1]
                    )
                )
                self._stages.pop()
                self._on_change()
        except asyncio.CancelledError:
            await asyncio.gather(*(supervised.process.kill() for supervised in self.processes))
            self._stages.clear()
            raise

    async def _restart_ended(self) -> None:
        while True:
            for supervised in self.processes:
                self._look_after(supervised)
            await asyncio.sleep(WATCH_INTERVAL_SECONDS)

    def _look_after(self, supervised: Supervised) -> None:
        if supervised.process.is_running():
            return
        if not supervised.restart_planned:
            supervised.plan_restart()
            self._on_change()
        elif supervised.restart_due:
            supervised.restarts += 1
            try:
                supervised.spawn()
            except StackError as error:
                supervised.plan_restart()
                supervised.problem = str(error)
            self._on_change()

    async def _check_restarted(self) -> None:
        while True:
            await asyncio.gather(*(self._check(each) for each in self.processes if not each.ready))
            await asyncio.sleep(READY_INTERVAL_SECONDS)

    async def _check(self, supervised: Supervised) -> None:
        if await supervised.process.is_ready():
            supervised.mark_ready()
            self._on_change()

    async def _wait_ready(self, supervised: Supervised) -> None:
        await supervised.process.wait_ready()
        supervised.mark_ready()
        self._on_change()
