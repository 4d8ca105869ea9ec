"""The world's port has what is made for the world, and nothing else."""

from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from tsunagu.chassis.http import build_app
from tsunagu.chassis.public_port import public_port
from tsunagu.chassis.runtime import Runtime
from tsunagu.stack.ports import free_port
from tsunagu.testing.toy.world import World, eventually

pytestmark = pytest.mark.component

FOR_OPERATORS = ("/livez", "/readyz", "/metrics", "/asyncapi", "/operator/dead-letters")


def hello(_: Runtime) -> ASGIApp:
    async def say(_: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    return Starlette(routes=[Route("/hello", say)])


async def test_public_port__has_its_own_routes_only(world: World) -> None:
    service = replace(world.service, public_http=hello)
    async with world.running(service, public_http_port=free_port()) as runtime, public_port(runtime):
        address = f"http://127.0.0.1:{runtime.settings.public_http_port}"
        async with httpx.AsyncClient(base_url=address) as world_client:

            async def answers() -> bool:
                try:
                    return (await world_client.get("/hello")).text == "hello"
                except httpx.ConnectError:
                    return False

            await eventually(answers, "the public port answers")
            for path in FOR_OPERATORS:
                assert (await world_client.get(path)).status_code == 404, path
        inside = httpx.ASGITransport(build_app(runtime))
        async with httpx.AsyncClient(transport=inside, base_url="http://operator") as operator:
            for path in FOR_OPERATORS:
                assert (await operator.get(path)).status_code == 200, path
            assert (await operator.get("/hello")).status_code == 404


async def test_asyncapi__names_what_is_read(world: World) -> None:
    async with world.running() as runtime:
        inside = httpx.ASGITransport(build_app(runtime))
        async with httpx.AsyncClient(transport=inside, base_url="http://operator") as operator:
            document = (await operator.get("/asyncapi")).json()
    assert document["asyncapi"].startswith(("2.", "3."))
    assert world.source in str(document["channels"])
