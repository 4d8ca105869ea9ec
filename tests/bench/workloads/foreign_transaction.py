"""Orders while another service on the same server keeps a transaction open for minutes, and while none does."""

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tsunagu.chassis import beside
from tsunagu.contracts.topics import ORDER_EVENTS

from ..bench import Bench
from ..databases import EMPTY
from ..fresh import GENERATIONS_MAX, repeated
from ..orders import mixed
from ..rows import Row, plain
from ..side import TSUNAGU
from ..stock import faults, template
from ..worker import Worked, serving
from .growing import cost, memory

SQL = beside(__file__, "foreign_transaction.sql")
ORDERS = 10_000
HELD_SECONDS, HELD_SECONDS_MIN = 120, 5
ORDERS_PER_SECOND = 200  # one or two in a batch, so that there are as many batches as there can be
BAR, GOAL = 1.15, 1.05


async def measure(bench: Bench) -> list[Row]:
    """Microseconds of CPU time per order, and the service's memory.

    One process: half of the turns without the transaction come before it and half after it, so that what the
    database grows by in the meantime favours nobody. While it is held, before the turns with it, orders come in ones
    and twos: each batch leaves dead rows that no statement may clear away in passing.
    """
    sizes = bench.sizes
    count, held_seconds = sizes.scaled(ORDERS), sizes.scaled(HELD_SECONDS, HELD_SECONDS_MIN)
    orders = mixed(count, bench.settings.seed, sizes.stores, sizes.skus).records
    stock = await template(bench.on, sizes.stores, sizes.skus)
    database = await bench.on.database("bench_side", stock)
    elsewhere = await bench.on.database("bench_foreign", EMPTY)
    without: list[Worked] = []
    beside_it: list[Worked] = []
    async with (
        bench.on.broker() as kafka,
        serving(bench, TSUNAGU, kafka, database, ORDER_EVENTS) as worker,
    ):
        # One stream, so that no order ever comes twice.
        stream = repeated(orders, count * GENERATIONS_MAX)

        async def turns(number: int, name: str, worked: list[Worked]) -> None:
            for _ in range(number):
                records = itertools.islice(stream, count)
                worked.append(await worker.work_off(kafka, ORDER_EVENTS, records, count))
                bench.say(f"  {name}: {worked[-1]}")

        before = bench.close_rounds // 2
        await turns(before, "no transaction", without)
        async with _open_transaction(elsewhere):
            began = time.monotonic()
            few = ORDERS_PER_SECOND * held_seconds
            records = itertools.islice(stream, few)
            await worker.trickle(kafka, ORDER_EVENTS, records, few, ORDERS_PER_SECOND)
            await turns(bench.close_rounds, "open transaction", beside_it)
            held = time.monotonic() - began
        await turns(bench.close_rounds - before, "no transaction", without)
    wrong = "; ".join(await faults(database)) or None
    against = ("no transaction", without)
    return [
        cost(
            "foreign_transaction.open.cpu",
            "µs per order",
            beside_it,
            against,
            bar=BAR,
            goal=GOAL,
            wrong=wrong,
        ),
        memory("foreign_transaction.open.memory", beside_it, against, bar=BAR, goal=GOAL),
        plain("foreign_transaction.open.held", "s", [held]),
    ]


@asynccontextmanager
async def _open_transaction(database: str) -> AsyncIterator[None]:
    """A transaction that has written: while it is open, statements clear away no dead rows, in any database."""
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction(isolation="repeatable_read"):
            await connection.fetchval(SQL.take_a_number)
            yield
    finally:
        await connection.close()
