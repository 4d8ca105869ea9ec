"""What the process learns of the purchases of those who have asked for theirs."""

from collections.abc import Sequence
from datetime import timedelta

from edge.shopper.settings import settings
from tsunagu.chassis import Deleted, Received, Runtime, Transaction, beside, clock, newest, pooled
from tsunagu.contracts.messages import CustomerHistory

SQL = beside(__file__, "queries.sql")
_NOT_SHOWN = {"link_id", "version"}


async def keep_histories(transaction: Transaction, messages: Sequence[Received[CustomerHistory]]) -> None:
    """Keep what a guest's link shows; of a link that no guest has here, nothing is kept."""
    states = [received.message for received in newest(messages)]
    await transaction.connection.execute(
        SQL.keep_histories,
        [state.link_id for state in states],
        [state.version for state in states],
        [state.model_dump(mode="json", exclude_none=True, exclude=_NOT_SHOWN) for state in states],
    )


async def forget_histories(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget links that have ended, with all that they showed."""
    await transaction.connection.execute(
        SQL.forget_histories, sorted({received.key for received in messages})
    )


async def forget_old(runtime: Runtime) -> None:
    """Forget links of guests whose cookie has ended."""
    before = clock.now() - timedelta(days=settings().guest_kept_days)
    await pooled(runtime).execute(SQL.delete_old_histories, before, settings().upkeep_rows_max)
