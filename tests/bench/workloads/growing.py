"""The same work with little and with much of something beside it, in turns: what growth costs."""

from collections.abc import Awaitable, Callable, Sequence

from ..bench import Bench
from ..rows import Row, at_most
from ..worker import Worked

Turn = Callable[[int, str], Awaitable[Worked]]
"""One turn of the side with this name, in the round with this number."""


async def grow(bench: Bench, little: str, much: str, turn: Turn) -> tuple[list[Worked], list[Worked]]:
    """What each round took with little and with much."""
    worked: dict[str, list[Worked]] = {little: [], much: []}
    for number, name in bench.turns((little, much), bench.close_rounds):
        worked[name].append(await turn(number, name))
        bench.say(f"  {name}: {worked[name][-1]}")
    return worked[little], worked[much]


def cost(
    id: str,
    unit: str,
    much: Sequence[Worked],
    against: tuple[str, Sequence[Worked]],
    *,
    bar: float,
    goal: float | None = None,
    wrong: str | None = None,
) -> Row:
    """How many times the CPU time per message with much is that with little."""
    name, little = against
    ours, theirs = [one.cpu_us for one in much], [one.cpu_us for one in little]
    return at_most(id, unit, ours, (name, theirs), bar=bar, goal=goal, wrong=wrong)


def memory(
    id: str, much: Sequence[Worked], against: tuple[str, Sequence[Worked]], *, bar: float, goal: float
) -> Row:
    """How many times the service's memory with much is that with little."""
    name, little = against
    ours, theirs = [one.megabytes for one in much], [one.megabytes for one in little]
    return at_most(id, "MB", ours, (name, theirs), bar=bar, goal=goal)
