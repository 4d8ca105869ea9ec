"""pickup.tasks and inventory.tasks: the minutes that work took.

A task that is deleted from its topic was done all the same: its minutes stay.
"""

from collections.abc import Iterable, Sequence

from insight.domain.kpis import Kpi
from insight.handlers import figures
from insight.store import progress
from insight.store.locks import TASKS
from insight.store.progress import TaskSeen
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import Task
from tsunagu.contracts.values import TaskState

PICK = "pick"
"""The kind of task whose minutes are averaged."""


async def keys(_: Connection, messages: Sequence[Received[Task]]) -> Iterable[RowKey]:
    """The tasks."""
    return [TASKS.row(received.topic, received.message.task_id) for received in messages]


async def worked(tx: Transaction, messages: Sequence[Received[Task]]) -> None:
    """Count the minutes of tasks that are done, each task once, at its highest version."""
    seen = await progress.read_tasks(
        tx.connection, sorted({(received.topic, received.message.task_id) for received in messages})
    )
    changes = figures.changes(tx)
    for received in messages:
        task = received.message
        key = (received.topic, task.task_id)
        before = seen[key]
        if task.version <= before.version:
            continue
        minutes = before.minutes
        if task.state is TaskState.DONE and task.minutes is not None:
            minutes = task.minutes
            day = figures.day_of(tx, task.ended_at or tx.now)
            more, done = minutes - (before.minutes or 0.0), int(before.minutes is None)
            changes.add(Kpi.STORE_MINUTES, (task.location_id,), day, more, done)
            if task.kind == PICK:
                changes.add(Kpi.PICK_MINUTES, (task.location_id,), day, more, done)
        seen[key] = TaskSeen(task.version, minutes)
    await progress.save_tasks(tx.connection, seen)
    await figures.note(tx, changes, messages[-1])
