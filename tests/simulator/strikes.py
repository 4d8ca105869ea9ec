"""What happens to whoever passes a named place of the machinery: a crash, an outage, or a long pause."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from tsunagu.chassis import faults

Kind = Literal["crash", "outage", "pause"]


class Crash(BaseException):
    """The process ends here. What was not committed is rolled back, as when its connection breaks."""


@dataclass(eq=False, slots=True)
class Strike:
    """What happens at a place (or at the first whose name begins with it), when it is passed for the first time."""

    kind: Kind
    place: str
    struck: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    dies: bool = False
    """Whether it crashes when the pause ends."""

    async def meet(self, name: str) -> None:
        """Pass a place."""
        if self.struck or not name.startswith(self.place):
            return
        self.struck = True
        match self.kind:
            case "crash":
                raise Crash
            case "outage":
                raise ConnectionResetError(f"simulated: the server is away at {name}")
            case "pause":
                self.reached.set()
                await self.released.wait()
                if self.dies:
                    raise Crash


_ahead: ContextVar[Strike | None] = ContextVar("strike", default=None)


async def under(strike: Strike | None, work: Coroutine[Any, Any, None]) -> None:
    """Do the work with a strike ahead of it; others that run beside it don't meet it."""
    _ahead.set(strike)
    await work


@contextmanager
def watching(passed: Counter[str]) -> Iterator[None]:
    """Have every named place of this process look whether a strike is ahead; counts what was passed."""

    async def hook(name: str) -> None:
        passed[name.partition(" ")[0]] += 1
        strike = _ahead.get()
        if strike is not None:
            await strike.meet(name)

    faults.install(hook)
    try:
        yield
    finally:
        faults.install(None)
