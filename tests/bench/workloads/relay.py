"""A full outbox, until Kafka has acknowledged all of it, beside the same messages sent from memory in batches."""

import time

import asyncpg

from tsunagu.chassis import outbox
from tsunagu.chassis.database import Connection
from tsunagu.chassis.outbox import Packing
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.topics import INVENTORY_AVAILABILITY
from tsunagu.stack.process import Process

from ..availability import availabilities
from ..bench import Bench
from ..databases import machinery
from ..rows import Row, better, plain
from ..side import Side, contender
from ..worker import SQL, Look, Progress, Worked, checkpoint, take_turn, working

MESSAGES = 200_000
MESSAGES_PER_TRANSACTION = 1_500  # what inventory says in one: a batch of 500 orders of three lines
RELAY = Side("relay", ("-m", "tsunagu.chassis", "tests.bench.contenders.relay_only"), is_contender=False)


async def measure(bench: Bench) -> list[Row]:
    """Microseconds of CPU time per message, and messages a second."""
    count = bench.sizes.scaled(MESSAGES)
    producing = contender("raw_produce", 1.0, str(count))
    relayed: list[Worked] = []
    produced: list[Worked] = []
    for _, side in bench.turns((RELAY, producing), bench.close_rounds):
        if side is RELAY:
            relayed.append(await _relay(bench, count))
        else:
            produced.append(
                await take_turn(bench, side, bench.on.postgres, INVENTORY_AVAILABILITY, (), count)
            )
        bench.say(f"  {side.name}: {(relayed if side is RELAY else produced)[-1]}")
    cpu, rate = [one.cpu_us for one in relayed], [one.per_second for one in relayed]
    raw_cpu, raw_rate = [one.cpu_us for one in produced], [one.per_second for one in produced]
    return [
        plain("relay.raw_produce.cpu", "µs per message", raw_cpu),
        plain("relay.raw_produce.rate", "messages/s", raw_rate),
        better(
            "relay.relay.cpu", "µs per message", cpu, (producing.name, raw_cpu),
            less_is_better=True, bar=0.5, goal=0.8,
        ),
        better("relay.relay.rate", "messages/s", rate, (producing.name, raw_rate)),
    ]  # fmt: skip


async def _relay(bench: Bench, count: int) -> Worked:
    database = await machinery(bench.on, "bench_side")
    looking, filling = await asyncpg.connect(database), await asyncpg.connect(database)
    try:
        async with (
            bench.on.broker() as kafka,
            working(bench, RELAY, kafka, database, _relayed(looking, count)) as worker,
        ):
            # One transaction, so that nothing of it can be sent before all is there.
            filled = filling.transaction()
            await filled.start()
            await _fill(filling, count)
            await checkpoint(bench)
            return await worker.measure(filled.commit, count)
    finally:
        await filling.close()
        await looking.close()


async def _fill(connection: Connection, count: int) -> None:
    """Write messages into the outbox as a service's transactions do."""
    settings = ChassisSettings()
    topic = INVENTORY_AVAILABILITY
    packing = Packing(
        settings.outbox_batch_bytes_max,
        settings.outbox_parted_records_min,
        {topic.name: topic.partitions_local},
    )
    messages = availabilities(count)
    for start in range(0, count, MESSAGES_PER_TRANSACTION):
        some = messages[start : start + MESSAGES_PER_TRANSACTION]
        await outbox.insert(connection, {topic.name: some}, packing)


def _relayed(connection: Connection, count: int) -> Look:
    """How many of `count` messages have left the outbox."""

    async def look(_: Process) -> Progress:
        row = await connection.fetchrow(SQL.outbox)
        assert row is not None
        return Progress(count - row["waiting"], row["waiting"] == 0 and row["is_led"], time.perf_counter())

    return look
