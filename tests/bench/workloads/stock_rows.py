"""Orders over a large stock, beside the same over a small one."""

from tsunagu.contracts.topics import ORDER_EVENTS

from ..bench import Bench
from ..databases import drop, url_of
from ..fresh import repeated
from ..orders import mixed
from ..rows import Row
from ..side import TSUNAGU
from ..stock import faults, template
from ..worker import Worked, take_turn
from .growing import cost, grow

ORDERS = 10_000
FEW = (100, 100)  # stores, SKUs
MANY_STORES, MANY_SKUS = 10_000, 1_000
MANY_STORES_MIN = 400  # of a small run: still forty times the few


async def measure(bench: Bench) -> list[Row]:
    """Microseconds of CPU time per order. Both stocks are made once, and each round's orders are added to them."""
    seed, count = bench.settings.seed, bench.sizes.scaled(ORDERS)
    many = (bench.sizes.scaled(MANY_STORES, MANY_STORES_MIN), MANY_SKUS)
    few_rows, many_rows = (f"{stores * skus:,} rows" for stores, skus in (FEW, many))
    # Not copied: that would cost as much time as all rounds together.
    databases = {few_rows: await template(bench.on, *FEW), many_rows: await template(bench.on, *many)}
    orders = {few_rows: mixed(count, seed, *FEW).records, many_rows: mixed(count, seed, *many).records}

    async def turn(number: int, rows: str) -> Worked:
        database = url_of(bench.on, databases[rows])
        records = repeated(orders[rows], count, number)
        return await take_turn(bench, TSUNAGU, database, ORDER_EVENTS, records, count)

    try:
        with_few, with_many = await grow(bench, few_rows, many_rows, turn)
        found = [fault for name in databases.values() for fault in await faults(url_of(bench.on, name))]
    finally:
        for name in databases.values():
            await drop(bench.on, name)
    wrong = "; ".join(found) or None
    against = (few_rows, with_few)
    return [cost("stock_rows.many.cpu", "µs per order", with_many, against, bar=1.5, wrong=wrong)]
