"""The tasks of order, pickup and inventory: the minutes that work took.

A task that is deleted from its topic was done all the same: its minutes stay.
"""

from collections.abc import Iterable, Sequence

from insight.domain.work import rebook, work_of
from insight.handlers import figures
from insight.store import work
from insight.store.locks import TASKS
from insight.store.work import TaskSeen
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import Task


async def keys(_: Connection, messages: Sequence[Received[Task]]) -> Iterable[RowKey]:
    """The tasks."""
    return [TASKS.row(received.topic, received.message.task_id) for received in messages]


async def worked(tx: Transaction, messages: Sequence[Received[Task]]) -> None:
    """Count the minutes of tasks that are done, each task once, at its highest version."""
    seen = await work.read_tasks(
        tx.connection, sorted({(received.topic, received.message.task_id) for received in messages})
    )
    changes = figures.changes(tx)
    for received in messages:
        task = received.message
        key = (received.topic, task.task_id)
        before = seen[key]
        if task.version <= before.version:
            continue
        # Work that was done stays done, and is of the day of its end, whatever else becomes of its task.
        now = work_of(task, figures.day_of(tx, task.ended_at or tx.now)) or before.work
        rebook(changes, before.work, now)
        seen[key] = TaskSeen(task.version, now)
    await work.save_tasks(tx.connection, seen)
    await figures.note(tx, changes, messages[-1])
