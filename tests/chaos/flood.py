"""A flood of shoppers, as a process of its own: lookups at the shopper's door, faster than it can answer.

`python -m tests.chaos.flood URL SKU…` opens as many connections as the settings say, and each asks again as soon as it
has its answer, whatever that is. Each connection comes from another of this machine's loopback addresses, and after as
many questions as one address may ask at once it is given up for another: no address asks too often, so that no limit
of addresses hides the flood. Only Linux has all of 127.0.0.0/8.

Once a second it prints how often it was answered so far, by status, as JSON.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Address
from itertools import count, cycle
from pathlib import Path
from urllib.parse import urlsplit

from tsunagu.stack.process import Process, ProcessSpec
from tsunagu.stack.services import SHOPPERS_NICENESS

from .settings import ChaosSettings

PRINT_SECONDS = 1.0
AGAIN_SECONDS = 0.1  # before it knocks again where nobody opens: a killed process takes seconds to come back
PLACES = ("JP-13", "JP-27", "JP-01", "JP-40", "JP-23")
NOT_ANSWERED = "none"
_FIRST_ADDRESS = int(IPv4Address("127.1.0.0"))
_ADDRESSES = 2**24 - 2**17  # to the end of 127.0.0.0/8, so that each is used once in a run

Counts = Counter[str]
"""Answers by status; NOT_ANSWERED counts connections that were refused or broken off."""


class Flood:
    """The flood's process, seen from the run. `log` is where it prints to."""

    def __init__(self, url: str, skus: Sequence[str], log: Path) -> None:
        self._log = log
        self._process = Process(
            ProcessSpec(
                "flood",
                (sys.executable, "-m", "tests.chaos.flood", url, *skus),
                log,
                self._has_printed,
                # It stands for machines elsewhere, and takes no more of this one than the process it asks.
                niceness=SHOPPERS_NICENESS,
            )
        )

    async def __aenter__(self) -> "Flood":
        """Begin; returns when the door has been asked. Raises StackError when the process does not come up."""
        await asyncio.to_thread(self._log.unlink, missing_ok=True)
        self._process.spawn()
        await self._process.wait_ready()
        self._process.stand_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End at once."""
        await self._process.kill()

    def counts(self) -> Counts:
        """What it was answered until a second ago at most."""
        whole = self._log.read_text().rpartition("\n")[0]
        return Counter(json.loads(whole.splitlines()[-1]))

    async def _has_printed(self) -> bool:
        return "\n" in await asyncio.to_thread(self._log.read_text)


def addresses() -> Iterator[str]:
    """Ever new addresses of this machine, other than the one that servers have."""
    return (str(IPv4Address(_FIRST_ADDRESS + number % _ADDRESSES)) for number in count())


def questions(host: str, skus: Sequence[str]) -> Iterator[bytes]:
    """Lookups of all products around several places, for ever."""
    asked = [
        f"GET /v1/stock?sku={sku}&near={place} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        for place in PLACES
        for sku in skus
    ]
    return cycle(asked)


async def status_of(reader: asyncio.StreamReader) -> str:
    """The status of the next answer, which is read to its end. Raises OSError or EOFError where there is none."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length or b"0"))
    return head[9:12].decode()


async def ask_on(
    host: str,
    port: int,
    froms: Iterator[str],
    asked: Iterator[bytes],
    counts: Counts,
    questions_per_address: int,
) -> None:
    """Ask for ever, one question after the other, each of the addresses so often; note the answers in `counts`."""
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, port, local_addr=(next(froms), 0))
        except OSError:
            counts[NOT_ANSWERED] += 1
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        try:
            for _ in range(questions_per_address):
                writer.write(next(asked))
                counts[await status_of(reader)] += 1
        except (OSError, EOFError):
            counts[NOT_ANSWERED] += 1
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _flood(url: str, skus: Sequence[str]) -> None:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 0
    counts: Counts = Counter()
    froms, asked = addresses(), questions(parts.netloc, skus)
    settings = ChaosSettings()
    async with asyncio.TaskGroup() as group:
        for _ in range(settings.flood_connections):
            group.create_task(ask_on(host, port, froms, asked, counts, settings.flood_questions_per_address))
        while True:
            await asyncio.sleep(PRINT_SECONDS)
            sys.stdout.write(json.dumps(counts) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_flood(sys.argv[1], sys.argv[2:]))
