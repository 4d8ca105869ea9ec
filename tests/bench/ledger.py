"""The rows of inventory's ledger, as a file that COPY reads."""

from pathlib import Path

import asyncpg

from tsunagu.chassis import beside

SQL = beside(__file__, "ledger.sql")
LEDGER = "movement"
COLUMNS = (
    "location_id", "sku", "type", "quantity", "staged", "document_id", "order_id", "message_id", "register_id",
    "business_date", "receipt_number", "occurred_at", "recorded_at", "mark",
)  # fmt: skip
"""What `ledger` reads: all but the number that the database gives each row."""


async def save_ledger(database: str, file: Path) -> int:
    """Write all movements to the file, in COPY's binary format; returns how many there are."""
    connection = await asyncpg.connect(database)
    try:
        status = await connection.copy_from_query(SQL.ledger, output=file, format="binary")
    finally:
        await connection.close()
    return int(status.removeprefix("COPY "))
