"""What a task adds to the figures."""

from dataclasses import dataclass
from datetime import date

from insight.domain.kpis import Kpi, KpiChanges
from tsunagu.contracts.messages import Task
from tsunagu.contracts.values import TaskState

PICK = "pick"
"""The kind of task whose minutes are averaged."""


@dataclass(frozen=True, slots=True)
class Work:
    """The minutes that a task took. Not measured: those that were planned stand for them."""

    minutes: float
    measured: bool
    kind: str
    location_id: str | None
    order_id: str | None
    day: date


def minutes_of(task: Task) -> float | None:
    """The minutes that a task took; None while it is not done, or where another task has its minutes."""
    if task.state is not TaskState.DONE:
        return None
    return task.planned_minutes if task.measured is False else task.minutes


def work_of(task: Task, day: date) -> Work | None:
    """The work that a task was; None where it has no minutes."""
    minutes = minutes_of(task)
    if minutes is None:
        return None
    return Work(minutes, task.minutes is not None, task.kind, task.location_id, task.order_id, day)


def rebook(changes: KpiChanges, before: Work | None, now: Work | None) -> None:
    """Count a task's work in the place of what was counted for it."""
    if before == now:
        return
    for work, sign in ((before, -1), (now, 1)):
        if work is None:
            continue
        scopes, minutes = (work.location_id,), sign * work.minutes
        changes.add(Kpi.STORE_MINUTES, scopes, work.day, minutes, sign)
        if work.measured:
            changes.add(Kpi.MEASURED_MINUTES, scopes, work.day, minutes, sign)
            if work.kind == PICK:
                changes.add(Kpi.PICK_MINUTES, scopes, work.day, minutes, sign)
        if work.order_id is not None:
            changes.add(Kpi.MINUTES_PER_ORDER, scopes, work.day, minutes, 0)
