"""Two processes of inventory that share the partitions, against one: what the second one costs."""

from dataclasses import replace

from ..bench import Bench
from ..orders import mixed
from ..rows import Row, at_most
from ..side import TSUNAGU
from .turns import alone, take_turns, wrong_of

ORDERS = 20_000
TWO = replace(TSUNAGU, name="tsunagu_two", processes=2)


async def measure(bench: Bench) -> list[Row]:
    """CPU time per order of both together."""
    sizes = bench.sizes
    orders = mixed(sizes.scaled(ORDERS), bench.settings.seed, sizes.stores, sizes.skus)
    backlogs = {TSUNAGU.name: orders, TWO.name: orders}
    measured = await take_turns(bench, (TSUNAGU, TWO), backlogs, rounds=bench.close_rounds)
    one, two = measured[TSUNAGU.name], measured[TWO.name]
    return [
        *alone("processes", measured, TSUNAGU.name),
        *alone("processes", measured, TWO.name),
        at_most(
            "processes.two_beside_one",
            "ms per order",
            [turn.cpu_ms_per_order for turn in two],
            (TSUNAGU.name, [turn.cpu_ms_per_order for turn in one]),
            bar=1.15,
            goal=1.05,
            wrong=wrong_of(two),
        ),
    ]
