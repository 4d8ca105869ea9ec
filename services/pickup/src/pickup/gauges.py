"""Figures that are read from the database from time to time."""

from datetime import timedelta

from pickup import metrics
from pickup.domain.model import ACTIVE, TaskKind, TransferState
from pickup.settings import settings
from tsunagu.chassis import Runtime, beside, clock, pooled

SQL = beside(__file__, "gauges.sql")


async def refresh(runtime: Runtime) -> None:
    """Set the gauges; a label with nothing under it shows 0, not its last value."""
    now = clock.now()
    pool = pooled(runtime)
    tasks = await pool.fetch(SQL.gauge_tasks, now)
    soon = now + timedelta(minutes=settings().transfer_warn_minutes)
    transfers = await pool.fetch(SQL.gauge_transfers, now, soon)
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
    late = {row["state"]: row for row in transfers}
    for under_way in (TransferState.PLANNED, TransferState.SHIPPED):
        row = late.get(under_way)
        metrics.TRANSFERS_OVERDUE.labels(under_way).set(row["overdue"] if row else 0)
        metrics.TRANSFERS_AT_RISK.labels(under_way).set(row["at_risk"] if row else 0)
    metrics.WAITING_FACTS.set(facts)
    metrics.ORDERS_LOCKED.set(locked)
