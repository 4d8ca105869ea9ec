"""The chassis with a handler that does nothing, beside getmany by hand and FastStream's handler of single messages."""

from collections.abc import Sequence

from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import ORDER_EVENTS

from ..bench import Bench
from ..databases import machinery
from ..fresh import repeated
from ..orders import SERVED, mixed
from ..rows import Row, better, plain
from ..side import Side, contender
from ..worker import Worked, take_turn

MESSAGES = 10_000
MESSAGES_MIN = 200  # a turn ends when a contender has told so many, which it does by twenties
DIFFERENT = 10_000  # messages that are encoded; more of them are these with other ids
APP = "tests.bench.contenders.chassis_empty"
SIDES = {
    "chassis": Side("chassis", ("-m", "tsunagu.chassis", APP), share=6.0, is_contender=False),
    "getmany": contender("getmany", 12.0, "orjson"),
    "faststream_safe": contender("faststream_empty", 0.1, "safe"),
    "faststream_default": contender("faststream_empty", 1.0, "default"),
}


async def measure(bench: Bench) -> list[Row]:
    """Microseconds of CPU time per message, and messages a second."""
    sizes = bench.sizes
    different = mixed(sizes.scaled(DIFFERENT), bench.settings.seed, sizes.stores, sizes.skus, SERVED).records
    worked: dict[str, list[Worked]] = {name: [] for name in SIDES}
    for _, name in bench.turns(list(SIDES), bench.close_rounds):
        worked[name].append(await _turn(bench, SIDES[name], different))
        bench.say(f"  {name}: {worked[name][-1]}")
    cpu = {name: [one.cpu_us for one in turns] for name, turns in worked.items()}
    rate = {name: [one.per_second for one in turns] for name, turns in worked.items()}
    rows = []
    for name in ("getmany", "faststream_safe", "faststream_default"):
        rows.append(plain(f"chassis.{name}.cpu", "µs per message", cpu[name]))
        rows.append(plain(f"chassis.{name}.rate", "messages/s", rate[name]))
    for against, bar, goal in (("getmany", 0.25, 0.8), ("faststream_safe", 10.0, 20.0)):
        beside = f"chassis.chassis_beside_{against}"
        rows.append(
            better(
                f"{beside}.cpu", "µs per message", cpu["chassis"], (against, cpu[against]),
                less_is_better=True, bar=bar, goal=goal,
            )
        )  # fmt: skip
        # Below 2 × the rate says more about the machine's other guests than about the sides.
        rows.append(
            better(
                f"{beside}.rate", "messages/s", rate["chassis"], (against, rate[against]),
                bar=bar if bar > 2 else None, goal=goal if bar > 2 else None,
            )
        )  # fmt: skip
    return rows


async def _turn(bench: Bench, side: Side, different: Sequence[Record]) -> Worked:
    count = bench.sizes.scaled(round(MESSAGES * side.share), MESSAGES_MIN)
    database = await machinery(bench.on, "bench_side")
    return await take_turn(bench, side, database, ORDER_EVENTS, repeated(different, count), count)
