"""A proxy in front of a server, which lets a test decide what becomes of connections, of requests and of answers.

What it can do is what networks do: drop every connection, let nobody in, lose a request on its way, and lose the
answer to one that has arrived. The last two leave the client with an unknown outcome: it can't tell whether the
server has done it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tsunagu.stack.ports import HOST

_CHUNK_BYTES = 65_536
_GREETING_BYTES = 2_048  # PostgreSQL's start-up message, with the client's name in it, is far shorter
_KAFKA_LENGTH_BYTES = 4
_KAFKA_PRODUCE = b"\x00\x00"  # its key in Kafka's protocol, the first field of a request


@dataclass(eq=False)
class Link:
    """One client's connection. `greeting` is the beginning of what the client has sent."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    greeting: bytearray = field(default_factory=bytearray)
    loses: Callable[[], None] | None = None  # called with the first part of an answer, which is lost

    def drop(self) -> None:
        """Cut the connection on both sides, as a network does: without a word."""
        self.client.transport.abort()
        self.server.transport.abort()


class _Trap(NamedTuple):
    """What is lost next: the first request that is `wanted`, or the answer to it."""

    wanted: Callable[[Link, bytes], bool]
    lost: Callable[[], None]
    arrives: bool


class TcpProxy:
    """Forwards connections from a port of its own to a server on this machine. Start it in a running event loop."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._links: set[Link] = set()
        self._listener: asyncio.Server | None = None
        self._trap: _Trap | None = None
        self._is_open = True
        self.port = 0

    async def start(self) -> None:
        """Listen; from then on `port` says where."""
        self._listener = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Let nobody in any more, and drop who is there."""
        if self._listener is not None:
            self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Drop every connection; new ones are let in, unless the proxy is closed."""
        for link in list(self._links):
            link.drop()

    def close(self) -> None:
        """Drop every connection, and each new one at once, until `open`."""
        self._is_open = False
        self.cut()

    def open(self) -> None:
        """Let connections in again."""
        self._is_open = True

    def lose_answer(self, wanted: Callable[[Link, bytes], bool], lost: Callable[[], None]) -> None:
        """Lose the answer to the next request that is `wanted`, and cut its connection.

        The request reaches the server. `lost` is called when the server has answered. May be called from another
        thread than the loop's.
        """
        self._trap = _Trap(wanted, lost, arrives=True)

    def lose_request(self, wanted: Callable[[Link, bytes], bool], lost: Callable[[], None]) -> None:
        """Lose the next request that is `wanted`, and cut its connection: the server never hears of it.

        `lost` is called then. May be called from another thread than the loop's.
        """
        self._trap = _Trap(wanted, lost, arrives=False)

    async def read_piece(self, reader: asyncio.StreamReader) -> bytes:
        """What is forwarded at once; empty at the end."""
        return await reader.read(_CHUNK_BYTES)

    def answer(self, piece: bytes) -> bytes:
        """The server's piece as the client gets it."""
        return piece

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._is_open:
            writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection(HOST, self._server_port)
        except OSError:
            writer.transport.abort()
            return
        link = Link(writer, server_writer)
        self._links.add(link)
        pumps = [
            asyncio.ensure_future(self._to_server(link, reader)),
            asyncio.ensure_future(self._to_client(link, server_reader)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._links.discard(link)
            link.drop()
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _to_server(self, link: Link, reader: asyncio.StreamReader) -> None:
        while piece := await self.read_piece(reader):
            if len(link.greeting) < _GREETING_BYTES:
                link.greeting += piece
            trap = self._trap
            if trap is not None and trap.wanted(link, piece):
                self._trap = None
                if not trap.arrives:
                    trap.lost()
                    return
                link.loses = trap.lost
            link.server.write(piece)
            await link.server.drain()

    async def _to_client(self, link: Link, reader: asyncio.StreamReader) -> None:
        while piece := await self.read_piece(reader):
            if link.loses is not None:
                link.loses()
                return
            link.client.write(self.answer(piece))
            await link.client.drain()


class KafkaProxy(TcpProxy):
    """A proxy in front of a broker: clients are told the proxy's port wherever the broker names its own."""

    async def read_piece(self, reader: asyncio.StreamReader) -> bytes:
        """One request or answer."""
        try:
            length = await reader.readexactly(_KAFKA_LENGTH_BYTES)
            return length + await reader.readexactly(int.from_bytes(length))
        except asyncio.IncompleteReadError:
            return b""

    def answer(self, piece: bytes) -> bytes:
        """The broker's answer with the proxy's address in it: both have the same length."""
        host = HOST.encode()
        return piece.replace(host + self._server_port.to_bytes(4), host + self.port.to_bytes(4))


def connects_as(application_name: str) -> Callable[[Link, bytes], bool]:
    """Requests of a PostgreSQL client that has connected under this name."""
    told = b"application_name\0" + application_name.encode() + b"\0"
    return lambda link, _: told in link.greeting


def is_produce(link: Link, request: bytes) -> bool:
    """Whether a Kafka client's request hands over messages."""
    return request[_KAFKA_LENGTH_BYTES:].startswith(_KAFKA_PRODUCE)
