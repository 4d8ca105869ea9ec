"""A task that its service keeps as it was published: asked for, asked for again, ended."""

from datetime import datetime

from tsunagu.contracts.messages import Task
from tsunagu.contracts.values import TaskState, TaskStep
from tsunagu.planning.escalation import Post, task_rules, team, with_step


def new_task(task: Task) -> Task:
    """The task with what its kind's rule says of it. Raises UnknownTaskKind where there is none."""
    rule = task_rules().of(task.kind)
    department = task.department or rule.department
    owner = Post(None, None, department).owner(rule.steps[0].to)
    if task.location_id is not None:
        owner = team(task.location_id)
    return task.model_copy(
        update={"owner": owner, "department": department, "planned_minutes": rule.standard_minutes}
    )


def opened(before: Task | None, asked: Task, now: datetime) -> Task:
    """What is asked for now. If it is still to be done it stays due when it was, with whoever has it."""
    if before is not None and before.ended_at is None:
        kept = ("created_at", "due_at", "owner", "escalation", "history")
        return asked.model_copy(update={name: getattr(before, name) for name in kept})
    what = "opened" if before is None else "opened_again"
    history = () if before is None else before.history
    step = TaskStep(at=now, what=what, owner=asked.owner)
    return asked.model_copy(update={"history": with_step(history, step)})


def ended(task: Task, by: str | None, now: datetime) -> Task:
    """The task when it is done. Nobody measured how long it took: the planned minutes stand for it."""
    step = TaskStep(at=now, what=str(TaskState.DONE), owner=by or task.owner)
    return task.model_copy(
        update={
            "state": TaskState.DONE,
            "ended_at": now,
            "measured": False,
            "history": with_step(task.history, step),
        }
    )
