"""What nobody on this machine can pass: PostgreSQL's own benchmark, and reading a topic without doing anything."""

import asyncio
import re
from collections.abc import Sequence

from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import ORDER_EVENTS
from tsunagu.stack.errors import StackError
from tsunagu.stack.postgres import find_binaries

from ..bench import Bench
from ..databases import EMPTY
from ..fresh import repeated
from ..orders import SERVED, mixed
from ..rows import Row, plain
from ..side import contender
from ..worker import Worked, checkpoint, take_turn

SCALE = 10  # a million accounts, as many as there are rows of stock
CLIENTS, THREADS = 8, 2
SECONDS, SECONDS_MIN = 20, 3
MESSAGES = 200_000
DIFFERENT = 10_000  # messages that are encoded; more of them are these with other ids
NOTHING = contender("getmany", 1.0, "nothing")
_RATE = re.compile(r"^tps = ([0-9.]+) ", re.MULTILINE)
_COUNT = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)


async def measure(bench: Bench) -> list[Row]:
    """TPC-B transactions a second as pgbench counts them, and records a second out of getmany."""
    rates: list[float] = []
    costs: list[float] = []
    read: list[Worked] = []
    database = await bench.on.database("bench_tpcb", EMPTY)
    await _pgbench("--initialize", "--quiet", "--scale", str(SCALE), database)
    sizes = bench.sizes
    different = mixed(sizes.scaled(DIFFERENT), bench.settings.seed, sizes.stores, sizes.skus, SERVED).records
    for _, is_tpcb in bench.turns((True, False)):
        if is_tpcb:
            rate, cost = await _tpcb(bench, database)
            rates.append(rate)
            costs.append(cost)
            bench.say(f"  pgbench: {rate:,.0f} transactions/s, {cost:.2f} ms CPU of the database each")
        else:
            read.append(await _read(bench, different))
            bench.say(f"  getmany: {read[-1]}")
    return [
        plain("ceilings.pgbench.rate", "transactions/s", rates),
        plain("ceilings.pgbench.cpu", "ms per transaction", costs),
        plain("ceilings.getmany.rate", "messages/s", [one.per_second for one in read]),
        plain("ceilings.getmany.cpu", "µs per message", [one.cpu_us for one in read]),
    ]


async def _tpcb(bench: Bench, database: str) -> tuple[float, float]:
    """Transactions a second, and milliseconds of the database's CPU time for each."""
    seconds = bench.sizes.scaled(SECONDS, SECONDS_MIN)
    await checkpoint(bench)
    before = bench.on.cpu_seconds()
    said = await _pgbench("--client", str(CLIENTS), "--jobs", str(THREADS), "--time", str(seconds), database)
    used = bench.on.cpu_seconds().since(before)
    rate, count = _RATE.search(said), _COUNT.search(said)
    if rate is None or count is None:
        raise StackError(f"pgbench says no rate:\n{said}")
    return float(rate[1]), used.database / int(count[1]) * 1000


async def _pgbench(*arguments: str) -> str:
    """What pgbench, which comes with the embedded PostgreSQL, writes. Raises StackError where it fails."""
    child = await asyncio.create_subprocess_exec(
        str(find_binaries() / "pgbench"),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    written, _ = await child.communicate()
    if child.returncode != 0:
        raise StackError(f"pgbench ended with exit code {child.returncode}:\n{written.decode()}")
    return written.decode()


async def _read(bench: Bench, different: Sequence[Record]) -> Worked:
    count = bench.sizes.scaled(MESSAGES)
    records = repeated(different, count)
    return await take_turn(bench, NOTHING, bench.on.postgres, ORDER_EVENTS, records, count)
