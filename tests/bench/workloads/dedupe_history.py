"""Receipts taken over beside a long memory of what was taken over before, and beside a short one."""

import asyncpg

from tsunagu.chassis import beside
from tsunagu.contracts.messages import SaleRecorded
from tsunagu.contracts.topics import POS_SALES

from ..bench import Bench
from ..databases import drop
from ..fresh import repeated
from ..receipts import REGISTERS, sales
from ..rows import Row
from ..side import TSUNAGU
from ..stock import template
from ..worker import Worked, checkpoint, take_turn
from .growing import cost, grow, memory

SQL = beside(__file__, "dedupe_history.sql")
SHORT, SHORT_MIN = 100_000, 1_000  # remembered messages, and as many natural ids
LONG, LONG_MIN = 10_000_000, 100_000
RECEIPTS = 10_000
SORT_MEGABYTES = 256  # of the fill: ids that come in order fill an index in a third of the time
BAR, GOAL = 1.15, 1.05


async def measure(bench: Bench) -> list[Row]:
    """Microseconds of CPU time per receipt, and the service's memory.

    Receipts, because they are remembered twice: by message id and by their own. Both memories are made once, and
    each round's receipts are added to them.
    """
    sizes = bench.sizes
    short, long = sizes.scaled(SHORT, SHORT_MIN), sizes.scaled(LONG, LONG_MIN)
    count = sizes.scaled(RECEIPTS)
    backlog = sales(count, bench.settings.seed, sizes.stores, sizes.skus)
    stock = await template(bench.on, sizes.stores, sizes.skus)
    short_name, long_name = f"{short:,} rows", f"{long:,} rows"
    databases = {
        short_name: await bench.on.database("bench_short", stock),
        long_name: await bench.on.database("bench_long", stock),
    }

    async def turn(number: int, history: str) -> Worked:
        records = repeated(backlog, count, number)
        return await take_turn(bench, TSUNAGU, databases[history], POS_SALES, records, count)

    try:
        await _remember(databases[short_name], short, sizes.stores)
        await _remember(databases[long_name], long, sizes.stores)
        await checkpoint(bench)
        with_short, with_long = await grow(bench, short_name, long_name, turn)
    finally:
        await drop(bench.on, "bench_short")
        await drop(bench.on, "bench_long")
    against = (short_name, with_short)
    return [
        cost("dedupe_history.long.cpu", "µs per receipt", with_long, against, bar=BAR, goal=GOAL),
        memory("dedupe_history.long.memory", with_long, against, bar=BAR, goal=GOAL),
    ]


async def _remember(database: str, rows: int, stores: int) -> None:
    """Fill the inbox and the natural ids with those of earlier days."""
    connection = await asyncpg.connect(database, server_settings={"work_mem": f"{SORT_MEGABYTES}MB"})
    try:
        await connection.execute(SQL.fill_inbox, rows, POS_SALES.name)
        await connection.execute(SQL.fill_documents, rows, SaleRecorded.WIRE_TYPE, stores, REGISTERS)
        await connection.execute("VACUUM ANALYZE inbox, document")
    finally:
        await connection.close()
