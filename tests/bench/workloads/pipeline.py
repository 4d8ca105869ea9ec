"""Orders from the command that places them until the shopper has the goods, with all five services; beside it, the
reservation of the same kind of orders alone."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from tsunagu.contracts.envelope import Record, decode
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import OrderPlaced, PlaceOrder
from tsunagu.contracts.topics import (
    CATALOG_PRODUCTS,
    NETWORK_LANES,
    NETWORK_LOCATIONS,
    ORDER_COMMANDS,
    ORDER_EVENTS,
)
from tsunagu.contracts.values import Payment
from tsunagu.retailer.sender import record_of

from ..bench import Bench
from ..network import lanes, locations, products
from ..orders import Backlog, mixed, produce
from ..rows import Row, at_most, plain
from ..shop_floor import shop_floor
from ..side import TSUNAGU
from ..side import measure as measure_alone
from ..stock import UNITS_PER_ROW, template
from ..whole import FIVE, SQL, Spent, Whole, whole
from .mixed_orders import ORDERS as ORDERS_ALONE

ORDERS = 2_000
WARM_UP_ORDERS = 200  # unmeasured: plans, caches and code of five services
CUSTOMERS = 500  # so that a customer has several orders, as most do
ALONE, WHOLE = "reservation", "whole"


@dataclass(frozen=True)
class Turn:
    """What the whole pipeline took; `wrong` says what did not hold."""

    collected: int
    seconds: float
    spent: Spent
    wrong: str | None

    @property
    def cpu_ms_per_order(self) -> float:
        """Of all services, the database and the broker, for each order that was collected."""
        return self.per_order(self.spent.cpu.total)

    def per_order(self, cpu_seconds: float) -> float:
        """Milliseconds for each order that was collected."""
        return cpu_seconds * 1_000 / self.collected


async def measure(bench: Bench) -> list[Row]:
    """CPU time per order that was collected, beside the same per order that is only reserved; orders a second."""
    sizes, seed = bench.sizes, bench.settings.seed
    stock = await template(bench.on, sizes.stores, sizes.skus)
    reserved = mixed(sizes.scaled(ORDERS_ALONE), seed, sizes.stores, sizes.skus)
    alone: list[float] = []
    turns: list[Turn] = []
    wrong: str | None = None
    for number, side in bench.turns((ALONE, WHOLE)):
        if side == ALONE:
            database = await bench.on.database("bench_side", stock)
            one = await measure_alone(bench, TSUNAGU, reserved, database)
            alone.append(one.cpu_ms_per_order)
            wrong = wrong or one.wrong
        else:
            orders = mixed(
                sizes.scaled(WARM_UP_ORDERS) + sizes.scaled(ORDERS), seed + number, sizes.stores, sizes.skus
            )
            turns.append(await _turn(bench, stock, orders))
            _show(bench, turns[-1])
    wrong = wrong or next((turn.wrong for turn in turns if turn.wrong), None)
    against = (ALONE, alone)
    rows = [
        plain("pipeline.reservation.cpu", "ms per order", alone),
        at_most(
            "pipeline.whole.cpu",
            "ms per order",
            [turn.cpu_ms_per_order for turn in turns],
            against,
            bar=25.0,
            goal=12.0,
            wrong=wrong,
        ),
        plain(
            "pipeline.whole.rate", "orders/s", [turn.collected / turn.seconds for turn in turns], wrong=wrong
        ),
    ]
    return rows + _parts(turns)


async def _turn(bench: Bench, stock: str, orders: Backlog) -> Turn:
    """Let all services work off a backlog of orders, all of which are placed when they begin."""
    sizes = bench.sizes
    commands = list(_commands(orders))
    async with bench.on.broker() as kafka, whole(bench, kafka, stock) as services:
        await produce(kafka, _records(locations(sizes.stores)), NETWORK_LOCATIONS)
        await produce(kafka, _records(lanes(sizes.stores)), NETWORK_LANES)
        await produce(kafka, _records(products(sizes.skus)), CATALOG_PRODUCTS)
        await services.until_idle()
        async with shop_floor(kafka, commands) as floor:
            patience_seconds = bench.settings.patience_seconds
            first = sizes.scaled(WARM_UP_ORDERS)
            await produce(kafka, _records(commands[:first]), ORDER_COMMANDS)
            await floor.serve([command.order_id for command in commands[:first]], patience_seconds)
            await services.until_idle()
            await services.analyze()
            collected = len(floor.completed)
            services.freeze()
            await produce(kafka, _records(commands[first:]), ORDER_COMMANDS)
            before, began = services.spent(), time.perf_counter()
            services.thaw()
            await floor.serve([command.order_id for command in commands[first:]], patience_seconds)
            seconds = max(floor.completed.values()) - began
            await services.until_idle()
            spent = services.spent().since(before)
        found = await _faults(services, orders)
        return Turn(len(floor.completed) - collected, seconds, spent, "; ".join(found) or None)


def _commands(orders: Backlog) -> Iterator[PlaceOrder]:
    """The orders as their channel places them: every other one is paid for already, the others at the till."""
    for number, record in enumerate(orders.records):
        placed = decode(ORDER_EVENTS, record.key, record.value, record.headers).message
        assert isinstance(placed, OrderPlaced)
        yield PlaceOrder(
            order_id=placed.order_id,
            channel=placed.channel,
            customer_ref=f"ec:{number % CUSTOMERS}",
            groups=placed.groups,
            lines=placed.lines,
            payment=Payment.PREPAID if number % 2 else Payment.AT_PICKUP,
            occurred_at=datetime.now(UTC),
        )


def _records(messages: Iterator[Message] | Sequence[Message]) -> Iterator[Record]:
    return (record_of(message, "bench") for message in messages)


async def _faults(services: Whole, orders: Backlog) -> list[str]:
    """What does not hold in the services' tables; nothing where all does."""
    found = []
    for name, connection in services.connections.items():
        if letters := await connection.fetchval(SQL.dead_letters):
            found.append(f"{letters} dead letters of {name}")
    wanted = {"completed": orders.promised, "rejected": len(orders.records) - orders.promised}
    rows = await services.connections["order"].fetch(SQL.orders_by_status)
    there = {row["status"]: row["orders"] for row in rows}
    if there != {status: count for status, count in wanted.items() if count}:
        found.append(f"orders are {there} instead of {wanted}")
    inventory = services.connections["inventory"]
    if different := await inventory.fetchval(SQL.rows_off_the_ledger, UNITS_PER_ROW):
        found.append(f"{different} rows of stock are not what the ledger says")
    if pieces := await inventory.fetchval(SQL.pieces_kept):
        found.append(f"{pieces} pieces are still promised, set aside or on their way")
    for name, query in (("customer", SQL.purchases), ("insight", SQL.sales)):
        if (booked := await services.connections[name].fetchval(query)) != orders.promised:
            found.append(f"{name} knows {booked} purchases instead of {orders.promised}")
    return found


