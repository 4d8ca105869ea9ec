"""Rows that go out: written with the news that they tell, measured while they wait, given up at last."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from edge import metrics
from edge.channels.settings import Settings
from tsunagu.chassis import Periodic, Runtime, Transaction, beside, clock, pooled

SQL = beside(__file__)
WEBHOOK, FILE = "webhook", "file"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to tell a channel by one way. Of one subject, they arrive in the order in which they are written."""

    channel: str
    way: str
    subject: str
    message_id: str
    name: str
    body: Mapping[str, Any]


async def write(transaction: Transaction, rows: Iterable[Outgoing]) -> None:
    """Have these go out once the transaction commits. Who writes for a subject holds its lock."""
    rows = list(rows)
    if not rows:
        return
    await transaction.connection.execute(
        SQL.insert_outgoing,
        [row.channel for row in rows],
        [row.way for row in rows],
        [row.subject for row in rows],
        [row.message_id for row in rows],
        [row.name for row in rows],
        # As text: what is signed is sent to the byte, however often.
        [json.dumps(row.body, ensure_ascii=False, separators=(",", ":")) for row in rows],
        transaction.now,
    )


def periodic(settings: Settings) -> tuple[Periodic, ...]:
    """The gauges of what waits, and the upkeep of what waits no more."""

    async def measure(runtime: Runtime) -> None:
        rows = await pooled(runtime).fetch(SQL.measure_outgoing, clock.now())
        # A channel for which nothing waits any more has no row; its last figures would stand.
        metrics.OUTGOING.clear()
        metrics.OUTGOING_AGE.clear()
        for row in rows:
            metrics.OUTGOING.labels(row["channel"], row["way"]).set(row["waiting"])
            metrics.OUTGOING_AGE.labels(row["channel"], row["way"]).set(row["oldest_seconds"])
            # There before it can rise: a rise from nothing to one is no increase to Prometheus.
            metrics.OUTGOING_GIVEN_UP.labels(row["channel"], row["way"])

    async def give_up(runtime: Runtime) -> None:
        now = clock.now()
        before = now - timedelta(days=settings.outgoing_kept_days)
        pool = pooled(runtime)
        for row in await pool.fetch(SQL.give_up_outgoing, before, now, settings.upkeep_rows_max):
            metrics.OUTGOING_GIVEN_UP.labels(row["channel"], row["way"]).inc()
            _log.warning(
                "given up: it did not arrive",
                channel=row["channel"],
                way=row["way"],
                subject=row["subject"],
                what=row["name"],
                failure=row["failure"],
            )
        await pool.execute(SQL.delete_settled_outgoing, before, settings.upkeep_rows_max)

    return (
        Periodic("outgoing", settings.gauges_interval_seconds, measure),
        Periodic("old outgoing", settings.upkeep_interval_seconds, give_up),
    )
