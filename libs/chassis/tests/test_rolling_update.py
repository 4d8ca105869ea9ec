"""A rolling update under traffic: the old version and the new one side by side on one database, and back again."""

import asyncio
import shutil
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tsunagu.chassis.service import Service
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.world import World, a_scan

pytestmark = pytest.mark.fault
VISITORS = [f"v{number}" for number in range(12)]


async def test_processes_are_replaced_one_by_one__nothing_is_lost_or_done_twice_and_somebody_always_works(
    world: World, tmp_path: Path
) -> None:
    old, new = world.service, newer_than(world.service, tmp_path)
    traffic = Traffic(world)
    async with asyncio.TaskGroup() as group, AsyncExitStack() as processes:
        first, second = [await started(processes, world, old) for _ in range(2)]
        await traffic.flows(group)
        third = await started(processes, world, new)
        await first.aclose()
        await traffic.is_answered()
        again = await started(processes, world, old)  # one of the old ones is started again meanwhile
        await second.aclose()
        await started(processes, world, new)
        await again.aclose()
        await traffic.is_answered()
        await third.aclose()
        await started(processes, world, old)  # and the update is taken back
        await traffic.is_answered()
        traffic.end()
    async with world.running(old):
        await world.until_visits(traffic.sent)
        await world.until_sent()
    rounds = traffic.sent // len(VISITORS)
    assert await world.told() == {visitor: list(range(1, rounds + 1)) for visitor in VISITORS}
    assert not await world.query("SELECT FROM dead_letter")
    assert await world.query("SELECT remark FROM visitor"), "the new version was here"


class Traffic:
    """Visitors who scan all the time, each as often as every other."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ended = False
        self.sent = 0

    async def flows(self, group: asyncio.TaskGroup) -> None:
        """Begin, and wait for the first answers."""
        group.create_task(self._flow())
        await self.is_answered()

    async def _flow(self) -> None:
        while not self._ended:
            await self._world.send([record_of(a_scan(visitor)) for visitor in VISITORS])
            self.sent += len(VISITORS)

    async def is_answered(self) -> None:
        """Wait until something is counted that was sent after this call."""
        await self._world.until_visits(self.sent + len(VISITORS))

    def end(self) -> None:
        """Send no more."""
        self._ended = True


def newer_than(service: Service, folder: Path) -> Service:
    """The next version: it has a column more, which the old one knows nothing of."""
    assert service.migrations is not None
    migrations = folder / "migrations"
    shutil.copytree(service.migrations, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    number = len(list(migrations.iterdir())) + 1
    (migrations / f"{number:04}_remark.sql").write_text(
        "ALTER TABLE visitor ADD COLUMN remark text NOT NULL DEFAULT '';"
    )
    return replace(service, migrations=migrations)


async def started(processes: AsyncExitStack, world: World, service: Service) -> AsyncExitStack:
    """A process more; closing what is returned stops it before the others."""
    process = await processes.enter_async_context(AsyncExitStack())
    await process.enter_async_context(world.running(service))
    return process
