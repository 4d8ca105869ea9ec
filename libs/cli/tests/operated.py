"""A service with its operator port, and a command that speaks to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import uvicorn
from typer.testing import CliRunner, Result

from tsunagu.chassis.http import build_app
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.service import Service
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.cli.main import app
from tsunagu.testing.toy.world import World, eventually

ABSENT_WAIT_SECONDS = 0.05  # for each topic that a service would send to, before it can stop
Command = Callable[..., Awaitable[Result]]


@asynccontextmanager
async def served(world: World, name: str) -> AsyncIterator[Command]:
    """`await command(…)` runs `tsunagu NAME …` against the toy, in insight's place."""
    runtime = Runtime(world.service, world.settings())
    async with operated(runtime, "insight", [name], lambda: world.until_ready(runtime)) as command:
        yield command


@asynccontextmanager
async def migrated(
    service: Service, database_url: str, kafka: str, words: Sequence[str], columns: int = 200
) -> AsyncIterator[Command]:
    """The same with a service whose database is all that it needs: its topics are not there, and nobody misses them."""
    runtime = Runtime(
        service,
        ChassisSettings(
            database_url=database_url,
            kafka_bootstrap_servers=kafka,
            relay_topic_wait_seconds=ABSENT_WAIT_SECONDS,
        ),
    )

    async def is_migrated() -> bool:
        return runtime.migrated

    async def ready() -> None:
        await eventually(is_migrated, "the database is migrated")

    async with operated(runtime, service.name, words, ready, columns) as command:
        yield command


@asynccontextmanager
async def operated(
    runtime: Runtime,
    in_place_of: str,
    words: Sequence[str],
    until_ready: Callable[[], Awaitable[None]],
    columns: int = 200,
) -> AsyncIterator[Command]:
    """`await command(…)` runs `tsunagu WORDS …` against the runtime's port (in a thread, since it waits)."""
    server = uvicorn.Server(uvicorn.Config(build_app(runtime), port=0, log_config=None))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    try:
        await eventually(started, "the port is open")
        await until_ready()
        port = server.servers[0].sockets[0].getsockname()[1]
        variable = f"TSUNAGU_OPERATOR_URL_{in_place_of.upper()}"
        environment = {variable: f"http://127.0.0.1:{port}", "COLUMNS": str(columns)}

        def command(*arguments: str) -> Awaitable[Result]:
            return asyncio.to_thread(CliRunner().invoke, app, [*words, *arguments], env=environment)

        yield command
    finally:
        server.should_exit = True
        await serving
