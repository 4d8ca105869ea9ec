"""Tasks, and the minutes that they took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from insight.domain.work import Work
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "work.sql")


class TaskKey(NamedTuple):
    """A task from its opening to its end. One that is asked for again after its end keeps its id, and begins anew."""

    topic: str
    task_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """A task's highest version so far that was work, and that work; None where it was none yet."""

    version: int
    work: Work | None


async def read_tasks(connection: Connection, keys: Sequence[TaskKey]) -> dict[TaskKey, TaskSeen]:
    """The tasks by their keys; they are locked, so each is there."""
    topics, task_ids, beginnings = zip(*keys, strict=True)
    rows = await connection.fetch(SQL.read_tasks, topics, task_ids, beginnings)
    return {
        TaskKey(row["topic"], row["task_id"], row["created_at"]): TaskSeen(row["version"], _work(row))
        for row in rows
    }


def _work(row: Any) -> Work | None:
    if row["minutes"] is None:
        return None
    return Work(
        row["minutes"], row["measured"], row["kind"], row["location_id"], row["order_id"], row["business_day"]
    )


async def save_tasks(connection: Connection, tasks: Mapping[TaskKey, TaskSeen]) -> None:
    """Keep the highest versions of tasks that were work, and that work."""
    topics, task_ids, beginnings = zip(*tasks, strict=True)
    works = [task.work for task in tasks.values()]
    await connection.execute(
        SQL.update_tasks,
        topics,
        task_ids,
        beginnings,
        [task.version for task in tasks.values()],
        [None if work is None else work.minutes for work in works],
        [None if work is None else work.measured for work in works],
        [None if work is None else work.kind for work in works],
        [None if work is None else work.location_id for work in works],
        [None if work is None else work.order_id for work in works],
        [None if work is None else work.day for work in works],
    )
