"""Orders at a constant rate while a day's receipts wait in pos.sales, beside the same without them."""

from ..bench import Bench
from ..orders import SERVED, mixed
from ..receipts import sales
from ..rows import Row, at_most, percentile, plain
from ..side import TSUNAGU
from ..steady import decide_steadily
from ..stock import template
from .latency import MILLISECONDS, told

RECEIPTS = 100_000
WITHOUT, WITH = "without", "with"


async def measure(bench: Bench) -> list[Row]:
    """Both take turns; orders come only as long as receipts wait."""
    sizes, settings = bench.sizes, bench.settings
    count = round((settings.lead_in_seconds + settings.steady_seconds) * settings.orders_per_second)
    orders = mixed(count, settings.seed, sizes.stores, sizes.skus, SERVED)
    receipts = sales(sizes.scaled(RECEIPTS), settings.seed, sizes.stores, sizes.skus)
    stock = await template(bench.on, sizes.stores, sizes.skus)
    p99: dict[str, list[float]] = {WITHOUT: [], WITH: []}
    wrong = None
    for _, name in bench.turns((WITHOUT, WITH)):
        database = await bench.on.database("bench_side", stock)
        steady = await decide_steadily(bench, TSUNAGU, orders, database, receipts if name == WITH else ())
        wrong = wrong or steady.wrong
        if not steady.seconds:
            raise ValueError("the receipts were booked before an order was measured: take more of them")
        p99[name].append(percentile(steady.seconds, 99.0) * MILLISECONDS)
        bench.say(f"  {name} receipts: {told(steady.seconds)}")
    return [
        plain("pos_backlog.without.p99", "ms", p99[WITHOUT]),
        at_most(
            "pos_backlog.with.p99", "ms", p99[WITH], (WITHOUT, p99[WITHOUT]), bar=2.0, goal=1.2, wrong=wrong
        ),
    ]
