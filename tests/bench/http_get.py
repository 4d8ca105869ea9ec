"""Questions over HTTP as fast as they are answered: plain sockets, so that the client costs next to nothing."""

import asyncio
import time
from collections.abc import Sequence

from tsunagu.stack.ports import HOST

CONNECTIONS = 16
"""As many as keep one process busy; none of them asks before it has its answer."""


async def rate(port: int, paths: Sequence[str]) -> float:
    """Answers per second when each path is asked for once. Raises OSError where one is not answered with 200."""
    waiting = list(reversed(paths))
    began = time.perf_counter()
    await asyncio.gather(*(_ask(port, waiting) for _ in range(CONNECTIONS)))
    return len(paths) / (time.perf_counter() - began)


async def _ask(port: int, waiting: list[str]) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        while waiting:
            path = waiting.pop()
            writer.write(f"GET {path} HTTP/1.1\r\nhost: {HOST}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
            body = await reader.readexactly(length)
            if not head.startswith(b"http/1.1 200"):
                raise ConnectionError(f"{path} is answered with {body[:200]!r}")
    finally:
        writer.close()
