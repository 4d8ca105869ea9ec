"""Tasks that nobody has done in time go to whoever has them next by the rules."""

from dataclasses import replace

from pickup.domain.draft import Decision
from pickup.domain.model import ACTIVE, Task, TaskKind, Work
from pickup.domain.scene import Scene
from tsunagu.planning import Post, TaskRules, team


def escalate(work: Work, scene: Scene) -> Decision:
    """Give on each overdue task of a work, by as many steps as are due; each step is taken once."""
    tasks, rules = dict(work.tasks), scene.policy.task_rules
    for task in work.tasks.values():
        if task.state not in ACTIVE:
            continue
        department = department_of(work, task, rules)
        post = Post(task.location_id, scene.areas.get(task.location_id), department)
        given = rules.give_on(task, post, scene.now)
        if given is not None:
            tasks[task.task_id] = replace(task, **given._asdict())
    return Decision(replace(work, tasks=tasks), ())


def department_of(work: Work, task: Task, rules: TaskRules) -> str:
    """Which department answers for a task: of a transfer's, the one that answers for its lane."""
    if task.kind in (TaskKind.SHIP_TRANSFER, TaskKind.RECEIVE_TRANSFER) and task.transfer_id is not None:
        return work.transfers[task.transfer_id].owner
    return rules.of(task.kind).department


def holder(task: Task) -> str | None:
    """Who has a task that is given back: its team, or whoever it was last given on to."""
    for step in reversed(task.history):
        if step.what == "escalated":
            return step.owner
    return team(task.location_id)
