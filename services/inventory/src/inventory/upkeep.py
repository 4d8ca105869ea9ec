"""What is done beside the messages: the ledger's months are made ahead, notes of picks are taken into records."""

from datetime import UTC, datetime

from inventory.settings import settings
from inventory.sql import SQL
from inventory.store.reliability import weigh_notes
from tsunagu.chassis import Periodic, Runtime, pooled


async def make_months(runtime: Runtime) -> None:
    """Make the partitions of the ledger that are missing."""
    await pooled(runtime).execute(SQL.make_movement_months, settings().ledger_months_ahead)


async def weigh_picks(runtime: Runtime) -> None:
    """Take what was noted of picks and counts into the locations' records."""
    async with pooled(runtime).acquire() as connection:
        await weigh_notes(connection, datetime.now(UTC))


LEDGER_MONTHS = Periodic("ledger months", settings().ledger_upkeep_seconds, make_months)
RELIABILITY = Periodic("reliability", settings().reliability_weigh_seconds, weigh_picks)
