"""Signs of interest, no longer than they say anything."""

from datetime import timedelta

from customer.settings import settings
from customer.store.journey import SQL
from tsunagu.chassis import Periodic, Runtime, clock, pooled


async def forget_old(runtime: Runtime) -> None:
    """Forget signs of interest of long ago, some at once."""
    limits = settings()
    before = clock.now() - timedelta(days=limits.interests_kept_days)
    await pooled(runtime).execute(SQL.delete_old_interests, before, limits.upkeep_rows_max)


OLD_INTERESTS = Periodic("old signs of interest", settings().upkeep_interval_seconds, forget_old)
