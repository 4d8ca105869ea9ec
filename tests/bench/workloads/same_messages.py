"""Orders that are all served, against a raw side that writes the same messages: one event and the new availability."""

from ..bench import Bench
from ..orders import SERVED, mixed
from ..rows import Row
from ..side import TSUNAGU, contender
from .turns import alone, compared, take_turns

ORDERS = 20_000
RAW = contender("raw_aiokafka", 0.1, "--availability")
SIDES = (RAW, TSUNAGU)


async def measure(bench: Bench) -> list[Row]:
    """Raw beside Tsunagu."""
    sizes, seed = bench.sizes, bench.settings.seed
    backlogs = {
        side.name: mixed(sizes.scaled(round(ORDERS * side.share)), seed, sizes.stores, sizes.skus, SERVED)
        for side in SIDES
    }
    measured = await take_turns(bench, SIDES, backlogs)
    return [
        *alone("same_messages", measured, RAW.name),
        *compared("same_messages", measured, TSUNAGU.name, RAW.name, bar=8.0),
    ]
