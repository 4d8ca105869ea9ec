"""What the board process learns: insight's figures, and what became of what was set."""

from collections.abc import Sequence

from edge.board.settings import settings
from edge.pending_commands import PendingCommands
from tsunagu.chassis import Deleted, Received, Transaction, beside
from tsunagu.contracts.messages import KpiValue

SQL = beside(__file__)
SERVICE_NAME = "edge-board"
COMMANDS = PendingCommands(SERVICE_NAME, settings())


async def keep_kpis(transaction: Transaction, messages: Sequence[Received[KpiValue]]) -> None:
    """Keep the newest version of each figure."""
    newest = {
        received.key: received.message for received in sorted(messages, key=lambda r: r.message.version)
    }
    kpis = list(newest.values())
    await transaction.connection.execute(
        SQL.keep_kpis,
        list(newest),
        [kpi.version for kpi in kpis],
        [kpi.name for kpi in kpis],
        [kpi.scope for kpi in kpis],
        [kpi.period for kpi in kpis],
        [kpi.model_dump(mode="json", exclude_none=True) for kpi in kpis],
    )


async def forget_kpis(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget figures that insight has deleted."""
    await transaction.connection.execute(SQL.forget_kpis, [received.key for received in messages])
