"""Orders that all want the same SKU in the same store: the row that everybody waits for."""

from dataclasses import replace

from ..bench import Bench
from ..orders import SERVED, hot, mixed
from ..rows import Row, better
from ..side import TSUNAGU, contender
from .turns import alone, compared, take_turns, wrong_of

ORDERS = 20_000
RAW = contender("raw_aiokafka", 0.1)
MANY = contender("plpgsql", 0.25)
SPREAD = replace(TSUNAGU, name="tsunagu_spread")


async def measure(bench: Bench) -> list[Row]:
    """Beside SELECT … FOR UPDATE per message, and beside itself with orders over all of the stock."""
    sizes, seed = bench.sizes, bench.settings.seed
    sides = (RAW, TSUNAGU) if sizes.is_quick else (RAW, MANY, TSUNAGU)
    backlogs = {side.name: hot(sizes.scaled(round(ORDERS * side.share)), seed, sizes.skus) for side in sides}
    measured = await take_turns(bench, sides, backlogs)
    rows = alone("hot_sku", measured, RAW.name)
    if MANY in sides:
        rows += compared("hot_sku", measured, MANY.name, RAW.name)
    rows += compared("hot_sku", measured, TSUNAGU.name, RAW.name, bar=30.0, goal=100.0)
    backlogs[SPREAD.name] = mixed(sizes.scaled(ORDERS), seed, sizes.stores, sizes.skus, SERVED)
    close = await take_turns(bench, (TSUNAGU, SPREAD), backlogs, rounds=bench.close_rounds)
    here, there = close[TSUNAGU.name], close[SPREAD.name]
    return [
        *rows,
        *alone("hot_sku", close, SPREAD.name),
        better(
            "hot_sku.hot_beside_spread",
            "ms per order",
            [one.cpu_ms_per_order for one in here],
            (SPREAD.name, [one.cpu_ms_per_order for one in there]),
            less_is_better=True,
            bar=1.0,
            wrong=wrong_of(here),
        ),
    ]
