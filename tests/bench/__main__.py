"""`make bench`: the project beside others on the same Kafka and PostgreSQL. Asserts no figure; exit code 1 where a
workload could not be measured."""

import argparse
import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from tsunagu.chassis.logs import configure
from tsunagu.chassis.settings import ChassisSettings

from .bench import CLOSE_ROUNDS, Bench, Sizes
from .busy import busy_percent
from .rows import HEAD, Row, cells, merged, read_json, write_json, write_markdown
from .servers import servers
from .settings import BenchSettings
from .side import BENCH_PYTHON
from .workloads import QUICK, WORKLOADS

RESULTS = Path(__file__).parent / "results"
ROUNDS = 3
QUICK_SCALE = 0.25
BUSY_EXIT_CODE = 2
TABLE_COLUMNS = 150


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when all workloads were, 1 when one was not, 2 when the machine is busy."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the main ratios in minutes: small, one round")
    parser.add_argument(
        "--only", metavar="WORKLOAD", nargs="+", choices=WORKLOADS, help=f"of {', '.join(WORKLOADS)}"
    )
    parser.add_argument("--rounds", type=int, help=f"turns of each side (default {ROUNDS}, quick 1)")
    parser.add_argument("--scale", type=float, help="size of the run; 1 is the full one (quick: 0.25)")
    parser.add_argument("--busy", action="store_true", help="measure even where others use the machine")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where latest.json and the like go")
    options = parser.parse_args(arguments)
    console = Console(width=max(Console().width, TABLE_COLUMNS))
    configure(ChassisSettings(log_level="warning"), "bench")
    # Clients complain of each topic that was just made again, and get over it.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    settings = BenchSettings()
    if not options.busy and (percent := busy_percent(settings.busy_look_seconds)) > settings.busy_percent_max:
        console.print(
            f"error: others use {percent:.0f} % of a core; figures taken beside them say nothing. Wait, or say"
            " --busy to measure all the same."
        )
        return BUSY_EXIT_CODE
    if not BENCH_PYTHON.is_file():
        console.print("error: the contenders' environment is missing; `make bench` makes it")
        return 1
    names = options.only or (QUICK if options.quick else list(WORKLOADS))
    rounds = options.rounds or (1 if options.quick else ROUNDS)
    close_rounds = options.rounds or (1 if options.quick else CLOSE_ROUNDS)
    sizes = Sizes(options.scale or (QUICK_SCALE if options.quick else 1.0), options.quick)
    began = time.monotonic()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rows, failed = runner.run(_measure_all(settings, names, sizes, rounds, close_rounds, console))
    options.results.mkdir(parents=True, exist_ok=True)
    name = "latest" if sizes == Sizes() else "quick"
    file = options.results / f"{name}.json"
    rows = merged(read_json(file), rows, list(WORKLOADS))
    write_json(file, rows)
    write_markdown(file.with_suffix(".md"), rows)
    plot = [str(BENCH_PYTHON), str(Path(__file__).with_name("plot.py"))]
    subprocess.run([*plot, str(file), str(file.with_suffix(".svg"))], check=True)
    table = Table(*HEAD)
    for row in rows:
        table.add_row(*cells(row))
    console.print(table)
    console.print(f"{(time.monotonic() - began) / 60:.0f} minutes; {file}")
    for failure in failed:
        console.print(f"error: {failure}", markup=False)
    return 1 if failed else 0


async def _measure_all(
    settings: BenchSettings,
    names: Sequence[str],
    sizes: Sizes,
    rounds: int,
    close_rounds: int,
    console: Console,
) -> tuple[list[Row], list[str]]:
    """The rows of the workloads, and a sentence for each that could not be measured: the others go on."""
    rows: list[Row] = []
    failed: list[str] = []
    async with servers(settings) as on:
        bench = Bench(on, sizes, rounds, close_rounds, console)
        for name in names:
            began = time.monotonic()
            bench.say(f"{name}")
            try:
                rows += await WORKLOADS[name](bench)
            except Exception as error:  # whatever one workload does not survive, the others can be measured
                bench.say(f"  failed: {error}")
                failed.append(f"{name}: {error}")
            bench.say(f"  {time.monotonic() - began:.0f} s")
    return rows, failed


if __name__ == "__main__":
    sys.exit(main())
