"""Servers of one's own for a test: real ones that can be killed, frozen and restarted on the same port."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tsunagu.stack import kafka, postgres
from tsunagu.stack.ports import free_port
from tsunagu.stack.process import Process


@dataclass(frozen=True)
class EmbeddedServer:
    """A running server and its address (bootstrap servers for Kafka, the superuser's URL for PostgreSQL)."""

    address: str
    process: Process

    async def kill(self) -> None:
        """Kill the server and its children without warning (SIGKILL); its data stays."""
        await self.process.kill()

    def freeze(self) -> None:
        """Stop the server in its tracks (SIGSTOP): connections stay open and nothing answers."""
        self.process.freeze()

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self.process.thaw()

    async def stop(self) -> None:
        """Stop the server in good order."""
        await self.process.stop()

    async def restart(self) -> None:
        """Start again on the same port with the same data, after ending the server if it still runs."""
        await self.process.stop()
        self.process.spawn()
        await self.process.wait_ready()


@asynccontextmanager
async def _running(process: Process, address: str) -> AsyncIterator[EmbeddedServer]:
    process.spawn()
    try:
        await process.wait_ready()
        yield EmbeddedServer(address, process)
    finally:
        # What is thrown away needs no good order.
        await process.kill()


# Every test has a database of its own, some 350 files: in memory it is made 20 times as fast as on a disk (measured).
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a directory that is ours alone
_FREE_BYTES_MIN = 4 * 1024**3  # a whole run leaves far less there; containers often have 64 MB


def memory() -> Path | None:
    """Where files are kept in memory, if there is enough of it."""
    if _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free >= _FREE_BYTES_MIN:
        return _IN_MEMORY
    return None


def runs_programs(folder: Path) -> bool:
    """Whether a file in the folder may be run; containers often have memory where none may."""
    return not os.statvfs(folder).f_flag & os.ST_NOEXEC


def _new_directory(name: str, *, on_disk: bool = False) -> Path:
    """A directory for data that nobody needs afterwards, in memory where there is enough of it."""
    return Path(tempfile.mkdtemp(prefix=f"tsunagu-{name}-", dir=None if on_disk else memory()))


@asynccontextmanager
async def embedded_kafka(
    *, heap_megabytes: int = 256, passwords: Mapping[str, str] | None = None
) -> AsyncIterator[EmbeddedServer]:
    """A fresh Kafka broker; ready in about 3.5 s, about 200 MB. `passwords`, by account: of one with accounts."""
    directory = _new_directory("kafka")
    try:
        port = free_port()
        settings = kafka.KafkaSettings(
            directory,
            port,
            free_port({port}),
            heap_megabytes=heap_megabytes,
            passwords=passwords or {},
        )
        kafka.prepare(settings, kafka.new_cluster_id())
        process = Process(kafka.process_spec(settings, directory / "kafka.log"))
        async with _running(process, settings.bootstrap_servers) as server:
            yield server
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@asynccontextmanager
async def embedded_postgres(
    *, durable: bool = False, shared_buffers_megabytes: int = 64
) -> AsyncIterator[EmbeddedServer]:
    """A fresh PostgreSQL server; ready in about a second. Commits are synchronous; synced to disk if `durable`."""
    directory = _new_directory("postgres", on_disk=durable)
    try:
        settings = postgres.PostgresSettings(
            directory,
            free_port(),
            postgres.new_password(),
            shared_buffers_megabytes=shared_buffers_megabytes,
            durable=durable,
        )
        postgres.prepare(settings)
        process = Process(postgres.process_spec(settings, directory / "postgres.log"))
        async with _running(process, settings.dsn()) as server:
            yield server
    finally:
        shutil.rmtree(directory, ignore_errors=True)
