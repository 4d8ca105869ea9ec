"""The copy of insight's figures and KPIs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from edge.settings import CommandSettings
from tsunagu.chassis import (
    Connection,
    Deleted,
    Handler,
    Periodic,
    Received,
    Runtime,
    Subscription,
    Transaction,
    beside,
    clock,
    newest,
    pooled,
)
from tsunagu.contracts import topics
from tsunagu.contracts.messages import KpiValue
from tsunagu.contracts.values import JAPAN

SQL = beside(__file__, "kpi_copy.sql")


class Kpis(BaseModel):
    """Figures, the latest periods first; `more` says that not all are shown."""

    kpis: list[KpiValue]
    more: bool


async def keep_kpis(transaction: Transaction, messages: Sequence[Received[KpiValue]]) -> None:
    """Keep the newest version of each figure."""
    kpis = [received.message for received in newest(messages)]
    await transaction.connection.execute(
        SQL.keep_kpis,
        [kpi.kpi_id for kpi in kpis],
        [kpi.version for kpi in kpis],
        [kpi.name for kpi in kpis],
        [kpi.scope for kpi in kpis],
        [kpi.period for kpi in kpis],
        [kpi.model_dump(mode="json", exclude_none=True) for kpi in kpis],
    )


async def forget_kpis(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget figures that insight has deleted."""
    await transaction.connection.execute(SQL.forget_kpis, [received.key for received in messages])


KPIS = Subscription(topics.INSIGHT_KPIS, (Handler(KpiValue, keep_kpis), Handler(Deleted, forget_kpis)))


def forgetting_old_kpis(kept_days: int, limits: CommandSettings) -> Periodic:
    """Forgets, now and then, figures of days that a process does not show any more; those in total stay."""

    async def forget(runtime: Runtime) -> None:
        first = clock.now().astimezone(JAPAN).date() - timedelta(days=kept_days)
        await pooled(runtime).execute(SQL.delete_old_kpis, first.isoformat(), limits.upkeep_rows_max)

    return Periodic("old kpis", limits.upkeep_interval_seconds, forget)


async def find_kpis(
    connection: Connection, name: str | None, scope: str | None, period: str | None, shown_max: int
) -> dict[str, Any]:
    """The body of `Kpis`: figures by name, scope and period, each of which may be left open."""
    rows = await connection.fetch(SQL.read_kpis, name, scope, period, shown_max + 1)
    return {"kpis": [row["body"] for row in rows[:shown_max]], "more": len(rows) > shown_max}
