"""A task that its service keeps as it was published: asked for, asked for again, given to somebody, begun, ended."""

from datetime import datetime

from tsunagu.contracts.messages import Task
from tsunagu.contracts.messages.tasks import KeptTaskAssignment, KeptTaskStart
from tsunagu.contracts.values import TaskState, TaskStep
from tsunagu.planning.escalation import Post, TaskRules, team, with_step


def new_task(task: Task, rules: TaskRules) -> Task:
    """The task with what its kind's rule says of it. Raises UnknownTaskKind where there is none."""
    rule = rules.of(task.kind)
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
        kept = ("created_at", "due_at", "owner", "state", "started_at", "escalation", "history")
        return asked.model_copy(update={name: getattr(before, name) for name in kept})
    what = "opened" if before is None else "opened_again"
    history = () if before is None else before.history
    step = TaskStep(at=now, what=what, owner=asked.owner)
    return asked.model_copy(update={"history": with_step(history, step)})


def assigned(task: Task, command: KeptTaskAssignment, now: datetime) -> Task:
    """The task when it is given to somebody, also one that somebody else has; the same task where they have it."""
    owner = command.owner
    state = TaskState.ASSIGNED if task.state is TaskState.OPEN else task.state
    if (state, owner) == (task.state, task.owner):
        return task
    step = TaskStep(at=now, what="assigned", owner=owner)
    return task.model_copy(update={"owner": owner, "state": state, "history": with_step(task.history, step)})


def started(task: Task, command: KeptTaskStart, now: datetime) -> Task:
    """The task when somebody has begun it; the same task where somebody had before.

    Whoever begins a task of the whole team has it. It was begun after it was opened, and not in the future, whatever
    the clock of a device says.
    """
    if task.state is TaskState.STARTED:
        return task
    takes_it = command.staff_ref is not None and task.state is TaskState.OPEN
    owner = command.staff_ref if takes_it else task.owner
    at = max(task.created_at, min(command.occurred_at, now))
    step = TaskStep(at=at, what=str(TaskState.STARTED), owner=owner)
    return task.model_copy(
        update={
            "owner": owner,
            "state": TaskState.STARTED,
            "started_at": at,
            "history": with_step(task.history, step),
        }
    )


def ended(task: Task, by: str | None, now: datetime) -> Task:
    """The task when it is done: it took from its start to now. Where nobody said that it was begun, nobody has
    measured it, and the planned minutes stand for it.
    """
    measured = task.started_at is not None
    minutes = (now - task.started_at).total_seconds() / 60 if task.started_at is not None else None
    step = TaskStep(at=now, what=str(TaskState.DONE), owner=by or task.owner)
    return task.model_copy(
        update={
            "state": TaskState.DONE,
            "ended_at": now,
            "minutes": None if minutes is None else round(max(0.0, minutes), 3),
            "measured": measured,
            "history": with_step(task.history, step),
        }
    )


def cancelled(task: Task, now: datetime) -> Task:
    """The task when nobody has to do it any more."""
    step = TaskStep(at=now, what=str(TaskState.CANCELLED), owner=task.owner)
    return task.model_copy(
        update={
            "state": TaskState.CANCELLED,
            "ended_at": now,
            "history": with_step(task.history, step),
        }
    )
