"""What is done beside the messages: the ledger's months are made ahead."""

from inventory.settings import settings
from inventory.sql import SQL
from tsunagu.chassis import Periodic, Runtime, pooled


async def make_months(runtime: Runtime) -> None:
    """Make the partitions of the ledger that are missing."""
    await pooled(runtime).execute(SQL.make_movement_months, settings().ledger_months_ahead)


LEDGER_MONTHS = Periodic("ledger months", settings().ledger_upkeep_seconds, make_months)
