"""The toy with its operator port, and a command that speaks to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from typer.testing import CliRunner, Result

from tsunagu.chassis.http import build_app
from tsunagu.chassis.runtime import Runtime
from tsunagu.cli.main import app
from tsunagu.testing.toy.world import World, eventually

Command = Callable[..., Awaitable[Result]]


@asynccontextmanager
async def served(world: World, name: str) -> AsyncIterator[Command]:
    """`await command(…)` runs `tsunagu NAME …` against the toy (in a thread, since it waits)."""
    runtime = Runtime(world.service, world.settings())
    server = uvicorn.Server(uvicorn.Config(build_app(runtime), port=0, log_config=None))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    try:
        await eventually(started, "the port is open")
        await world.until_ready(runtime)
        port = server.servers[0].sockets[0].getsockname()[1]
        environment = {"TSUNAGU_OPERATOR_URL_INSIGHT": f"http://127.0.0.1:{port}", "COLUMNS": "200"}

        def command(*arguments: str) -> Awaitable[Result]:
            return asyncio.to_thread(CliRunner().invoke, app, [name, *arguments], env=environment)

        yield command
    finally:
        server.should_exit = True
        await serving
