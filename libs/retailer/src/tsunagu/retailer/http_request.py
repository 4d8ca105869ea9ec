"""One HTTP request on a connection of its own: all that an actor needs, for a fraction of a full client's work.

HTTP/1.0, whose answer ends with the connection, so that nothing has to be parsed but the head.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def request(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    timeout_seconds: float = 30.0,
) -> Answer:
    """Send a request and read its answer. Raises OSError or TimeoutError when nothing sensible comes back."""
    parts = urlsplit(url)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    lines = [f"{method} {target} HTTP/1.0", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    async with asyncio.timeout(timeout_seconds):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            await writer.drain()
            return _answer(await reader.read(), url)
        finally:
            writer.close()


def _answer(received: bytes, url: str) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    fields = status_line.split(" ", 2)
    if len(fields) < 2 or not fields[1].isdigit():
        raise ConnectionError(f"{url} does not answer in HTTP")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(fields[1]), headers, body)
