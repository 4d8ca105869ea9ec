"""Who bought what, over years of purchases: operators' questions, beside a look-up by primary key."""

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import md5

import customer.app
from customer.settings import settings
from customer.store import bought
from customer.store.bought import Stretch
from tsunagu.chassis import Connection, beside
from tsunagu.chassis.database import connect
from tsunagu.chassis.migrating import migrate
from tsunagu.chassis.settings import ChassisSettings

from ..bench import Bench
from ..databases import EMPTY, drop
from ..rows import Row, percentile
from ..stock import LOAD_SECONDS_MAX

SQL = beside(__file__, "who_bought.sql")
NAME = "bench_who_bought"
LINES_MIN = 2_000
LINES_PER_PURCHASE, LINES_PER_CUSTOMER = 2, 10
SKUS = 10_000
BEST_SELLER = "K0"
PERIOD = timedelta(days=30)
QUESTIONS = 200
HARD_QUESTIONS = 10
BAR_MS = 100.0

Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Purchases:
    """What there is. `until`: after the last purchase; they are of three years."""

    lines: int
    until: datetime
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def count(self) -> int:
        """Purchases."""
        return self.lines // LINES_PER_PURCHASE

    @property
    def customers(self) -> int:
        """Customers, with two identifiers each."""
        return self.lines // LINES_PER_CUSTOMER

    def digest(self) -> str:
        """An identifier by chance."""
        number = self.chance.randint(1, 2 * self.customers)
        return md5(f"i{number}".encode()).hexdigest() + md5(f"j{number}".encode()).hexdigest()

    def month(self) -> datetime:
        """When a period begins, by chance."""
        return self.until - PERIOD - timedelta(days=self.chance.randrange(3 * 365 - 30))


async def measure(bench: Bench) -> list[Row]:
    """Milliseconds of a question, the 99th of a hundred; asked as the routes ask, over a connection that is there."""
    made = Purchases(bench.sizes.scaled(bench.settings.bought_lines, LINES_MIN), datetime.now(UTC))
    url = await bench.on.database(NAME, EMPTY)
    try:
        connection = await connect(
            ChassisSettings(database_url=url, statement_timeout_seconds=LOAD_SECONDS_MAX), "bench"
        )
        try:
            began = time.perf_counter()
            await fill(connection, made)
            bench.say(
                f"  {made.lines:,} lines, {made.customers:,} customers: {time.perf_counter() - began:.0f} s"
            )
            return await ask(bench, connection, made)
        finally:
            await connection.close()
    finally:
        await drop(bench.on, NAME)


async def fill(connection: Connection, made: Purchases) -> None:
    """Customers, their identifiers and refs, purchases, lines, and what was kept of them."""
    await migrate(connection, "public", customer.app.SERVICE.migrations)
    await connection.execute(SQL.pass_over_triggers)
    index = await connection.fetchval(SQL.definition_of_index)
    await connection.execute(SQL.drop_index)
    await connection.execute(SQL.insert_customers, made.customers)
    await connection.execute(SQL.insert_identifiers, made.customers)
    await connection.execute(SQL.insert_refs, made.customers)
    await connection.execute(SQL.insert_purchases, made.count, made.until, made.customers)
    await connection.execute(SQL.insert_lines, made.count, SKUS)
    await connection.execute(SQL.insert_kept)
    await connection.execute(index)
    await connection.execute("VACUUM ANALYZE")


async def ask(bench: Bench, connection: Connection, made: Purchases) -> list[Row]:
    """A row for each kind of question."""
    page = settings().purchase_rows_max + 1
    skus = await _skus(connection, made)
    month = Stretch(BEST_SELLER, made.until - PERIOD, made.until, None)
    longest = Stretch(BEST_SELLER, made.until - timedelta(days=settings().bought_days_max), made.until, None)

    def stretch() -> Stretch:
        since = made.month()
        return Stretch(made.chance.choice(skus), since, since + PERIOD, None)

    async def customers() -> object:
        named = await bought.buyers(connection, stretch(), None, page)
        return await bought.refs_of(connection, [row["customer_id"] for row in named])

    async def history() -> object:
        customer_id = await bought.find_customer(connection, made.digest(), "")
        assert customer_id is not None, "each identifier has a customer"
        digests = await bought.digests_of(connection, customer_id)
        return await bought.newest(connection, digests, None, page)

    kinds: Sequence[tuple[str, int, Ask]] = (
        ("look_up", QUESTIONS, lambda: connection.fetchval(SQL.look_up, made.digest())),
        ("history", QUESTIONS, history),
        ("customers", QUESTIONS, customers),
        ("counts", QUESTIONS, lambda: bought.counts(connection, stretch(), "day")),
        ("best_seller.customers", HARD_QUESTIONS, lambda: bought.buyers(connection, month, None, page)),
        ("best_seller.counts", HARD_QUESTIONS, lambda: bought.counts(connection, month, None)),
        ("longest.customers", HARD_QUESTIONS, lambda: bought.buyers(connection, longest, None, page)),
        ("longest.counts", HARD_QUESTIONS, lambda: bought.counts(connection, longest, None)),
    )
    rows: list[Row] = []
    for name, times, question in kinds:
        taken = [await _milliseconds(question) for _ in range(times)]
        rows.append(_row(name, taken, None if not rows else rows[0]))
        bench.say(f"  {name}: {percentile(taken, 50):.2f} ms, the slowest {max(taken):.2f} ms")
    rows[-1] = await _checked(connection, rows[-1], longest)
    return rows


def _row(name: str, taken: Sequence[float], yardstick: Row | None) -> Row:
    """The 99th percentile; what it is of the yardstick is said beside it, and the bar is in milliseconds."""
    value, spread = percentile(taken, 99), (min(taken), max(taken))
    if yardstick is None:
        return Row(f"who_bought.{name}", value, "ms", spread=spread)
    against = f"look-up {yardstick.value:.2f} ms"
    return Row(f"who_bought.{name}", value, "ms", against, bar=BAR_MS, at_most=True, spread=spread)


async def _milliseconds(question: Ask) -> float:
    began = time.perf_counter()
    await question()
    return (time.perf_counter() - began) * 1_000


async def _skus(connection: Connection, made: Purchases) -> list[str]:
    numbers = (made.chance.randint(1, made.count) for _ in range(QUESTIONS))
    rows = await connection.fetch(SQL.some_skus, [f"R{number:012}" for number in numbers])
    return [row["sku"] for row in rows]


async def _checked(connection: Connection, row: Row, asked: Stretch) -> Row:
    """Whether as many pieces were counted as the lines have."""
    counted = (await bought.counts(connection, asked, None))[0]["pieces"]
    there = await connection.fetchval(SQL.pieces_of, asked.sku, asked.since, asked.until)
    wrong = None if counted == there else f"{counted:,} pieces counted, {there:,} sold"
    return replace(row, wrong=wrong)
