"""Orders' events at half the rate of the whole pipeline: how far insight's tables are behind them."""

from tsunagu.contracts.topics import ORDER_EVENTS

from ..bench import Bench
from ..lives import EVENTS_PER_ORDER, lives
from ..rows import Row, percentile, plain
from ..worker import serving
from .insight_replay import INSIGHT, empty_insight, faults, until_published

SECONDS_MAX = 2.0
WARM_UP_ORDERS = 100  # unmeasured: plans and code
LIVES_PER_SEED = 2


async def measure(bench: Bench) -> list[Row]:
    """Seconds from when the oldest event that insight has not taken over was to be sent, at each look."""
    settings, sizes = bench.settings, bench.sizes
    orders = round(settings.steady_seconds * settings.lag_orders_per_second)
    per_second = settings.lag_orders_per_second * EVENTS_PER_ORDER
    behind: list[list[float]] = []
    wrong: str | None = None
    for number in range(bench.rounds):
        first, then = (
            lives(count, settings.seed + LIVES_PER_SEED * number + place, sizes.stores, sizes.skus)
            for place, count in enumerate((WARM_UP_ORDERS, orders))
        )
        async with empty_insight(bench) as (url, connection):
            async with (
                bench.on.broker() as kafka,
                serving(bench, INSIGHT, kafka, url, ORDER_EVENTS) as worker,
            ):
                await worker.work_off(kafka, ORDER_EVENTS, first, len(first))
                behind.append(await worker.behind(kafka, ORDER_EVENTS, then, per_second))
                await until_published(connection)
            wrong = wrong or "; ".join(await faults(connection, WARM_UP_ORDERS + orders)) or None
        bench.say(f"  p50 {percentile(behind[-1], 50):.2f} s, at most {max(behind[-1]):.2f} s behind")
    return [
        plain("insight_lag.p50", "s", [percentile(turn, 50) for turn in behind]),
        plain("insight_lag.p99", "s", [percentile(turn, 99) for turn in behind]),
        plain("insight_lag.most", "s", [max(turn) for turn in behind], at_most=SECONDS_MAX, wrong=wrong),
    ]
