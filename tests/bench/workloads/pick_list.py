"""A pick list drawn up at a store with thousands of open lines: from the command until its list is committed."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from pickup.app import SERVICE
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import Location, OrderConfirmed, Product, ReleaseWave, TakeWave, Task
from tsunagu.contracts.topics import PICKUP_COMMANDS
from tsunagu.contracts.values import (
    Allocation,
    FulfilmentGroup,
    FulfilmentMethod,
    LocationKind,
    OrderLine,
    Payment,
    TaxClass,
)
from tsunagu.testing.harness import Harness, harness, record_of

from ..bench import Bench
from ..databases import EMPTY, drop
from ..rows import Row

DATABASE = "bench_pick_list"
STORE = "S001"
LINES = 5_000
LINES_PER_ORDER = 2
CATEGORIES = 40
ORDERS_AT_ONCE = 500
LISTS = 20
"""Lists that are drawn up; each is given back before the next, so that the open lines stay as many."""
BAR_MS = 50.0


async def measure(bench: Bench) -> list[Row]:
    """Milliseconds per list: candidates, locks, the orders' tasks, the list in walking order, and COMMIT."""
    orders = bench.sizes.scaled(LINES // LINES_PER_ORDER)
    url = await bench.on.database(DATABASE, EMPTY)
    milliseconds: list[float] = []
    wrong: str | None = None
    try:
        async with harness(SERVICE, url) as store:
            await store.deliver(*_network())
            for batch in _batches(orders):
                await store.deliver(*batch)
            await store.connection.execute("VACUUM ANALYZE")
            for number in range(LISTS):
                taken, said = await _take(store, number)
                milliseconds.append(taken)
                wrong = wrong or _fault(said)
                await store.deliver(
                    ReleaseWave(
                        release_id=f"R{number}", wave_id=f"W{number}", location_id=STORE, occurred_at=_now()
                    )
                )
    finally:
        await drop(bench.on, DATABASE)
    spread = (min(milliseconds), max(milliseconds))
    bench.say(f"  {median(milliseconds):.1f} ms a list, {spread[0]:.1f} to {spread[1]:.1f}")
    value = median(milliseconds)
    return [Row("pick_list.take", value, "ms", bar=BAR_MS, at_most=True, spread=spread, wrong=wrong)]


async def _take(store: Harness, number: int) -> tuple[float, list[Message]]:
    wave = TakeWave(wave_id=f"W{number}", location_id=STORE, owner="staff:1", occurred_at=_now())
    record = record_of(wave)
    began = time.perf_counter()
    await store.deliver_records(PICKUP_COMMANDS, [record])
    taken = (time.perf_counter() - began) * 1_000
    return taken, await store.sent()


def _fault(said: list[Message]) -> str | None:
    lists = [each for each in said if isinstance(each, Task) and each.kind == "pick_wave"]
    if len(lists) != 1 or not lists[0].lines:
        return "no list was drawn up"
    places = [_place(line.sku) for line in lists[0].lines]
    return None if places == sorted(places) else "a list is not in walking order"


def _network() -> Iterator[Message]:
    yield Location(
        location_id=STORE, version=1, name_ja="店", name_en="Store", company_id="C1", kind=LocationKind.STORE,
        prefecture="JP-13", city="Tokyo", address="1-1-1", latitude=35.6, longitude=139.7, pickup_enabled=True,
        pick_minutes_per_day=100_000, walking_order=tuple(f"C{place:02}" for place in range(CATEGORIES)),
    )  # fmt: skip
    for place in range(CATEGORIES):
        yield Product(
            sku=f"SKU-{place}", version=1, style_id="ST", name_ja="商品", name_en="Product", category=f"C{place:02}",
            price_jpy=1100, tax_class=TaxClass.STANDARD, active=True,
        )  # fmt: skip


def _place(sku: str) -> int:
    return int(sku.removeprefix("SKU-"))


def _batches(orders: int) -> Iterator[list[Message]]:
    for first in range(0, orders, ORDERS_AT_ONCE):
        yield [_order(number) for number in range(first, min(first + ORDERS_AT_ONCE, orders))]


def _order(number: int) -> OrderConfirmed:
    """An order with lines from both ends of the store, the later ones due later."""
    lines = tuple(
        OrderLine(
            line_id=f"l{line}",
            group_id="g1",
            sku=f"SKU-{(number * 7 + line * (CATEGORIES // 2)) % CATEGORIES}",
            quantity=1,
            unit_price_jpy=1100,
            tax_percent=10,
        )
        for line in range(LINES_PER_ORDER)
    )
    return OrderConfirmed(
        order_id=f"O{number}",
        version=1,
        channel="ec",
        customer_ref="ec:1",
        occurred_at=_now(),
        payment=Payment.PREPAID,
        groups=(FulfilmentGroup(group_id="g1", method=FulfilmentMethod.PICKUP, location_id=STORE),),
        lines=lines,
        allocations=tuple(
            Allocation(
                allocation_id=f"O{number}-{line.line_id}",
                line_id=line.line_id,
                sku=line.sku,
                quantity=1,
                location_id=STORE,
            )
            for line in lines
        ),
        allocation_version=1,
        ready_by=_now() + timedelta(seconds=number),
    )


def _now() -> datetime:
    return datetime.now(UTC)
