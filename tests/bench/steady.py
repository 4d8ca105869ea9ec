"""A side that gets orders at a constant rate: how long each decision takes, with or without other work in its queue."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import ORDER_EVENTS, POS_SALES

from .bench import Bench
from .open_loop import send, taken
from .orders import Backlog, produce
from .reader import reader
from .side import Side, running, wrongs
from .stock import SQL, faults

BACKLOG_POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Steady:
    """Seconds from when each order was to be sent until its decision was readable; `wrong` says what did not hold."""

    seconds: list[float]
    wrong: str | None


async def decide_steadily(
    bench: Bench, side: Side, orders: Backlog, database: str, receipts: Sequence[Record] = ()
) -> Steady:
    """Send orders at the settings' rate, with `receipts` waiting in pos.sales when they begin.

    Where there are receipts, orders are sent only as long as some of them wait.
    """
    settings = bench.settings
    async with (
        bench.on.broker() as kafka,
        running(bench, side, kafka, database) as processes,
        reader(kafka) as decided,
    ):
        enough = asyncio.Event()
        if receipts:
            for process in processes:
                process.freeze()
            await produce(kafka, receipts, POS_SALES)
            for process in processes:
                process.thaw()
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(
                send(kafka, ORDER_EVENTS, orders.records, settings.orders_per_second, enough)
            )
            watching = (
                [tasks.create_task(_until_worked_off(database, len(receipts), enough))] if receipts else []
            )

            def answered() -> bool:
                return sending.done() and len(decided.decisions.arrived) >= len(sending.result())

            await decided.wait_until(answered, settings.patience_seconds)
            for watch in watching:
                watch.cancel()
        intended = sending.result()
        decisions = await decided.wait_for_silence(settings.silence_seconds)
    sent = Backlog([record for record in orders.records if record.key in intended], len(intended))
    found = wrongs(decisions, sent) + await faults(database)
    return Steady(taken(bench, intended, decisions.arrived), "; ".join(found) or None)


async def _until_worked_off(database: str, receipts: int, enough: asyncio.Event) -> None:
    """Say that it is enough once so many receipts are booked."""
    connection = await asyncpg.connect(database)
    try:
        while not enough.is_set():
            await asyncio.sleep(BACKLOG_POLL_SECONDS)
            if await connection.fetchval(SQL.read_so_far, POS_SALES.name) >= receipts:
                enough.set()
    finally:
        await connection.close()
