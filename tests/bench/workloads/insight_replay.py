"""All that order has said in a month told to an empty insight: what a new database costs, beside reading it alone."""

from collections.abc import Sequence
from itertools import islice

import insight.app
from tsunagu.chassis.database import connect, migrate
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import ORDER_EVENTS

from ..bench import Bench
from ..databases import EMPTY
from ..fresh import with_fresh_ids
from ..lives import EVENTS_PER_ORDER, batches, lives
from ..rows import Row, plain
from ..side import Side, contender
from ..worker import Worked, joined, serving, take_turn

DIFFERENT = 5_000  # orders that are encoded; more of them are these with other ids
INSIGHT = Side("insight", ("-m", "tsunagu.chassis", "insight.app"), is_contender=False)
READING = contender("getmany", 1.0, "orjson")
MINUTES = 2


async def measure(bench: Bench) -> list[Row]:
    """Seconds for a million events, told once: figures, credit and KPIs among them, until all is published."""
    events = bench.sizes.scaled(bench.settings.replay_events, EVENTS_PER_ORDER * 100)
    orders = min(DIFFERENT, events // EVENTS_PER_ORDER)
    told = lives(orders, bench.settings.seed, bench.sizes.stores, bench.sizes.skus)
    read = await take_turn(
        bench, READING, await bench.on.database("bench_side", EMPTY), ORDER_EVENTS, told, len(told)
    )
    bench.say(f"  reading alone: {read}")
    replayed = await _replay(bench, told, events)
    bench.say(f"  insight: {replayed}")
    million = [1e6 / replayed.per_second]
    alone = [1e6 / read.per_second]
    return [
        plain("insight_replay.getmany.seconds", "s per 10⁶ events", alone),
        plain("insight_replay.insight.seconds", "s per 10⁶ events", million, at_most=MINUTES * 60),
        plain("insight_replay.insight.cpu", "µs per event", [replayed.cpu_us]),
        plain("insight_replay.insight.memory", "MB", [replayed.megabytes]),
    ]


async def _replay(bench: Bench, told: Sequence[Record], events: int) -> Worked:
    url = await bench.on.database("bench_side", EMPTY)
    connection = await connect(ChassisSettings(database_url=url), "bench")
    try:
        await migrate(connection, "public", insight.app.SERVICE.migrations)
    finally:
        await connection.close()
    parts = []
    async with (
        bench.on.broker() as kafka,
        serving(bench, INSIGHT, kafka, url, ORDER_EVENTS) as worker,
    ):
        for generation, count in enumerate(batches(told, events)):
            records = islice(with_fresh_ids(told, generation), count)
            parts.append(await worker.work_off(kafka, ORDER_EVENTS, records, count))
    return joined(parts)
