"""Figures that are read from the database from time to time."""

from pickup import metrics
from pickup.domain.model import ACTIVE, TaskKind, TransferState
from tsunagu.chassis import Runtime, beside, clock, pooled

SQL = beside(__file__, "gauges.sql")


async def refresh(runtime: Runtime) -> None:
    """Set the gauges; a label with nothing under it shows 0, not its last value."""
    now = clock.now()
    pool = pooled(runtime)
    tasks = await pool.fetch(SQL.gauge_tasks, now)
    transfers = await pool.fetch(SQL.gauge_transfers, now)
    facts = await pool.fetchval(SQL.gauge_facts)
    locked = await pool.fetchval(SQL.gauge_locked, now)
    counts = {(row["kind"], row["state"]): row for row in tasks}
    for kind in TaskKind:
        overdue = 0
        for state in ACTIVE:
            row = counts.get((kind, state))
            metrics.TASKS.labels(kind, state).set(row["tasks"] if row else 0)
            overdue += row["overdue"] if row else 0
        metrics.TASKS_OVERDUE.labels(kind).set(overdue)
    late = {row["state"]: row["overdue"] for row in transfers}
    for under_way in (TransferState.PLANNED, TransferState.SHIPPED):
        metrics.TRANSFERS_OVERDUE.labels(under_way).set(late.get(under_way, 0))
    metrics.WAITING_FACTS.set(facts)
    metrics.ORDERS_LOCKED.set(locked)
