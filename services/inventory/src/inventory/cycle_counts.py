"""Looks through the stock of one location after the other, a page at a time, for what should be counted next.

Once a day per location. Each page is a short transaction of its own that notes how far it came, so that a restart
goes on where it stopped and two processes share the work. No row of stock is locked.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter

import asyncpg

from inventory.domain.cycle_counts import Urgent, Weights, reason, urgency, worst
from inventory.domain.stock import Stock
from inventory.settings import settings
from inventory.store.tasks import Tasks
from tsunagu.chassis import FirstCause, Periodic, Runtime, Transaction, beside, transaction
from tsunagu.contracts.values import JAPAN

SQL = beside(__file__, "cycle_counts.sql")

_pieces = itemgetter(*Stock._fields)


async def look_for_counts(runtime: Runtime) -> None:
    """Go on with today's search, by at most `cycle_count_pages_max` pages."""
    after_location = ""
    for _ in range(settings().cycle_count_pages_max):
        async with transaction(runtime) as tx:
            found = await look_at_page(tx, after_location)
        if found is None:
            return
        after_location = found


async def look_at_page(tx: Transaction, after_location: str = "") -> str | None:
    """Look at the next page of a location's stock; opens its tasks after its last page.

    Returns after which location the search goes on, or None when all that come after have been looked through today.
    """
    today = tx.now.astimezone(JAPAN).date()
    row = await tx.connection.fetchrow(SQL.begin_count_round, today, after_location)
    if row is None:
        return None
    location_id = row["location_id"]
    if row["is_done"]:  # another process finished it while this one waited for its row
        return str(location_id)
    limits = settings()
    page = await tx.connection.fetch(
        SQL.stock_page, location_id, row["after_sku"], limits.cycle_count_page_rows
    )
    asked = {
        task["sku"]
        for task in await tx.connection.fetch(SQL.open_count_tasks, location_id, limits.cycle_count_tasks_max)
    }
    room = max(0, limits.cycle_count_tasks_max - len(asked))
    seen = [*(Urgent(*urgent) for urgent in row["worst"]), *_urgent(page, tx.now)]
    found = worst((urgent for urgent in seen if urgent.sku not in asked), limits.cycle_count_tasks_max)
    is_last = len(page) < limits.cycle_count_page_rows
    if is_last:
        await _open(tx, location_id, today, found[:room])
    after_sku = page[-1]["sku"] if page else row["after_sku"]
    await tx.connection.execute(
        SQL.save_count_round, location_id, today, after_sku, [] if is_last else found, is_last
    )
    return str(location_id) if is_last else after_location


def _urgent(page: Iterable[asyncpg.Record], now: datetime) -> list[Urgent]:
    weights = Weights(settings().cycle_count_full_age_days, settings().cycle_count_doubt_weight)
    found: list[Urgent] = []
    for row in page:
        stock = Stock(*_pieces(row))
        counted_at = row["counted_at"]
        days = None if counted_at is None else (now - counted_at) / timedelta(days=1)
        score = urgency(stock, row["price_jpy"], days, weights)
        found.append(Urgent(score, row["sku"], reason(stock, days)))
    return found


async def _open(tx: Transaction, location_id: str, today: date, chosen: Iterable[Urgent]) -> None:
    midnight = datetime(today.year, today.month, today.day, tzinfo=JAPAN).astimezone(UTC)
    cause = FirstCause(f"inventory cycle count {location_id} {today.isoformat()}", midnight)
    tasks = Tasks(tx)
    for urgent in chosen:
        tasks.open_count(location_id, urgent.sku, urgent.why, cause=cause)
    await tasks.save()


CYCLE_COUNTS = Periodic("cycle counts", settings().cycle_count_interval_seconds, look_for_counts)
