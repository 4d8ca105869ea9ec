"""What has become of a task, step by step, and who had it."""

from dataclasses import replace
from datetime import datetime

from pickup.domain.model import Task
from tsunagu.contracts.values import TaskState, TaskStep
from tsunagu.planning import with_step


def with_news(before: Task | None, task: Task, at: datetime) -> Task:
    """The task with what has just become of it in its history; that it shrank is none. `before`: None if new."""
    what = _what(before, task)
    if what is None:
        return task
    begun_at = task.created_at if before is None else at
    return replace(task, history=with_step(task.history, TaskStep(at=begun_at, what=what, owner=task.owner)))


def _what(before: Task | None, task: Task) -> str | None:
    if before is None:
        return "opened" if task.state is TaskState.OPEN else str(task.state)
    if before.history != task.history:
        return None  # whoever decided has written it down
    if before.state is not task.state:
        return "given_back" if task.state is TaskState.OPEN else str(task.state)
    return "assigned" if before.owner != task.owner else None