def _show(bench: Bench, turn: Turn) -> None:
    spent = turn.spent
    bench.say(
        f"  {WHOLE}: {turn.collected / turn.seconds:,.0f} orders/s, {turn.cpu_ms_per_order:.2f} ms CPU per order"
        f" (services {turn.per_order(spent.cpu.service):.2f}, database {turn.per_order(spent.cpu.database):.2f},"
        f" broker {turn.per_order(spent.cpu.broker):.2f})"
        + (f"; fast but wrong: {turn.wrong}" if turn.wrong else "")
    )
    for name, process in spent.processes.items():
        connections = spent.connections[name]
        bench.say(
            f"    {name}: {turn.per_order(process + connections):.2f} ms (process {turn.per_order(process):.2f},"
            f" its connections {turn.per_order(connections):.2f})"
        )


def _parts(turns: Sequence[Turn]) -> list[Row]:
    """Where the CPU time goes: by service with what the database does for it, the rest of the database, the broker."""

    def part(name: str, seconds: Mapping[int, float]) -> Row:
        milliseconds = [turn.per_order(seconds[place]) for place, turn in enumerate(turns)]
        return Row(f"pipeline.whole.cpu.{name}", median(milliseconds), "ms per order")

    spent = [turn.spent for turn in turns]
    rows = [
        part(
            service.name,
            {
                place: one.processes[service.name] + one.connections[service.name]
                for place, one in enumerate(spent)
            },
        )
        for service in FIVE
    ]
    rest = {place: one.cpu.database - sum(one.connections.values()) for place, one in enumerate(spent)}
    rows.append(part("database", rest))
    rows.append(part("broker", {place: one.cpu.broker for place, one in enumerate(spent)}))
    return rows
