"""`make bench`: measures, prints, and writes results/latest.json. Asserts nothing."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import psutil
import uvloop
from rich.console import Console
from rich.table import Table
from world import Server, broker, orders, produce, server, throughput

HERE = Path(__file__).parent
MEGABYTE = 1024 * 1024
SEED = 7
RAW_SHARE = 0.1  # the slow sides get a tenth of the orders: their rate does not depend on how many there are


@dataclass(frozen=True)
class Row:
    """One figure. `ratio` is value against the value of `against`; `bar` and `goal` are ratios, or values where
    there is no ratio."""

    id: str
    value: float
    unit: str
    against: str | None = None
    ratio: float | None = None
    bar: float | None = None
    goal: float | None = None


@asynccontextmanager
async def process(arguments: Sequence[str], **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that is killed at the end."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env={**os.environ, **environment}, cwd=HERE
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def measure(
    on: Server, side: str, count: int, arguments: Sequence[str], *, settle_seconds: float = 0.0
) -> tuple[float, float]:
    """Orders per second of one side over a backlog of `count` orders, and its memory in MB before the backlog."""
    database = await on.database(f"bench_{side}")
    async with broker() as kafka:
        environment = {
            "BENCH_KAFKA": kafka,
            "BENCH_DATABASE": database,
            "TSUNAGU_KAFKA_BOOTSTRAP_SERVERS": kafka,
            "TSUNAGU_DATABASE_URL": database,
            "TSUNAGU_HTTP_PORT": "0",
            "TSUNAGU_LOG_LEVEL": "warning",
        }
        backlog = orders(count, SEED)
        started = asyncio.Event()
        counting = asyncio.create_task(throughput(kafka, count, started))
        await started.wait()
        if not settle_seconds:
            await produce(kafka, backlog)
        async with process(arguments, **environment) as child:
            # An idle process is looked at before it has anything to do; that time is not part of what is measured.
            await asyncio.sleep(settle_seconds)
            memory = psutil.Process(child.pid).memory_info().rss / MEGABYTE
            if settle_seconds:
                child.send_signal(signal.SIGSTOP)
                await produce(kafka, backlog)
                child.send_signal(signal.SIGCONT)
            return await counting, memory


async def measure_all(count: int, rounds: int) -> list[Row]:
    """All figures: in each round every side once, on the same database server; medians of rates and of ratios."""
    slow = max(200, round(count * RAW_SHARE))
    rates: dict[str, list[float]] = {"raw": [], "faststream": [], "tsunagu": []}
    idle = 0.0
    async with server() as on:
        for number in range(rounds):
            # Each round turns the order round, so that a machine that grows slower favours nobody.
            for side in list(rates) if number % 2 == 0 else reversed(rates):
                if side == "tsunagu":
                    service = ["-m", "tsunagu.chassis", "inventory.app"]
                    rate, idle = await measure(on, side, count, service, settle_seconds=5.0)
                else:
                    rate, _ = await measure(on, side, slow, ["raw_side.py", side])
                rates[side].append(rate)
                print(f"round {number + 1}: {side} {rate:,.0f} orders/s", flush=True)  # noqa: T201
    return [
        Row("raw_orders_per_second", median(rates["raw"]), "orders/s"),
        _against_raw("faststream_orders_per_second", rates["faststream"], rates["raw"]),
        _against_raw("reserve_orders_per_second", rates["tsunagu"], rates["raw"], bar=8.0),
        Row("idle_service_megabytes", idle, "MB", bar=100.0),
    ]


def _against_raw(id: str, rates: Sequence[float], raw: Sequence[float], bar: float | None = None) -> Row:
    ratio = median(rate / beside for rate, beside in zip(rates, raw, strict=True))
    return Row(id, median(rates), "orders/s", "raw", ratio, bar)


def show(rows: Sequence[Row]) -> None:
    """Print the figures as a table."""
    table = Table("id", "value", "unit", "against", "ratio", "bar")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        table.add_row(row.id, f"{row.value:,.0f}", row.unit, row.against or "", ratio, f"{row.bar or ''}")
    Console().print(table)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--orders", type=int, default=20_000, help="orders for the batch path (default 20,000)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each side has its turn (default 3)")
    arguments = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rows = runner.run(measure_all(arguments.orders, arguments.rounds))
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / "latest.json").write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    show(rows)


if __name__ == "__main__":
    main()
