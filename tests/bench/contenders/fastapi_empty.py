"""A FastAPI application with one endpoint that does nothing, served as the doors are."""

import asyncio
import os

import uvicorn
import uvloop
from fastapi import FastAPI

from tsunagu.stack.ports import HOST


def app() -> FastAPI:
    """The application."""
    api = FastAPI()

    @api.get("/empty")
    async def empty() -> dict[str, str]:
        return {}

    return api


if __name__ == "__main__":
    config = uvicorn.Config(
        app(), host=HOST, port=int(os.environ["BENCH_HTTP_PORT"]), lifespan="off", access_log=False
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve())
