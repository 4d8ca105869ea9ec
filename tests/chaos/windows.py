"""What others paid and waited while shoppers were struck, beside what they do undisturbed, in the same run."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tsunagu.retailer.http_request import request
from tsunagu.stack.addresses import Addresses
from tsunagu.stack.process import Process

from .callers import CALLS, PARTNER, STAFF, Callers
from .flood import Counts, Flood

INVENTORY, SHOPPERS = "inventory", "edge-shopper"
OPERATIONS: Mapping[str, tuple[str, str]] = {
    INVENTORY: ("record", "tsunagu_consumer_records_total"),
    PARTNER: ("request", "tsunagu_edge_requests_total"),
    STAFF: ("request", "tsunagu_edge_requests_total"),
}
"""Whose CPU time is counted, for each of what, and which of its own metrics says how many those were."""


@dataclass(frozen=True)
class Window:
    """So many seconds in which nobody was disturbed, or shoppers were.

    `cpu_ms` is what an operation took of the processors, by service; `took_seconds` how long calls took, by kind;
    `left_out` how many were not made, since too many waited already. `answers` are the flood's, by status.
    `shoppers_cpu_seconds` is None where that process was killed meanwhile.
    """

    name: str
    seconds: float
    cpu_ms: Mapping[str, float]
    took_seconds: Mapping[str, Sequence[float]]
    left_out: int
    shoppers_cpu_seconds: float | None
    answers: Mapping[str, int]

    @property
    def flood_requests_per_second(self) -> float:
        """How much was asked that was answered, refused or cut off."""
        return sum(self.answers.values()) / self.seconds


@dataclass(frozen=True)
class Comparison:
    """A window while shoppers were struck, and the undisturbed one right before it."""

    usual: Window
    struck: Window


@dataclass(frozen=True)
class _Reading:
    at: float
    shoppers_pid: int | None
    cpu_seconds: Mapping[str, float]
    done: Mapping[str, float]
    answers: Counts


class Watcher:
    """Watches the processes of a running system, and those who call at its doors."""

    def __init__(self, addresses: Addresses, processes: Mapping[str, Process], callers: Callers) -> None:
        self._operator = addresses.operator
        self._processes = processes
        self._callers = callers

    async def watch(self, name: str, seconds: float, flood: Flood | None = None) -> Window:
        """Watch for so long. Raises OSError or TimeoutError where a watched service does not tell its figures."""
        before = await self._read(flood)
        await asyncio.sleep(seconds)
        after = await self._read(flood)
        await self._callers.answered()

        def cpu_seconds(service: str) -> float:
            return after.cpu_seconds[service] - before.cpu_seconds[service]

        return Window(
            name,
            after.at - before.at,
            {
                service: 1_000 * cpu_seconds(service) / max(1.0, after.done[service] - before.done[service])
                for service in OPERATIONS
            },
            {call: self._callers.took(call, before.at, after.at) for call in CALLS},
            self._callers.left_out(before.at, after.at),
            cpu_seconds(SHOPPERS) if before.shoppers_pid == after.shoppers_pid else None,
            dict(after.answers - before.answers),
        )

    async def _read(self, flood: Flood | None) -> _Reading:
        return _Reading(
            time.monotonic(),
            self._processes[SHOPPERS].pid,
            {name: _cpu_seconds(self._processes[name]) for name in (*OPERATIONS, SHOPPERS)},
            {name: await self._done(name) for name in OPERATIONS},
            Counter() if flood is None else await asyncio.to_thread(flood.counts),
        )

    async def _done(self, service: str) -> float:
        answer = await request("GET", f"{self._operator[service]}/metrics")
        metric = OPERATIONS[service][1]
        return sum(map(float, re.findall(rf"^{metric}{{.*}} (\S+)$", answer.body.decode(), re.MULTILINE)))


def _cpu_seconds(process: Process) -> float:
    """What a process has used of the processors since its start; 0 of one that does not run."""
    with suppress(psutil.NoSuchProcess):
        if process.pid is not None:
            times = psutil.Process(process.pid).cpu_times()
            return times.user + times.system
    return 0.0
