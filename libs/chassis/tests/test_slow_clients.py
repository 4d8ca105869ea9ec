"""A client that never gets on with its request or its answer holds nothing for long, and no client holds too much."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tsunagu.chassis.public_port import public_port
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.service import Service
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.slow_clients import SLOW_REQUEST, TOO_MANY, UNREAD, connections_max_of
from tsunagu.stack.ports import free_port
from tsunagu.testing.toy.world import PATIENCE_SECONDS, eventually

HELLO = b"GET /hello HTTP/1.1\r\nHost: here\r\n\r\n"
LARGE_BYTES = 64 * 1024 * 1024  # more than the kernel takes on between two sockets

Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Door:
    """A public port. `let_go` lets /wait answer."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.let_go = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self) -> Client:
        client = await asyncio.open_connection("127.0.0.1", self.port, limit=1024)
        self._writers.append(client[1])
        return client

    async def leave(self) -> None:
        """Close what has been connected."""
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _hello(self, _: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    async def _wait(self, _: Request) -> PlainTextResponse:
        await self.let_go.wait()
        return PlainTextResponse("waited")

    async def _large(self, _: Request) -> PlainTextResponse:
        return PlainTextResponse(b"x" * LARGE_BYTES)

    def app(self, _: Runtime) -> Starlette:
        return Starlette(
            routes=[Route("/hello", self._hello), Route("/wait", self._wait), Route("/large", self._large)]
        )


@asynccontextmanager
async def a_door(**limits: Any) -> AsyncIterator[Door]:
    door = Door(free_port())
    settings = ChassisSettings(public_http_port=door.port, **limits)
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        public_port(Runtime(Service("insight", public_http=door.app), settings)),
    ):

        async def is_open() -> bool:
            try:
                _, writer = await door.connect()
            except OSError:
                return False
            writer.close()
            return True

        await eventually(is_open, "the port is open")
        try:
            yield door
        finally:
            await door.leave()


def cut_off(why: str) -> float:
    return REGISTRY.get_sample_value("tsunagu_public_http_cut_off_total", {"why": why}) or 0.0


async def is_greeted(client: Client) -> bool:
    """Ask once, on a connection that stays open."""
    reader, writer = client
    try:
        writer.write(HELLO)
        await reader.readuntil(b"hello")
    except (OSError, EOFError):
        return False
    return True


async def ends(client: Client) -> None:
    """Read until the connection has ended, in order or not."""
    with suppress(OSError):
        while await client[0].read(1024):
            pass


async def test_request__that_never_comes__ends_its_connection() -> None:
    before = cut_off(SLOW_REQUEST)
    async with a_door(public_http_request_seconds_max=0.1) as door:
        for begun in (
            b"",
            b"GET /hel",
            b"POST /hello HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nhalf",
        ):
            client = await door.connect()
            client[1].write(begun)
            await ends(client)
    assert cut_off(SLOW_REQUEST) >= before + 2


async def test_request__byte_by_byte__is_not_waited_for_any_longer() -> None:
    before = cut_off(SLOW_REQUEST)
    async with a_door(public_http_request_seconds_max=0.1) as door:
        reader, writer = await door.connect()
        writer.write(b"GET /hello HTTP/1.1\r\nX-Long: ")
        with suppress(OSError):
            while not reader.at_eof():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0)
    assert cut_off(SLOW_REQUEST) == before + 1


async def test_request__that_is_here__may_be_answered_later_and_its_connection_used_again() -> None:
    async with a_door(public_http_request_seconds_max=0.1) as door:
        patient, slow = await door.connect(), await door.connect()
        patient[1].write(HELLO.replace(b"/hello", b"/wait"))
        slow[1].write(b"GET")
        await ends(slow)  # it came later, and its time is up
        door.let_go.set()
        await patient[0].readuntil(b"waited")
        assert await is_greeted(patient)


async def test_connections__more_than_allowed__are_closed_until_places_come_free() -> None:
    before = cut_off(TOO_MANY)
    async with a_door(public_http_connections_max=2) as door:

        async def another() -> Client | None:
            client = await door.connect()
            return client if await is_greeted(client) else None

        first = await eventually(another, "the port's first look is over")
        second = await eventually(another, "there are two places")
        assert await another() is None
        assert cut_off(TOO_MANY) > before
        assert await is_greeted(first)
        second[1].close()
        await eventually(another, "the place comes free")


async def test_answer__that_nobody_reads__ends_its_connection() -> None:
    before = cut_off(UNREAD)
    async with a_door(public_http_unread_seconds_max=0.1) as door:
        _, writer = await door.connect()
        writer.write(HELLO.replace(b"/hello", b"/large"))

        async def is_cut_off() -> bool:
            return cut_off(UNREAD) == before + 1

        await eventually(is_cut_off, "its connection is cut off")


def test_connections_max__leaves_files_for_the_process_itself() -> None:
    files_max, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = ChassisSettings(public_http_connections_max=3)
    many = ChassisSettings(public_http_connections_max=files_max, public_http_files_kept=100)
    assert (connections_max_of(few), connections_max_of(many)) == (3, files_max - 100)
    assert connections_max_of(ChassisSettings(public_http_files_kept=files_max)) == 1


@pytest.fixture(autouse=True)
def _files(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many files as a process may open by default on many a machine."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, 4_096))
