"""The same orders with a million behind them, and with a thousand."""

from collections.abc import Sequence

from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import ORDER_EVENTS

from ..bench import Bench
from ..fresh import repeated
from ..orders import SERVED, mixed
from ..rows import Row, plain
from ..side import TSUNAGU
from ..stock import template
from ..worker import Worked, joined, serving
from .growing import cost, grow, memory

LARGE, LARGE_MIN = 1_000_000, 4_000
SMALL = 1_000
WINDOW, WINDOW_MIN = (
    10_000,
    3_000,
)  # orders that are measured: as many of the large backlog, or small ones in a row
BAR, GOAL = 1.15, 1.05


async def measure(bench: Bench) -> list[Row]:
    """Microseconds of CPU time per order, and the service's memory, while the first of the backlog are worked off.

    The large one's others are still there when the turn ends: only a window of it is measured.
    """
    sizes = bench.sizes
    large, window = sizes.scaled(LARGE, LARGE_MIN), sizes.scaled(WINDOW, WINDOW_MIN)
    # Second steps would trail behind each small backlog, and make the large one look cheap.
    orders = mixed(window, bench.settings.seed, sizes.stores, sizes.skus, SERVED).records
    stock = await template(bench.on, sizes.stores, sizes.skus)
    small_name, large_name = f"{SMALL:,} orders", f"{large:,} orders"

    async def turn(_: int, backlog: str) -> Worked:
        database = await bench.on.database("bench_side", stock)
        async with (
            bench.on.broker() as kafka,
            serving(bench, TSUNAGU, kafka, database, ORDER_EVENTS) as worker,
        ):
            if backlog == large_name:
                records = repeated(orders, large)
                return await worker.work_off(kafka, ORDER_EVENTS, records, large, measured=window)
            return joined([
                await worker.work_off(kafka, ORDER_EVENTS, part, len(part)) for part in _parts(orders)
            ])  # fmt: skip

    with_small, with_large = await grow(bench, small_name, large_name, turn)
    against = (small_name, with_small)
    return [
        cost("backlog.large.cpu", "µs per order", with_large, against, bar=BAR, goal=GOAL),
        memory("backlog.large.memory", with_large, against, bar=BAR, goal=GOAL),
        plain("backlog.large.rate", "orders/s", [one.per_second for one in with_large]),
    ]


def _parts(orders: Sequence[Record]) -> list[Sequence[Record]]:
    return [orders[start : start + SMALL] for start in range(0, len(orders), SMALL)]
