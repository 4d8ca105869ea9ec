"""Orders while another service on the same server keeps a transaction open for minutes, and while none does."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from tsunagu.chassis import beside
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import ORDER_EVENTS

from ..bench import Bench
from ..databases import EMPTY
from ..fresh import repeated
from ..orders import mixed, produce
from ..rows import Row, plain
from ..side import TSUNAGU
from ..stock import faults, template
from ..worker import Worked, Worker, serving
from .growing import cost, memory

SQL = beside(__file__, "foreign_transaction.sql")
ORDERS = 10_000
HELD_SECONDS, HELD_SECONDS_MIN = 120, 5
BAR, GOAL = 1.15, 1.05


async def measure(bench: Bench) -> list[Row]:
    """Microseconds of CPU time per order, and the service's memory.

    One process: half of the turns without the transaction come before it and half after it, so that what the
    database grows by in the meantime favours nobody. While it is held, before the turns with it, orders come in ones
    and twos: each batch leaves dead rows that nothing may take away.
    """
    sizes = bench.sizes
    count, held_seconds = sizes.scaled(ORDERS), sizes.scaled(HELD_SECONDS, HELD_SECONDS_MIN)
    orders = mixed(count, bench.settings.seed, sizes.stores, sizes.skus).records
    stock = await template(bench.on, sizes.stores, sizes.skus)
    database = await bench.on.database("bench_side", stock)
    foreign = await bench.on.database("bench_foreign", EMPTY)
    without: list[Worked] = []
    beside_it: list[Worked] = []
