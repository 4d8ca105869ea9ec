"""What the staff process learns: every service's tasks, and what became of what staff reported."""

from collections.abc import Sequence
from datetime import timedelta

from edge.pending_commands import PendingCommands
from edge.staff.settings import settings
from edge.staff.waiting import keep_handed_out
from tsunagu.chassis import Deleted, Received, Runtime, Transaction, beside, clock, newest, pooled
from tsunagu.contracts.messages import PickupCollected, Task
from tsunagu.contracts.values import TaskState

SQL = beside(__file__)
SERVICE_NAME = "edge-staff"
COMMANDS = PendingCommands(SERVICE_NAME, settings())
_ENDED = (TaskState.DONE, TaskState.CANCELLED)


async def keep_tasks(transaction: Transaction, messages: Sequence[Received[Task]]) -> None:
    """Keep the newest version of each task. One subscription's messages all come from one topic."""
    tasks = [received.message for received in newest(messages)]
    await transaction.connection.execute(
        SQL.keep_tasks,
        messages[0].topic,
        [task.task_id for task in tasks],
        [task.version for task in tasks],
        [task.location_id for task in tasks],
        [task.owner for task in tasks],
        [task.department for task in tasks],
        [task.due_at for task in tasks],
        # A service that ends a task without saying when has ended it now, as far as anybody can tell.
        [(task.ended_at or transaction.now) if task.state in _ENDED else None for task in tasks],
        [task.model_dump(mode="json", exclude_none=True) for task in tasks],
    )


async def forget_tasks(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget tasks that their service has deleted."""
    await transaction.connection.execute(
        SQL.forget_tasks, messages[0].topic, [received.key for received in messages]
    )


async def hear_collected(transaction: Transaction, messages: Sequence[Received[PickupCollected]]) -> None:
    """Goods were handed over: the command that did it is settled, and they can be brought back."""
    await COMMANDS.settle(transaction, messages)
    await keep_handed_out(transaction, messages)


async def forget_old(runtime: Runtime) -> None:
    """Forget tasks that ended long ago."""
    before = clock.now() - timedelta(days=settings().ended_tasks_kept_days)
    await pooled(runtime).execute(SQL.delete_ended_tasks, before, settings().upkeep_rows_max)
