"""A backlog of orders of three lines, until each one's decision is readable on Kafka."""

from statistics import median

from ..bench import Bench
from ..orders import MIXED, mixed
from ..rows import Row
from ..side import TSUNAGU, contender
from .turns import alone, compared, parts, take_turns

ORDERS = 20_000
RAW = contender("raw_aiokafka", 0.1)
MAIN = (RAW, contender("faststream_safe", 0.1))
CONTENDERS = (
    *MAIN,
    contender("faststream_default", 0.1),
    contender("raw_confluent", 0.1),
    contender("faststream_sqlalchemy", 0.05),
    contender("fastapi_sqlalchemy", 0.05, is_http=True),
    contender("faststream_outbox", 0.05),
    contender("plpgsql", 0.25),
)
IDLE_MEGABYTES_MAX = 100.0


async def measure(bench: Bench) -> list[Row]:
    """All sides; who can't source gets no orders that have to be."""
    sizes, seed = bench.sizes, bench.settings.seed
    sides = (*(MAIN if sizes.is_quick else CONTENDERS), TSUNAGU)
    backlogs = {
        side.name: mixed(
            sizes.scaled(round(ORDERS * side.share)),
            seed,
            sizes.stores,
            sizes.skus,
            MIXED if side.can_source else MIXED.without_sourced(),
        )
        for side in sides
    }
    measured = await take_turns(bench, sides, backlogs)
    rows = alone("mixed_orders", measured, RAW.name)
    for side in sides[1:-1]:
        rows += compared("mixed_orders", measured, side.name, RAW.name)
    rows += compared("mixed_orders", measured, TSUNAGU.name, RAW.name, bar=15.0, goal=50.0)
    rows += parts("mixed_orders", measured, RAW.name) + parts("mixed_orders", measured, TSUNAGU.name)
    megabytes = median(one.megabytes for one in measured[TSUNAGU.name])
    rows.append(Row("mixed_orders.tsunagu.idle", megabytes, "MB", bar=IDLE_MEGABYTES_MAX, at_most=True))
    return rows
