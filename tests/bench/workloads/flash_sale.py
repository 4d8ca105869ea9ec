"""A hundred times more orders than there are units: exactly the units are sold, and everybody is answered."""

from ..bench import Bench
from ..orders import one_piece
from ..rows import Row
from ..side import TSUNAGU, Side, contender
from ..stock import give
from .turns import alone, compared, take_turns

ORDERS = 100_000
ORDERS_PER_UNIT = 100
STORE = 1
NAIVE = contender("faststream_safe", 0.02)
RAW = contender("raw_aiokafka", 0.02)
SIDES = (NAIVE, RAW, TSUNAGU)


async def measure(bench: Bench) -> list[Row]:
    """Who sells another number than there is, or leaves somebody without an answer, is wrong."""
    sku = bench.sizes.skus  # sold out but for what this sale gives
    units = {
        side.name: bench.sizes.scaled(round(ORDERS * side.share / ORDERS_PER_UNIT), least=1) for side in SIDES
    }
    backlogs = {
        name: one_piece(pieces * ORDERS_PER_UNIT, STORE, sku, pieces) for name, pieces in units.items()
    }

    async def stock_up(side: Side, database: str) -> None:
        await give(database, STORE, sku, units[side.name])

    measured = await take_turns(bench, SIDES, backlogs, prepare=stock_up)
    rows = alone("flash_sale", measured, NAIVE.name)
    rows += compared("flash_sale", measured, RAW.name, NAIVE.name)
    rows += compared("flash_sale", measured, TSUNAGU.name, NAIVE.name, bar=40.0, goal=100.0)
    sold = min(one.reserved for one in measured[TSUNAGU.name])
    rows.append(Row("flash_sale.tsunagu.sold", sold, "units", bar=units[TSUNAGU.name]))
    return rows
