"""One import from the file's first line to the last acknowledgement, with a progress bar on a terminal."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import BinaryIO

from rich.console import Console
from rich.progress import Progress

from tsunagu.cli.importing.publisher import Publisher, StoppedPartWay
from tsunagu.cli.importing.report import Report, Totals
from tsunagu.contracts.message import Message
from tsunagu.importing import Bad, Import

TURN_EVERY_LINES = 500
"""How often reading gives Ctrl-C, the sender and the progress bar a turn: a few hundredths of a second."""

_terminal = Console(stderr=True)


async def run(
    source: Import, content: BinaryIO, totals: Totals, report: Report, bootstrap_servers: str | None
) -> None:
    """Send what the file says, or only count it where there are no servers; the outcome is in `totals`.

    Raises KafkaUnreachable when nothing could be sent, and OSError when the file can't be read on.
    """
    messages = _messages(source, content, totals, report)
    if bootstrap_servers is None:
        async for _ in messages:
            totals.messages += 1
        return
    async with Publisher(bootstrap_servers, source.kind.topic.name) as publisher:
        try:
            async for message in messages:
                await publisher.send(message)
            await publisher.finish()
        except StoppedPartWay as error:
            totals.stopped = str(error)
        finally:
            totals.messages = publisher.acknowledged


async def _messages(
    source: Import, content: BinaryIO, totals: Totals, report: Report
) -> AsyncIterator[Message]:
    """The messages of the good lines; the bad ones are reported on the way."""
    size_bytes = os.fstat(content.fileno()).st_size
    with Progress(console=_terminal, transient=True, disable=not _terminal.is_terminal) as progress:
        bar = progress.add_task(totals.file, total=size_bytes)
        for number, line in enumerate(source):
            if number % TURN_EVERY_LINES == 0:
                progress.update(bar, completed=content.tell())
                await asyncio.sleep(0)
            if isinstance(line, Bad):
                totals.bad_lines += 1
                report.bad(line)
                continue
            totals.good_lines += 1
            for message in line.messages:
                yield message
