"""A terminal: a shell that somebody types into, and what it has shown."""

import asyncio
import os
import re
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_READ_BYTES = 64 * 1024


class Terminal:
    """One shell. What is typed is run in the order in which it is typed."""

    def __init__(self, shell: asyncio.subprocess.Process) -> None:
        self._shell = shell
        self._shown = ""
        self._looked_at = 0
        self._more = asyncio.Condition()

    async def read(self) -> None:
        """Take in what is shown, until the shell ends."""
        assert self._shell.stdout is not None
        rest = b""
        while part := await self._shell.stdout.read(_READ_BYTES):
            whole, newline, rest = (rest + part).rpartition(b"\n")
            async with self._more:
                self._shown += (whole + newline).decode()
                self._more.notify_all()

    async def type(self, line: str) -> None:
        """Type a line, and do not wait for what it does."""
        assert self._shell.stdin is not None
        self._shell.stdin.write(f"{line}\n".encode())
        await self._shell.stdin.drain()

    async def run(self, line: str) -> tuple[int, str]:
        """Type a command and wait for its end: its exit code, and what it has shown."""
        end = secrets.token_hex(8)
        await self.type(f"{line} </dev/null")
        await self.type(f"echo {end} $?")
        found = await self.until(re.compile(rf"(?P<output>(?:.*\n)*?){end} (?P<code>\d+)\n"))
        return int(found["code"]), found["output"]

    async def until(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Wait until something is shown that nobody has looked at yet."""
        async with self._more:
            while (found := pattern.search(self._shown, self._looked_at)) is None:
                await self._more.wait()
        self._looked_at = found.end()
        return found

    @property
    def latest(self) -> str:
        """What was shown since somebody has last looked."""
        return self._shown[self._looked_at :]

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.killpg(self._shell.pid, signal.SIGINT)


@asynccontextmanager
async def terminal(folder: Path, environment: Mapping[str, str]) -> AsyncIterator[Terminal]:
    """A terminal in a folder; what still runs in it is ended with it."""
    shell = await asyncio.create_subprocess_exec(
        "bash", "--norc", "--noprofile",
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    opened = Terminal(shell)
    reading = asyncio.create_task(opened.read())
    try:
        await opened.type("trap : INT")  # as a shell that somebody sits at: Ctrl-C ends what runs in it
        yield opened
    finally:
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
        await shell.wait()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
