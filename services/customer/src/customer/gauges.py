"""How many customers there are, how long notices wait and people are asked: asked of the database now and then."""

from customer import metrics
from customer.domain.tasks import TaskKind
from customer.identifiers import KINDS
from customer.settings import settings
from customer.store.notices import SQL as NOTICES_SQL
from customer.store.tasks import SQL as TASKS_SQL
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
    by_kind = {row["kind"]: row for row in await pool.fetch(TASKS_SQL.count_open_tasks)}
    for kind in TaskKind:
        found = by_kind.get(kind)
        metrics.OPEN_REVIEWS.labels(kind.value).set(0 if found is None else found["tasks"])
        age = 0.0 if found is None else (now - found["oldest_at"]).total_seconds()
        metrics.REVIEW_AGE.labels(kind.value).set(age)
    since = await pool.fetchval(NOTICES_SQL.measure_notices, now)
    metrics.NOTICE_AGE.set(0 if since is None else (now - since).total_seconds())


COUNTING = Periodic("customer gauges", settings().gauges_interval_seconds, count)
