"""One schedule: from a seed, who does what next and what goes wrong meanwhile; then, without faults, to the end."""

from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass

from tsunagu.testing.simulated_clock import SimulatedClock, installed

from .draining import Draining
from .invariants import findings
from .performance import Performance, Stage
from .steps import Steps
from .strikes import watching
from .struck_work import StruckWork

STEPS_MAX = 300
"""Steps with faults: enough that most orders are under way when something goes wrong."""


@dataclass(slots=True)
class Played:
    """A schedule that held. `digest` is the same whenever the seed is."""

    seed: int
    digest: str
    faults: Counter[str]
    orders: int
    steps: int
    records: int
    passed: Counter[str]
    transcript: list[str]


async def play(seed: int, stage: Stage, steps: int) -> Played:
    """Play a schedule on empty databases. Raises Broken, or what somebody raised who must not."""
    clock = SimulatedClock()
    passed: Counter[str] = Counter()
    with installed(clock), watching(passed):
        performance = Performance(seed, stage, clock)
        work = StruckWork(performance)
        try:
            await _play(performance, work, steps)
        finally:
            await work.end()
            for process in performance.processes.values():
                process.end_all()
    return Played(
        seed=seed,
        digest=performance.digest(),
        faults=performance.faults,
        orders=performance.world.orders,
        steps=performance.step,
        records=sum(map(len, performance.broker.logs.values())),
        passed=passed,
        transcript=performance.transcript,
    )


async def _play(performance: Performance, work: StruckWork, steps_max: int) -> None:
    steps, draining = Steps(performance, work), Draining(performance)
    performance.emit(performance.world.opening())
    await draining.to_rest(script=False)
    while performance.step < steps_max:
        await steps.take()
    await work.resume_all()
    await draining.to_rest(script=True)
    found = [
        *work.broken,
        *(f"nobody has done {task}" for task in performance.world.left_over()),
        *await _findings(performance),
    ]
    if found:
        raise performance.broken(*found)


async def _findings(performance: Performance) -> list[str]:
    async with AsyncExitStack() as stack:
        connections = {
            name: await stack.enter_async_context(process.connection())
            for name, process in performance.processes.items()
        }
        return await findings(performance.stage.urls, connections, performance.broker)
