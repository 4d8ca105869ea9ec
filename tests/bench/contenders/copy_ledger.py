"""PostgreSQL's COPY of ledger rows, and nothing else: no stock, no messages, the ledger's triggers passed over.

The arguments are a file of rows in COPY's binary format, and how often it is copied.
"""

import asyncio
import sys
from pathlib import Path

import asyncpg
from tests.bench.ledger import COLUMNS, LEDGER

from .running import Place, run
from .telling import tell, wait_for_the_start


async def copy_ledger(place: Place) -> None:
    """Copy the rows so many times."""
    rows, times = Path(sys.argv[1]), int(sys.argv[2])
    connection = await asyncpg.connect(
        place.database, server_settings={"session_replication_role": "replica"}
    )
    wait_for_the_start()
    for done in range(1, times + 1):
        await connection.copy_to_table(LEDGER, source=rows, columns=COLUMNS, format="binary")
        tell(done)
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(copy_ledger)
