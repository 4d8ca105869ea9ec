"""The tasks of order, pickup and inventory: the minutes that work took.

Of a task only its work is kept: each time that it was done. A version that tells of none is neither looked up nor
written down.
A task that is deleted from its topic was done all the same: its minutes stay.
"""

from collections.abc import Iterable, Sequence

from insight.domain.work import minutes_of, rebook, work_of
from insight.handlers import figures
from insight.store import work
from insight.store.locks import TASKS
from insight.store.work import TaskKey, TaskSeen
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import Task


async def keys(_: Connection, messages: Sequence[Received[Task]]) -> Iterable[RowKey]:
    """The tasks that were work."""
    return [
        TASKS.row(received.topic, received.message.task_id, received.message.created_at.isoformat())
        for received in messages
        if minutes_of(received.message) is not None
    ]


async def worked(tx: Transaction, messages: Sequence[Received[Task]]) -> None:
    """Count the minutes of tasks that are done, each task once, at the highest version that was work.

    Work that was done stays done, whatever else becomes of its task.
    """
    done = [received for received in messages if minutes_of(received.message) is not None]
    if not done:
        return
    seen = await work.read_tasks(tx.connection, sorted({_key(received) for received in done}))
    changes = figures.changes(tx)
    for received in done:
        task, key = received.message, _key(received)
        before = seen[key]
        if task.version <= before.version:
            continue
        now = work_of(task, figures.day_of(tx, task.ended_at or tx.now))
        rebook(changes, before.work, now)
        seen[key] = TaskSeen(task.version, now)
    await work.save_tasks(tx.connection, seen)
    await figures.note(tx, changes, done[-1])


def _key(received: Received[Task]) -> TaskKey:
    return TaskKey(received.topic, received.message.task_id, received.message.created_at)
