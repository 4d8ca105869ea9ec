"""Signs of interest, no longer than they say anything, and links to histories as long as their codes count."""

from datetime import timedelta

from customer.settings import settings
from customer.store.histories import SQL as HISTORIES_SQL
from customer.store.journey import SQL
from tsunagu.chassis import Periodic, Runtime, clock, pooled


async def forget_old(runtime: Runtime) -> None:
    """Forget signs of interest of long ago, some at once."""
    limits = settings()
    before = clock.now() - timedelta(days=limits.interests_kept_days)
    await pooled(runtime).execute(SQL.delete_old_interests, before, limits.upkeep_rows_max)


async def forget_old_links(runtime: Runtime) -> None:
    """Forget links that have ended, some at once."""
    limits = settings()
    before = clock.now() - timedelta(days=limits.history_ended_days)
    await pooled(runtime).execute(HISTORIES_SQL.delete_old_history_links, before, limits.upkeep_rows_max)


OLD_HISTORY_LINKS = Periodic("old history links", settings().upkeep_interval_seconds, forget_old_links)
OLD_INTERESTS = Periodic("old signs of interest", settings().upkeep_interval_seconds, forget_old)
