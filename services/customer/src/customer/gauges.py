"""How many customers there are, and how long notices wait, asked of the database now and then."""

from customer import metrics
from customer.identifiers import KINDS
from customer.settings import settings
from customer.store.notices import SQL as NOTICES_SQL
from tsunagu.chassis import Periodic, Runtime, beside, clock, pooled
from tsunagu.contracts.values import Segment

SQL = beside(__file__, "gauges.sql")


async def count(runtime: Runtime) -> None:
    """Set the gauges."""
    pool = pooled(runtime)
    rows = await pool.fetch(SQL.count_segments)
    by_segment = {row["segment"]: row["customers"] for row in rows}
    metrics.CUSTOMERS.set(sum(by_segment.values()))
    for segment in Segment:
        metrics.SEGMENT_CUSTOMERS.labels(segment.value).set(by_segment.get(segment.value, 0))
    metrics.SUPPRESSED.set(await pool.fetchval(SQL.count_suppressed))
    shared = {row["kind"]: row["identifiers"] for row in await pool.fetch(SQL.count_shared)}
    for kind in KINDS:
        metrics.SHARED.labels(kind).set(shared.get(kind, 0))
    metrics.UNATTACHED_PURCHASES.set(await pool.fetchval(SQL.count_unattached))
    now = clock.now()
    since = await pool.fetchval(NOTICES_SQL.measure_notices, now)
    metrics.NOTICE_AGE.set(0 if since is None else (now - since).total_seconds())


COUNTING = Periodic("customer gauges", settings().gauges_interval_seconds, count)
