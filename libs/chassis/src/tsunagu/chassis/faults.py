"""Named places where tests let something break. In production nothing is installed, and a place costs a call."""

from collections.abc import Awaitable, Callable

FaultHook = Callable[[str], Awaitable[None]]
_hook: FaultHook | None = None


def install(hook: FaultHook | None) -> None:
    """Have `hook` awaited with the name of each place that is passed; None removes it."""
    global _hook  # noqa: PLW0603 - one process, one hook: it has to reach places that know no caller
    _hook = hook


async def point(name: str) -> None:
    """A place where a process may be killed, frozen or made to fail by a test."""
    if _hook is not None:
        await _hook(name)
