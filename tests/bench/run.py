"""`make bench`: measures, prints, and writes results/latest.json. Asserts nothing."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
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
SETTLE_SECONDS = 5.0  # joining the group takes three; what comes after it is idleness
RAW_SHARE = 0.1  # the slow sides get a tenth of the orders: their rate does not depend on how many there are


@dataclass(frozen=True)
class Row:
    """One figure. `ratio` says how many times better it is than `against`; `bar` and `goal` are ratios, or values
    where there is no ratio."""

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


@dataclass(frozen=True)
class Measured:
    """What one side did over a backlog. CPU is that of its process, the database and the broker together."""

    orders_per_second: float
    cpu_ms_per_order: float
    idle_megabytes: float


def cpu_seconds() -> float:
    """What all processes that this one has started have used so far, with those of theirs that have ended."""
    total = 0.0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            used = child.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total


async def measure(on: Server, side: str, count: int, arguments: Sequence[str]) -> Measured:
    """One side over a backlog of `count` orders that is there when it begins."""
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
        async with process(arguments, **environment) as child:
            # Starting, and being idle, is not part of what is measured; the backlog comes to be while it stands still.
            await asyncio.sleep(SETTLE_SECONDS)
            memory = psutil.Process(child.pid).memory_info().rss / MEGABYTE
            child.send_signal(signal.SIGSTOP)
            await produce(kafka, backlog)
            used_before = cpu_seconds()
            child.send_signal(signal.SIGCONT)
            rate = await counting
            return Measured(rate, (cpu_seconds() - used_before) / count * 1000, memory)


async def measure_all(count: int, rounds: int) -> list[Row]:
    """All figures: in each round every side once, on the same database server; medians of rates and of ratios."""
    slow = max(200, round(count * RAW_SHARE))
    sides: dict[str, list[Measured]] = {"raw": [], "faststream": [], "tsunagu": []}
    async with server() as on:
        for number in range(rounds):
            # Each round turns the order round, so that a machine that grows slower favours nobody.
            for side in list(sides) if number % 2 == 0 else reversed(sides):
                if side == "tsunagu":
                    measured = await measure(on, side, count, ["-m", "tsunagu.chassis", "inventory.app"])
                else:
                    measured = await measure(on, side, slow, ["raw_side.py", side])
                sides[side].append(measured)
                Console().print(
                    f"round {number + 1}: {side} {measured.orders_per_second:,.0f} orders/s,"
                    f" {measured.cpu_ms_per_order:.2f} ms CPU per order",
                    highlight=False,
                )
    rates = {side: [one.orders_per_second for one in measured] for side, measured in sides.items()}
    costs = {side: [one.cpu_ms_per_order for one in measured] for side, measured in sides.items()}
    cheaper = median(raw / ours for ours, raw in zip(costs["tsunagu"], costs["raw"], strict=True))
    return [
        Row("raw_orders_per_second", median(rates["raw"]), "orders/s"),
        _rate("faststream_orders_per_second", rates["faststream"], rates["raw"]),
        _rate("reserve_orders_per_second", rates["tsunagu"], rates["raw"], bar=8.0),
        Row("raw_cpu_per_order", median(costs["raw"]), "ms"),
        Row("reserve_cpu_per_order", median(costs["tsunagu"]), "ms", "raw", cheaper),
        Row(
            "idle_service_megabytes", median(one.idle_megabytes for one in sides["tsunagu"]), "MB", bar=100.0
        ),
    ]


def _rate(id: str, rates: Sequence[float], raw: Sequence[float], bar: float | None = None) -> Row:
    ratio = median(rate / beside for rate, beside in zip(rates, raw, strict=True))
    return Row(id, median(rates), "orders/s", "raw", ratio, bar)


def show(rows: Sequence[Row]) -> None:
    """Print the figures as a table."""
    table = Table("id", "value", "unit", "against", "ratio", "bar")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        value = f"{row.value:,.0f}" if row.value >= 10 else f"{row.value:.2f}"
        table.add_row(row.id, value, row.unit, row.against or "", ratio, f"{row.bar or ''}")
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
