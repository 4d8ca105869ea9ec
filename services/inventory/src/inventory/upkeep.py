"""What is done beside the messages: the ledger's months, locations' records of picks, and wrong clocks counted."""

from datetime import timedelta

from inventory.metrics import REGISTER_CLOCK_LEAD, REGISTER_CLOCKS_OFF
from inventory.settings import settings
from inventory.sql import SQL
from inventory.store.reliability import weigh_notes
from tsunagu.chassis import Periodic, Runtime, clock, pooled


async def make_months(runtime: Runtime) -> None:
    """Make the partitions of the ledger that are missing."""
    await pooled(runtime).execute(SQL.make_movement_months, settings().ledger_months_ahead)


async def weigh_picks(runtime: Runtime) -> None:
    """Take what was noted of picks and counts into the locations' records."""
    async with pooled(runtime).acquire() as connection:
        await weigh_notes(connection, clock.now())


async def count_clocks(runtime: Runtime) -> None:
    """Set the gauges of wrong clocks; a register that has fallen silent for a window is no longer counted."""
    since = clock.now() - timedelta(hours=settings().register_clock_window_hours)
    row = await pooled(runtime).fetchrow(SQL.register_clocks_off, since)
    assert row is not None, "an aggregate has one row"
    REGISTER_CLOCKS_OFF.labels("fast").set(row["fast"])
    REGISTER_CLOCKS_OFF.labels("slow").set(row["slow"])
    REGISTER_CLOCK_LEAD.set(row["lead_seconds"])


LEDGER_MONTHS = Periodic("ledger months", settings().ledger_upkeep_seconds, make_months)
RELIABILITY = Periodic("reliability", settings().reliability_weigh_seconds, weigh_picks)
REGISTER_CLOCKS = Periodic("register clocks", settings().register_clock_gauge_seconds, count_clocks)
