"""All that order has said in a month told to an empty insight: what a new database costs, beside reading it alone."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice

import insight.app
from insight.domain.kpis import ALL, TOTAL, Kpi
from tsunagu.chassis import Connection, beside
from tsunagu.chassis.database import connect
from tsunagu.chassis.migrating import migrate
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import ORDER_EVENTS

from ..bench import Bench
from ..databases import EMPTY, drop
from ..fresh import in_stretches
from ..lives import DAYS, EVENTS_PER_ORDER, LINES_PER_ORDER, PRICE_JPY, lives
from ..rows import Row, plain
from ..side import Side, contender
from ..worker import Worked, joined, serving, take_turn

SQL = beside(__file__, "insight_replay.sql")
NAME = "bench_insight"
DIFFERENT, DIFFERENT_MIN = 20_000, 100  # orders that are encoded; more of them are these with other ids
A_TURN = 60_000  # what waits at a time: a million records would only fill the disk, and outlast patience
INSIGHT = Side("insight", ("-m", "tsunagu.chassis", "insight.app"), is_contender=False)
READING = contender("getmany", 1.0, "orjson")
MILLION = 1e6
SECONDS_MAX = 120.0
PUBLISHING_SECONDS_MAX = 300.0
LOOK_SECONDS = 0.2


async def measure(bench: Bench) -> list[Row]:
    """Seconds for a million events, told once, day by day: until figures, credit and KPIs are kept and published."""
    sizes = bench.sizes
    events = sizes.scaled(bench.settings.replay_events, DIFFERENT_MIN * EVENTS_PER_ORDER)
    orders = min(DIFFERENT, events // EVENTS_PER_ORDER)
    told = lives(orders, bench.settings.seed, sizes.stores, sizes.skus)
    generations = max(1, events // len(told))
    async with empty_insight(bench) as (url, connection):
        read = await take_turn(bench, READING, url, ORDER_EVENTS, told, len(told))
        bench.say(f"  reading alone: {read}")
        turns, publishing_seconds = await _replay(bench, url, connection, told, generations)
        found = await faults(connection, orders * generations)
    wrong = "; ".join(found) or None
    replayed = joined(turns)
    bench.say(f"  insight: {replayed}")
    seconds = sum(turn.count / turn.per_second for turn in turns) + publishing_seconds
    return [
        plain("insight_replay.getmany.seconds", "s per 10⁶ events", [MILLION / read.per_second]),
        plain(
            "insight_replay.insight.seconds", "s per 10⁶ events", [seconds * MILLION / replayed.count],
            at_most=SECONDS_MAX, wrong=wrong,
        ),
        plain("insight_replay.insight.publishing", "s", [publishing_seconds]),
        plain("insight_replay.insight.cpu", "µs per event", [turn.cpu_us for turn in turns]),
        plain("insight_replay.insight.memory", "MB", [turn.megabytes for turn in turns]),
    ]  # fmt: skip


@asynccontextmanager
async def empty_insight(bench: Bench) -> AsyncIterator[tuple[str, Connection]]:
    """A database of insight that knows nothing yet; dropped at the end."""
    url = await bench.on.database(NAME, EMPTY)
    try:
        connection = await connect(ChassisSettings(database_url=url), "bench")
        try:
            await migrate(connection, "public", insight.app.SERVICE.migrations)
            yield url, connection
        finally:
            await connection.close()
    finally:
        await drop(bench.on, NAME)


async def _replay(
    bench: Bench, url: str, connection: Connection, told: Sequence[Record], generations: int
) -> tuple[list[Worked], float]:
    """The turns, and for how many seconds after the last one figures were still to be published."""
    turns = []
    async with (
        bench.on.broker() as kafka,
        serving(bench, INSIGHT, kafka, url, ORDER_EVENTS) as worker,
    ):
        month = in_stretches(told, generations, len(told) // DAYS)
        for first in range(0, generations * len(told), A_TURN):
            count = min(A_TURN, generations * len(told) - first)
            turns.append(await worker.work_off(kafka, ORDER_EVENTS, islice(month, count), count))
            bench.say(f"  {sum(turn.count for turn in turns):,} told: {turns[-1]}")
        publishing_seconds = await until_published(connection)
    bench.say(f"  all is published {publishing_seconds:.0f} s later")
    return turns, publishing_seconds


async def until_published(connection: Connection) -> float:
    """Wait until every figure is what it was told to be, and is sent; returns for how long. Raises TimeoutError."""
    began = time.perf_counter()
    while not await connection.fetchval(SQL.is_published):
        if time.perf_counter() - began > PUBLISHING_SECONDS_MAX:
            raise TimeoutError(f"figures are still to be published after {PUBLISHING_SECONDS_MAX:.0f} s")
        await asyncio.sleep(LOOK_SECONDS)
    return time.perf_counter() - began


async def faults(connection: Connection, orders: int) -> list[str]:
    """What does not hold in insight's tables once it knows of so many orders, all collected; nothing where all does."""
    found = []
    if letters := await connection.fetchval(SQL.dead_letters):
        found.append(f"{letters} dead letters")
    jpy = orders * LINES_PER_ORDER * PRICE_JPY
    for what, query in (("sales", SQL.credited_jpy), ("the ledger", SQL.entered_jpy)):
        if (credited := await connection.fetchval(query)) != jpy:
            found.append(f"{what} credit {credited:,} yen instead of {jpy:,}")
    for figure, wanted in (
        (Kpi.ORDERS_PLACED, orders), (Kpi.ORDERS_COLLECTED, orders), (Kpi.SALES_JPY, jpy), (Kpi.CREDIT_JPY, jpy),
        (Kpi.UNITS_PROMISED, orders * LINES_PER_ORDER), (Kpi.PROMISES_ENDED, orders),
    ):  # fmt: skip
        amount = await connection.fetchval(SQL.figure, figure, ALL, TOTAL)
        if amount != wanted:
            found.append(f"{figure} is {amount} instead of {wanted}")
    return found
