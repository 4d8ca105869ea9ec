"""A shopper asks which stores nearby have a product, beside an empty endpoint of FastAPI."""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

import edge.shopper.app
from edge.domain.prefectures import PREFECTURES
from tsunagu.chassis import beside
from tsunagu.chassis.database import connect
from tsunagu.chassis.migrating import migrate
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.stack.ports import free_port

from ..bench import Bench
from ..databases import EMPTY, drop
from ..http_get import rate
from ..rows import Row, better
from ..side import Side, running
from ..stock import LOAD_SECONDS_MAX

SQL = beside(__file__, "stock_lookup.sql")
NAME = "bench_stock_lookup"
STORES = 1_000
SKUS, SKUS_MIN = 10_000, 100
QUESTIONS, QUESTIONS_MIN = 6_000, 300
WARM_UP = 200
UNLIMITED = str(10**6)

EMPTY_ENDPOINT = Side(
    "empty", ("-m", "tests.bench.contenders.fastapi_empty"), is_contender=False, is_http=True
)
DOOR = Side(
    "edge-shopper",
    ("-m", "tsunagu.chassis", "edge.shopper.app"),
    is_contender=False,
    is_http=True,
    environment={
        "TSUNAGU_EDGE_SHOPPER_REQUESTS_PER_SECOND": UNLIMITED,
        "TSUNAGU_EDGE_SHOPPER_REQUESTS_BURST": UNLIMITED,
    },
)


async def measure(bench: Bench) -> list[Row]:
    """Answers per second of one process each: by the name of a place, and by where a phone is, which is always new."""
    skus = bench.sizes.scaled(SKUS, SKUS_MIN)
    url = await bench.on.database(NAME, EMPTY)
    try:
        began = time.perf_counter()
        await fill(url, STORES, skus)
        bench.say(f"  {STORES * skus:,} rows of stock: {time.perf_counter() - began:.0f} s")
        return await ask(bench, url, questions(bench.sizes.scaled(QUESTIONS, QUESTIONS_MIN), skus))
    finally:
        await drop(bench.on, NAME)


async def fill(url: str, stores: int, skus: int) -> None:
    """Stores, products, and a band for each product in each store."""
    settings = ChassisSettings(database_url=url, statement_timeout_seconds=LOAD_SECONDS_MAX)
    connection = await connect(settings, "bench")
    try:
        await migrate(connection, "public", edge.shopper.app.SERVICE.migrations)
        await connection.execute(SQL.insert_stores, stores)
        await connection.execute(SQL.insert_feeds)
        await connection.execute(SQL.insert_products, skus)
        await connection.execute(SQL.insert_bands)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def questions(count: int, skus: int) -> Mapping[str, Sequence[str]]:
    """What is asked of whom, by the kind of question."""
    chance = random.Random(7)

    def stock(near: str) -> str:
        return f"/v1/stock?sku=K{chance.randint(1, skus)}&near={quote(near)}"

    return {
        "empty": ["/empty"] * count,
        "by_name": [stock(chance.choice(PREFECTURES).name_ja) for _ in range(count)],
        "by_position": [
            stock(f"{chance.uniform(33, 43):.4f},{chance.uniform(130, 141):.4f}") for _ in range(count)
        ],
    }


async def ask(bench: Bench, url: str, asked: Mapping[str, Sequence[str]]) -> list[Row]:
    """Both processes are there all the time, and one of them works."""
    ports = {side.name: free_port() for side in (EMPTY_ENDPOINT, DOOR)}
    rates: dict[str, list[float]] = {kind: [] for kind in asked}
    async with (
        bench.on.broker() as kafka,
        running(bench, _at(EMPTY_ENDPOINT, ports), kafka, url),
        running(bench, _at(DOOR, ports), kafka, url),
    ):
        for number, kind in bench.turns(list(asked), bench.close_rounds):
            port = ports[EMPTY_ENDPOINT.name if kind == "empty" else DOOR.name]
            if number == 0:
                await rate(port, asked[kind][:WARM_UP])
            rates[kind].append(await rate(port, asked[kind]))
            bench.say(f"  {kind}: {rates[kind][-1]:,.0f} answers/s")
    against = ("an empty endpoint", rates["empty"])
    return [
        better("stock_lookup.by_name", "answers/s", rates["by_name"], against, bar=0.5, goal=0.7),
        better("stock_lookup.by_position", "answers/s", rates["by_position"], against),
    ]


def _at(side: Side, ports: Mapping[str, int]) -> Side:
    port = str(ports[side.name])
    return replace(
        side,
        environment={**side.environment, "BENCH_HTTP_PORT": port, "TSUNAGU_PUBLIC_HTTP_PORT": port},
    )
