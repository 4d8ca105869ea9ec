"""Tasks as everybody may see them."""

from pickup.domain.escalation import department_of
from pickup.domain.model import Task as OwnTask
from pickup.domain.model import Work, WorkKind
from pickup.settings import settings
from tsunagu.contracts.messages import Task
from tsunagu.contracts.values import TaskState


def task_state(task: OwnTask, work: Work) -> Task:
    """A task as everybody may see it: what is left of it, or, once it has ended, what it was."""
    return Task(
        task_id=task.task_id,
        version=task.version,
        kind=task.kind,
        subject=task.subject,
        detail=task.detail,
        order_id=work.work_id if work.kind is WorkKind.ORDER else None,
        transfer_id=task.transfer_id,
        parent_id=task.wave_id,
        location_id=task.location_id,
        lines=task.left or task.lines,
        owner=task.owner,
        department=department_of(work, task, settings().task_rules),
        due_at=task.due_at,
        state=task.state,
        planned_minutes=task.planned_minutes,
        minutes=task.minutes,
        measured=_is_measured(task, work),
        escalation=task.escalation,
        history=task.history,
        created_at=task.created_at,
        started_at=task.started_at,
        ended_at=task.ended_at,
    )


def _is_measured(task: OwnTask, work: Work) -> bool | None:
    if task.state is not TaskState.DONE or work.kind is WorkKind.WAVE:
        return None
    if task.minutes is not None:
        return True
    return False if task.wave_id is None else None  # a wave shares its minutes out when it ends
