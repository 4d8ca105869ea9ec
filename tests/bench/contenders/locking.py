"""One order, one PostgreSQL transaction, SELECT … FOR UPDATE: with asyncpg."""

import asyncpg

from .reserving import SQL, Wish


async def decide(
    connection: "asyncpg.Connection[asyncpg.Record]", wish: Wish
) -> tuple[list[str], dict[str, asyncpg.Record]] | None:
    """The lines that can't be had (all of it is reserved where there are none), and the rows of stock as they were
    before. None where the order was decided before."""
    async with connection.transaction():
        if await connection.fetchval(SQL.insert_order, *wish.order_row) is None:
            return None
        locked = await connection.fetch(SQL.lock_stock, wish.location_id, wish.skus)
        rows = {row["sku"]: row for row in locked}
        lacking = wish.lacking({sku: row["available"] for sku, row in rows.items()})
        if not lacking:
            await connection.execute(SQL.reserve, wish.location_id, wish.skus, wish.quantities)
            await connection.execute(SQL.insert_allocations, *wish.allocation_rows)
    return lacking, rows
