"""docs/tutorials/kiosk.md does what it says, from its first line to its last, on a system that it starts itself."""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from .page import FIRST, INTERRUPT, Command, File, Shown, Step, pattern_of, steps_of
from .terminal import Terminal, terminal

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorials" / "kiosk.md"
STEP_SECONDS_MAX = 240.0  # the slowest one starts a system; far above what it takes on a machine of its own


class Reader:
    """Somebody who does what the page says, in terminals of their own."""

    def __init__(self, home: Path, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._terminals: dict[str, Terminal] = {}
        foreign = ("PYTEST", "TSUNAGU")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
            "HOME": str(home),
            "TSUNAGU_HOME": str(home / "tsunagu"),
            "PYTHONUNBUFFERED": "1",
        }

    async def follow(self, step: Step) -> None:
        """Do one step, and see what the page promises."""
        match step:
            case File():
                await self._write(step)
            case Shown():
                await (await self._terminal(step.terminal)).until(pattern_of(step.output))
            case Command(line=line) if line == INTERRUPT:
                (await self._terminal(step.terminal)).interrupt()
            case Command():
                await self._give(step)

    async def down(self) -> None:
        """End the system, where the page did not come to its end."""
        shell = await self._stack.enter_async_context(terminal(ROOT, self._environment))
        await shell.run(".venv/bin/tsunagu down")

    def latest(self) -> str:
        """What terminals have shown and nobody has looked at."""
        return "\n".join(f"[{name}]\n{opened.latest}" for name, opened in self._terminals.items())

    async def _write(self, file: File) -> None:
        _, folder = await (await self._terminal(FIRST)).run("pwd")
        await asyncio.to_thread(Path(folder.strip(), file.path).write_text, file.text, "utf-8")

    async def _give(self, command: Command) -> None:
        opened = await self._terminal(command.terminal)
        if command.terminal != FIRST and command.output is not None:
            # There something goes on while the page does: what it shows is waited for, and its end is not.
            await opened.type(command.line)
            await opened.until(pattern_of(command.output))
            return
        code, shown = await opened.run(command.line)
        assert (code != 0) == command.fails, f"$ {command.line} ends with {code}\n{shown}"
        if command.output is not None and not pattern_of(command.output).fullmatch(shown):
            pytest.fail(f"$ {command.line}\n{shown}\nwhere the page promises\n{command.output}")

    async def _terminal(self, name: str) -> Terminal:
        if name not in self._terminals:
            self._terminals[name] = await self._stack.enter_async_context(terminal(ROOT, self._environment))
        return self._terminals[name]


@pytest.mark.journey
@pytest.mark.timeout(900)
async def test_tutorial__followed_to_its_end__shows_what_it_promises(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        reader = Reader(tmp_path, stack)
        try:
            for step in steps_of(PAGE):
                try:
                    async with asyncio.timeout(STEP_SECONDS_MAX):
                        await reader.follow(step)
                except TimeoutError:
                    pytest.fail(f"this never came to its end: {step}\n{reader.latest()}")
        finally:
            await reader.down()
