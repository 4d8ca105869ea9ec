"""A retailer that has sold for a while and goes on running, with its Prometheus."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from tests.browser.stranger import demo_that_stays

from tsunagu.contracts.topics import ORDER_COMMANDS
from tsunagu.stack.state import ProcessState, StateFile, SystemState

POLL_SECONDS = 1.0
KAFKA_DISK_GIGABYTES = 3  # in memory, used as far as it is filled; `tsunagu doctor` wants 2 to be free
POISON = b"orders of 11 o'clock, see attached"


@dataclass(frozen=True)
class Watched:
    """The retailer and who watches it."""

    home: Path
    prometheus: httpx.AsyncClient
    kafka_disk: Path | None  # where Kafka's data lies, if that is a disk of its own

    @property
    def state(self) -> SystemState:
        """What runs."""
        return StateFile(self.home).read()

    @property
    def kafka(self) -> str:
        """The address of its Kafka."""
        return f"127.0.0.1:{self.state.ports['kafka']}"

    def process(self, name: str) -> ProcessState:
        """One of its processes."""
        return next(process for process in self.state.processes if process.name == name)

    async def ask(self, path: str, **parameters: str) -> Any:
        """Prometheus's answer."""
        answer = await self.prometheus.get(f"/api/v1/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def query(self, expression: str) -> list[Any]:
        """The samples that an expression comes to now."""
        found: list[Any] = (await self.ask("query", query=expression))["result"]
        return found

    async def until(self, expression: str, holds: Callable[[list[Any]], bool], seconds: float) -> None:
        """Wait until an expression's samples are as they should be."""
        end = time.monotonic() + seconds
        while not holds(found := await self.query(expression)):
            assert time.monotonic() < end, f"{expression} is {found or 'nothing'} after {seconds:g} s"
            await asyncio.sleep(POLL_SECONDS)

    async def tsunagu(self, *arguments: str) -> tuple[int | None, str]:
        """Give a command as an operator does; its exit code and what it says."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tsunagu.cli.main", *arguments,
            env={**os.environ, "TSUNAGU_HOME": str(self.home)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await process.communicate()
        return process.returncode, out.decode()


@contextmanager
def disk_of_its_own(folder: Path) -> Iterator[Path | None]:
    """A small disk at a folder, as only root can make one; None for anybody else."""
    if os.geteuid() != 0:
        yield None
        return
    folder.mkdir(parents=True)
    options = f"size={KAFKA_DISK_GIGABYTES}g"
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False)
    if made.returncode != 0:  # root of a container that may not
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    """The retailer. Something that nobody can read came in as it began to be watched: its alert takes five minutes."""
    home: Path = tmp_path_factory.mktemp("ops") / "home"
    with disk_of_its_own(home / "kafka") as kafka_disk:
        async with demo_that_stays(home):
            ports = StateFile(home).read().ports
            async with AIOKafkaProducer(bootstrap_servers=f"127.0.0.1:{ports['kafka']}") as producer:
                await producer.send_and_wait(ORDER_COMMANDS.name, POISON, key=b"order-of-11")
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{ports['prometheus']}", timeout=30
            ) as client:
                yield Watched(home, client, kafka_disk)
