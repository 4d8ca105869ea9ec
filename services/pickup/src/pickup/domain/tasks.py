"""Who does a task, and when it was begun."""

from dataclasses import replace

from pickup.domain.draft import Decision, Draft
from pickup.domain.model import ACTIVE, Work, WorkKind
from pickup.domain.outcomes import Accepted, Refused
from pickup.domain.scene import Scene
from pickup.domain.waves import left_wave
from tsunagu.contracts.values import TaskState


def assign(work: Work, task_id: str, owner: str, scene: Scene) -> Decision:
    """Give a task to somebody, also one that somebody else has: it leaves that one's wave."""
    draft = Draft(work, scene)
    refusal = _refusal(work, task_id)
    if refusal is None:
        task = draft.tasks[task_id]
        if task.wave_id is not None:
            task = left_wave(task)
        state = TaskState.ASSIGNED if task.state is TaskState.OPEN else task.state
        draft.tasks[task_id] = replace(task, owner=owner, state=state)
    draft.say(refusal or Accepted())
    return draft.decided()


def start(work: Work, task_id: str, staff_ref: str | None, scene: Scene) -> Decision:
    """Somebody begins a task: its minutes run from when that was. Whoever begins a task of the whole team has it."""
    draft = Draft(work, scene)
    refusal = _refusal(work, task_id)
    if refusal is None:
        task = draft.tasks[task_id]
        owner = staff_ref if staff_ref is not None and task.state is TaskState.OPEN else task.owner
        started = task.started_at or scene.at
        draft.tasks[task_id] = replace(task, state=TaskState.STARTED, started_at=started, owner=owner)
    draft.say(refusal or Accepted())
    return draft.decided()


def _refusal(work: Work, task_id: str) -> Refused | None:
    task = work.tasks.get(task_id)
    if task is None:
        return Refused("unknown_task", f"there is no task {task_id}; refresh the list")
    if work.kind is WorkKind.WAVE:
        return Refused("is_a_wave", f"{task_id} is a wave: it is taken and released")
    if task.state not in ACTIVE:
        return Refused("task_ended", f"task {task_id} is {task.state} already; refresh the list")
    return None
