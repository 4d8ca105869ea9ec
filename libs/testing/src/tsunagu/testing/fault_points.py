"""Faults at named places of the machinery: the process is killed, frozen, or made to wait."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tsunagu.chassis import faults

KILL, FREEZE, STOP_READING = "kill", "freeze", "stop_reading"
_SIGNALS = {KILL: signal.SIGKILL, FREEZE: signal.SIGSTOP}


def strike_at(place: str, action: str, passes: int = 1) -> None:
    """Kill or freeze this process, or end its reading of Kafka, when it passes `place` for the `passes`-th time."""
    seen: Counter[str] = Counter()

    async def hook(name: str) -> None:
        seen[name] += 1
        if name != place or seen[name] != passes:
            return
        if action == STOP_READING:
            for task in asyncio.all_tasks():
                if "_fetch_requests_routine" in str(task.get_coro()):
                    task.cancel()
        else:
            os.kill(os.getpid(), _SIGNALS[action])

    faults.install(hook)


class Gate:
    """A place where the first who passes is held up until the gate is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()


@asynccontextmanager
async def gate_at(place: str) -> AsyncIterator[Gate]:
    """Hold up the first who passes `place`, in this process; everyone after that goes through."""
    gate = Gate()

    async def hook(name: str) -> None:
        if name == place and not gate.reached.is_set():
            gate.reached.set()
            await gate.opened.wait()

    faults.install(hook)
    try:
        yield gate
    finally:
        gate.opened.set()
        faults.install(None)


@asynccontextmanager
async def failing_at(place: str, error: Exception) -> AsyncIterator[None]:
    """Let the first who passes `place` fail with `error`, in this process; everyone after that goes through."""
    failed = False

    async def hook(name: str) -> None:
        nonlocal failed
        if name == place and not failed:
            failed = True
            raise error

    faults.install(hook)
    try:
        yield
    finally:
        faults.install(None)
