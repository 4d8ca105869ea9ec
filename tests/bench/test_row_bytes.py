"""A table's bytes are counted whole, whether it has partitions or not."""

import asyncpg
import pytest

from tsunagu.testing.plugin import NewDatabase

from .workloads.row_bytes import SQL

pytestmark = [pytest.mark.component, pytest.mark.wide]

ROWS = 1_000
ROW_BYTES_MIN = 24 + 8  # the head of a row and its number


async def test_table_bytes__of_a_table_with_partitions_and_of_one_without__hold_all_rows(
    new_database: NewDatabase,
) -> None:
    connection = await asyncpg.connect(await new_database(None))
    try:
        await connection.execute("CREATE TABLE whole (n bigint)")
        await connection.execute("CREATE TABLE parted (n bigint) PARTITION BY HASH (n)")
        for part in range(2):
            await connection.execute(
                f"CREATE TABLE part_{part} PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER {part})"
            )
        for table in ("whole", "parted"):
            await connection.execute(f"INSERT INTO {table} SELECT generate_series(1, {ROWS})")
            assert await connection.fetchval(SQL.table_bytes, table) >= ROWS * ROW_BYTES_MIN
    finally:
        await connection.close()
