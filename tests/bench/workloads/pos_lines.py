"""A backlog of till receipts, until stock, ledger and news have all of it, beside COPY of the same ledger rows."""

import tempfile
from pathlib import Path

from tsunagu.contracts.topics import POS_SALES

from ..bench import Bench
from ..ledger import LEDGER, save_ledger
from ..receipts import LINES_PER_RECEIPT, sales
from ..rows import Row, better, plain
from ..side import TSUNAGU, contender
from ..stock import template
from ..worker import Worked, take_turn

RECEIPTS = 20_000
COPIES = 5  # of the same rows in one turn: a single copy takes a tenth of a second, as long as ten ticks of CPU time


async def measure(bench: Bench) -> list[Row]:
    """Microseconds of CPU time per line of a receipt, and lines a second."""
    sizes = bench.sizes
    backlog = sales(sizes.scaled(RECEIPTS), bench.settings.seed, sizes.stores, sizes.skus)
    lines = len(backlog) * LINES_PER_RECEIPT
    stock = await template(bench.on, sizes.stores, sizes.skus)
    booked: list[Worked] = []
    copied: list[Worked] = []
    wrong: str | None = None

    with tempfile.TemporaryDirectory(prefix="tsunagu-bench-") as folder:
        file = Path(folder) / LEDGER
        copying = contender("copy_ledger", 1.0, str(file), str(COPIES))
        for _, side in bench.turns((TSUNAGU, copying), bench.close_rounds):
            database = await bench.on.database("bench_side", stock)
            if side is TSUNAGU:
                booked.append(await take_turn(bench, side, database, POS_SALES, backlog, len(backlog)))
                # What the other side copies is what this one has written.
                if (rows := await save_ledger(database, file)) != lines:
                    wrong = f"{rows} of {lines} lines are in the ledger"
            else:
                copied.append(await take_turn(bench, side, database, POS_SALES, (), COPIES))
            bench.say(f"  {side.name}: {(booked if side is TSUNAGU else copied)[-1]}")
    cpu = [one.cpu.total / lines * 1e6 for one in booked]
    # The broker has nothing to do with a copy: what it uses in idleness would make the copy look dear.
    copy_cpu = [(one.cpu.service + one.cpu.database) / lines / COPIES * 1e6 for one in copied]
    rate = [one.per_second * LINES_PER_RECEIPT for one in booked]
    copy_rate = [one.per_second * lines for one in copied]
    against = "copy_ledger"
    return [
        plain("pos_lines.copy_ledger.cpu", "µs per line", copy_cpu),
        plain("pos_lines.copy_ledger.rate", "lines/s", copy_rate),
        better(
            "pos_lines.tsunagu.cpu", "µs per line", cpu, (against, copy_cpu),
            less_is_better=True, bar=0.25, goal=0.5, wrong=wrong,
        ),
        better("pos_lines.tsunagu.rate", "lines/s", rate, (against, copy_rate), wrong=wrong),
    ]  # fmt: skip
