"""The SQL: every query is valid, finds its rows by index, and agrees with the domain."""

import re
from pathlib import Path

import asyncpg
import pytest

import inventory
from inventory.app import SERVICE
from inventory.domain.stock import Stock
from inventory.sql import SQL
from tsunagu.chassis import Queries
from tsunagu.testing.plugin import NewDatabase

pytestmark = pytest.mark.component

QUERIES = [
    (name, text)
    for file in Path(inventory.__file__).parent.rglob("*.sql")
    if file.parent.name != "migrations"
    for name, text in Queries(file).all().items()
]
EVERY = dict(QUERIES)


async def test_queries__each__can_be_prepared(new_database: NewDatabase) -> None:
    connection = await asyncpg.connect(await new_database(SERVICE.migrations))
    try:
        for name, text in QUERIES:
            try:
                await connection.prepare(text)
            except asyncpg.PostgresError as error:
                pytest.fail(f"{name}: {error}")
    finally:
        await connection.close()


# What a batch runs for each message must not read a table from end to end, however small it was when it was planned.
KEYED = (
    "lock_stock", "read_stock", "save_stock", "save_promises", "recent_movements", "lock_orders",
    "read_orders", "read_allocations", "save_orders", "save_allocations", "delete_allocations", "reserved_at",
    "lock_holds", "read_holds", "read_counts", "read_transfer_lines", "read_places", "known_skus", "shelf_of",
    "read_suppliers", "sources_on_lanes",
    "read_register_clocks", "save_register_clocks", "balance", "history",
    "lock_defaults", "save_defaults", "read_defaults", "skus_of_categories", "rows_of_skus",
    "lock_deliveries", "read_deliveries", "save_deliveries",
    "read_prices", "stock_page", "open_count_tasks", "save_count_round",
)  # fmt: skip
PLAIN_SCAN = re.compile(r"Seq Scan on (\w+)")


@pytest.mark.parametrize("name", KEYED)
async def test_queries__planned_on_empty_tables__no_table_is_read_whole(
    new_database: NewDatabase, name: str
) -> None:
    connection = await asyncpg.connect(
        await new_database(SERVICE.migrations), server_settings={"plan_cache_mode": "force_generic_plan"}
    )
    try:
        text = EVERY[name]
        count = max(int(number) for number in re.findall(r"\$(\d+)", text))
        await connection.execute(f"PREPARE q AS {text}")
        nulls = ", ".join(["NULL"] * count)
        rows = await connection.fetch(f"EXPLAIN EXECUTE q({nulls})")
        found = PLAIN_SCAN.findall("\n".join(row[0] for row in rows))
        assert not found, "\n".join(row[0] for row in rows)
    finally:
        await connection.close()


async def test_available__in_the_table__is_the_domains(new_database: NewDatabase) -> None:
    """One column after the other, so that each counts once and with its sign."""
    connection = await asyncpg.connect(await new_database(SERVICE.migrations))
    names = Stock._fields
    try:
        await connection.execute(
            "SET session_replication_role = replica"
        )  # or rows would have to begin empty
        for place, name in enumerate(names):
            stock = Stock(**{name: 2**place})
            found = await connection.fetchval(
                "INSERT INTO stock (location_id, sku, on_hand, staged, reserved, held, safety, unsellable, withheld,"
                " in_transit, announced, planned) VALUES ('S', $11, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
                " RETURNING available",
                *stock,
                name,
            )
            assert found == stock.available
    finally:
        await connection.close()


async def test_ledger_differences__a_row_that_was_tampered_with__is_named(new_database: NewDatabase) -> None:
    connection = await asyncpg.connect(await new_database(SERVICE.migrations))
    try:
        await connection.execute(
            "INSERT INTO stock (location_id, sku, reserved) VALUES ('S', 'A', 1), ('S', 'B', 0)"
        )
        rows = await connection.fetch(SQL.ledger_differences, "", "", 9)
        assert [(row["sku"], row["reserved"], row["reserved_by_allocations"]) for row in rows] == [
            ("A", 1, 0)
        ]
    finally:
        await connection.close()
