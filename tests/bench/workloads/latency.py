"""Orders at a constant rate: from when each was to be placed until its decision is readable, beside one hop through
Kafka alone."""

from collections.abc import Callable

from tsunagu.contracts.topics import ORDER_EVENTS

from ..bench import Bench
from ..open_loop import hop
from ..orders import SERVED, mixed
from ..rows import Row, at_most, percentile, plain
from ..side import TSUNAGU
from ..steady import decide_steadily
from ..stock import template

HOP = "hop"
MILLISECONDS = 1_000


async def measure(bench: Bench) -> list[Row]:
    """The hop and Tsunagu take turns."""
    sizes, settings = bench.sizes, bench.settings
    count = round((settings.lead_in_seconds + settings.steady_seconds) * settings.orders_per_second)
    orders = mixed(count, settings.seed, sizes.stores, sizes.skus, SERVED)
    stock = await template(bench.on, sizes.stores, sizes.skus)
    seconds: dict[str, list[list[float]]] = {HOP: [], TSUNAGU.name: []}
    wrong = None
    for _, name in bench.turns((HOP, TSUNAGU.name)):
        if name == HOP:
            async with bench.on.broker() as kafka:
                taken = await hop(bench, kafka, ORDER_EVENTS, orders.records)
        else:
            database = await bench.on.database("bench_side", stock)
            steady = await decide_steadily(bench, TSUNAGU, orders, database)
            taken, wrong = steady.seconds, wrong or steady.wrong
        seconds[name].append(taken)
        bench.say(f"  {name}: {told(taken)}")
    p50, p99 = _each(50.0), _each(99.0)
    return [
        plain("latency.hop.p50", "ms", p50(seconds[HOP])),
        plain("latency.hop.p99", "ms", p99(seconds[HOP])),
        plain("latency.tsunagu.p50", "ms", p50(seconds[TSUNAGU.name]), wrong=wrong),
        at_most(
            "latency.tsunagu.p99",
            "ms",
            p99(seconds[TSUNAGU.name]),
            (HOP, p99(seconds[HOP])),
            bar=10.0,
            goal=5.0,
            wrong=wrong,
        ),
    ]


def told(seconds: list[float]) -> str:
    """The percentiles of one turn, for people."""
    p50, p99 = (percentile(seconds, percent) * MILLISECONDS for percent in (50.0, 99.0))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms of {len(seconds)}"


def _each(percent: float) -> Callable[[list[list[float]]], list[float]]:
    """The percentile of each turn, in milliseconds."""
    return lambda turns: [percentile(seconds, percent) * MILLISECONDS for seconds in turns]
