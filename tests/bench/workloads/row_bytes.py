"""What a row of stock takes on the disk, with its indexes: inventory's own, and the band that shoppers are shown."""

import asyncpg

from tsunagu.chassis import beside
from tsunagu.stack.urls import with_database

from ..bench import Bench
from ..databases import EMPTY, drop
from ..rows import Row
from ..stock import template
from .stock_lookup import fill

SQL = beside(__file__, "row_bytes.sql")
STORES = 100
SKUS, SKUS_MIN = 10_000, 100
BANDS = "bench_row_bytes"


async def measure(bench: Bench) -> list[Row]:
    """Bytes per row, freshly filled: nothing is dead, and pages have the room that updates in place want."""
    skus = bench.sizes.scaled(SKUS, SKUS_MIN)
    stock = with_database(bench.on.postgres, await template(bench.on, STORES, skus))
    bands = await bench.on.database(BANDS, EMPTY)
    try:
        await fill(bands, STORES, skus)
        return [
            Row("row_bytes.stock", await _bytes(stock, "stock", STORES * skus), "bytes"),
            Row("row_bytes.band", await _bytes(bands, "stock_band", STORES * skus), "bytes"),
        ]
    finally:
        await drop(bench.on, BANDS)


async def _bytes(url: str, table: str, rows: int) -> float:
    connection = await asyncpg.connect(url)
    try:
        return float(await connection.fetchval(SQL.table_bytes, table)) / rows
    finally:
        await connection.close()
