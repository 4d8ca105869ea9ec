"""Is it there? Checks that a process answers, for `ProcessSpec.ready`."""

import asyncio
from contextlib import suppress

HTTP_TIMEOUT_SECONDS = 2.0  # a health check that takes longer is a no


async def http_status(host: str, port: int, path: str) -> int:
    """The status code of GET http://host:port/path. Raises OSError or TimeoutError when nothing answers."""
    async with asyncio.timeout(HTTP_TIMEOUT_SECONDS):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
            status_line = (await reader.readline()).split()
            if len(status_line) < 2 or not status_line[1].isdigit():
                raise ConnectionError(f"{host}:{port} does not speak HTTP")
            return int(status_line[1])
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def http_ok(host: str, port: int, path: str) -> bool:
    """Whether GET answers 200."""
    return await http_status(host, port, path) == 200
