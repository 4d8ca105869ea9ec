"""Sides that take turns over backlogs of orders, and the rows that come of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import median

from ..bench import Bench
from ..orders import Backlog
from ..rows import Row, better, plain
from ..side import Measured, Side, measure
from ..stock import template

Prepare = Callable[[Side, str], Awaitable[None]]
"""Changes a side's database (its URL) before its turn."""


async def take_turns(
    bench: Bench,
    sides: Sequence[Side],
    backlogs: Mapping[str, Backlog],
    *,
    rounds: int | None = None,
    prepare: Prepare | None = None,
) -> dict[str, list[Measured]]:
    """Each side's results by its name, a result for each round. `backlogs` are by the side's name."""
    measured: dict[str, list[Measured]] = {side.name: [] for side in sides}
    stock = await template(bench.on, bench.sizes.stores, bench.sizes.skus)
    for _, side in bench.turns(sides, rounds):
        database = await bench.on.database("bench_side", stock)
        if prepare is not None:
            await prepare(side, database)
        measured[side.name].append(await measure(bench, side, backlogs[side.name], database))
    return measured


def wrong_of(measured: Sequence[Measured]) -> str | None:
    """What did not hold in any of the rounds."""
    return next((one.wrong for one in measured if one.wrong is not None), None)


def compared(
    workload: str,
    measured: Mapping[str, Sequence[Measured]],
    side: str,
    against: str,
    *,
    bar: float | None = None,
    goal: float | None = None,
) -> list[Row]:
    """A side's CPU time per order and its rate, compared with another side's in the same rounds."""
    ours, theirs = measured[side], measured[against]
    wrong = wrong_of(ours)
    name = f"{workload}.{side}"
    return [
        better(
            f"{name}.cpu",
            "ms per order",
            [one.cpu_ms_per_order for one in ours],
            (against, [one.cpu_ms_per_order for one in theirs]),
            less_is_better=True,
            bar=bar,
            goal=goal,
            wrong=wrong,
        ),
        better(
            f"{name}.rate",
            "orders/s",
            [one.orders_per_second for one in ours],
            (against, [one.orders_per_second for one in theirs]),
            bar=bar,
            goal=goal,
            wrong=wrong,
        ),
    ]


def alone(workload: str, measured: Mapping[str, Sequence[Measured]], side: str) -> list[Row]:
    """A side's CPU time per order and its rate, compared with nothing."""
    ours = measured[side]
    wrong = wrong_of(ours)
    name = f"{workload}.{side}"
    return [
        plain(f"{name}.cpu", "ms per order", [one.cpu_ms_per_order for one in ours], wrong=wrong),
        plain(f"{name}.rate", "orders/s", [one.orders_per_second for one in ours], wrong=wrong),
    ]


def parts(workload: str, measured: Mapping[str, Sequence[Measured]], side: str) -> list[Row]:
    """Where a side's CPU time goes."""
    cpu = [one.cpu for one in measured[side]]
    name = f"{workload}.{side}.cpu"
    return [
        Row(f"{name}.service", median(one.service for one in cpu), "ms per order"),
        Row(f"{name}.database", median(one.database for one in cpu), "ms per order"),
        Row(f"{name}.broker", median(one.broker for one in cpu), "ms per order"),
    ]
