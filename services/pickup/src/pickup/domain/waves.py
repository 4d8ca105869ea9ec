"""Waves: one list over the tasks of several orders, for whoever is there. Tasks and facts stay those of the orders."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pickup.domain.draft import Decision
from pickup.domain.escalation import holder
from pickup.domain.model import ACTIVE, Task, TaskKind, Work, WorkKind
from pickup.domain.scene import Scene
from pickup.domain.task_life import DONE_BY
from tsunagu.contracts.values import DOCUMENT_LINES_MAX, TaskLine, TaskState, WaveKind
from tsunagu.planning import steps_due

LIST_OF = {WaveKind.PICK: TaskKind.PICK_WAVE, WaveKind.PUT_AWAY: TaskKind.PUT_AWAY_WAVE}
"""What the list over tasks of a kind is."""
_MINUTE_PARTS = 1000
"""Minutes are shared in thousandths."""


@dataclass(frozen=True)
class Candidate:
    """A task that nobody has. `lines`: how many are left of it."""

    task_id: str
    work_id: str
    due_at: datetime
    lines: int


@dataclass(frozen=True)
class Limits:
    """How large a wave gets; `window_minutes` count from when its most urgent task is due, or from now if later."""

    tasks_max: int
    lines_max: int
    window_minutes: float

    def at_most(self, tasks_max: int | None) -> "Limits":
        """These limits, or fewer tasks where somebody wants fewer."""
        return self if tasks_max is None else replace(self, tasks_max=min(self.tasks_max, tasks_max))


@dataclass(frozen=True)
class Member:
    """A task of a wave, as its list shows it. `order_id`: None where it serves a transfer without an order."""

    task_id: str
    work_id: str
    order_id: str | None
    transfer_id: str | None
    state: TaskState
    lines: tuple[TaskLine, ...]
    """What is left of it; of a task that has ended, all that it was."""
    ended_at: datetime | None

    @property
    def is_active(self) -> bool:
        """Whether it is still to be done."""
        return self.state in ACTIVE


def choose(candidates: Sequence[Candidate], limits: Limits, now: datetime) -> list[Candidate]:
    """The most urgent tasks that make up one wave. A task of more lines than a wave may have is a wave by itself."""
    chosen: list[Candidate] = []
    lines = 0
    for candidate in sorted(candidates, key=lambda each: (each.due_at, each.task_id)):
        first_due = chosen[0].due_at if chosen else candidate.due_at
        until = max(now, first_due) + timedelta(minutes=limits.window_minutes)
        lines += candidate.lines
        if len(chosen) == limits.tasks_max or candidate.due_at > until:
            break
        if chosen and lines > limits.lines_max:
            break
        chosen.append(candidate)
    return chosen


def take(work: Work, task_ids: Iterable[str], wave_id: str, owner: str, scene: Scene) -> Decision:
    """Somebody has these tasks of a work from now on, in a wave that begins."""
    taken = {
        task_id: replace(
            work.tasks[task_id],
            wave_id=wave_id,
            owner=owner,
            state=TaskState.STARTED,
            started_at=scene.at,
        )
        for task_id in task_ids
    }
    return _with_tasks(work, taken)


def give_back(work: Work, task_id: str) -> Decision:
    """The task is the whole team's again."""
    return _with_tasks(work, {task_id: left_wave(work.tasks[task_id])})


def left_wave(task: Task) -> Task:
    """A task that nobody has any more. Its minutes begin anew, since a wave's are shared by those that ended in it."""
    return replace(task, wave_id=None, owner=holder(task), state=TaskState.OPEN, started_at=None)


def set_minutes(work: Work, task_id: str, minutes: float) -> Decision:
    """The task's share of its wave's minutes."""
    return _with_tasks(work, {task_id: replace(work.tasks[task_id], minutes=minutes)})


def member(work: Work, task: Task) -> Member:
    """A task of a work, as the list of its wave shows it."""
    order_id = work.work_id if work.kind is WorkKind.ORDER else None
    lines = task.left or task.lines
    return Member(task.task_id, work.work_id, order_id, task.transfer_id, task.state, lines, task.ended_at)


def begin(
    work: Work,
    kind: WaveKind,
    location_id: str,
    owner: str,
    members: Sequence[Member],
    due_at: datetime,
    scene: Scene,
) -> Decision:
    """The list of a wave that somebody has just taken."""
    lines = walk(members, location_id, scene)
    list_kind = LIST_OF[kind]
    task = Task(
        task_id=work.work_id,
        kind=list_kind,
        location_id=location_id,
        subject=f"{DONE_BY[list_kind]} in one walk for {len(members)} tasks",
        due_at=due_at,
        created_at=scene.now,
        lines=lines,
        left=lines,
        owner=owner,
        state=TaskState.STARTED,
        started_at=scene.at,
        # Its tasks have been given on for being late; that somebody has taken them is no reason to begin again.
        escalation=len(steps_due(scene.policy.task_rules.of(list_kind), due_at, 0, scene.now)),
    )
    return _with_tasks(replace(work, kind=WorkKind.WAVE, known=True), {task.task_id: task})


def refresh(work: Work, members: Sequence[Member], scene: Scene) -> Decision:
    """The list of a wave as its tasks are now; without one that is still to be done it ends."""
    task = work.tasks[work.work_id]
    active = [each for each in members if each.is_active]
    if active:
        return _with_tasks(work, {task.task_id: replace(task, left=walk(active, task.location_id, scene))})
    done = [each for each in members if each.state is TaskState.DONE]
    ended_at = max((each.ended_at for each in done if each.ended_at is not None), default=scene.now)
    ended = replace(
        task,
        lines=walk(members, task.location_id, scene) or task.lines,
        left=(),
        state=TaskState.DONE if done else TaskState.CANCELLED,
        ended_at=ended_at,
    )
    return _with_tasks(work, {task.task_id: ended})


def walk(members: Iterable[Member], location_id: str, scene: Scene) -> tuple[TaskLine, ...]:
    """All lines of these tasks in the order in which somebody walks past their goods; alike goods follow each other."""
    lines = [
        line.model_copy(
            update={"order_id": each.order_id, "transfer_id": each.transfer_id, "task_id": each.task_id}
        )
        for each in members
        for line in each.lines
    ]
    lines.sort(
        key=lambda line: (scene.walking_place(location_id, line.sku), line.task_id, line.line_id or "")
    )
    # A put-away task may grow while it is in a wave; what goes beyond a message is on the list as it shrinks.
    return tuple(lines[:DOCUMENT_LINES_MAX])


def shares(members: Iterable[Member], started_at: datetime) -> dict[str, float]:
    """The minutes of a wave, until the last of its tasks was done, shared over those that were done by their lines.

    The shares add up: what is left after rounding goes to the largest remainders. Where nothing was done there is none.
    """
    done = [each for each in members if each.state is TaskState.DONE and each.ended_at is not None]
    weight = sum(len(each.lines) for each in done)
    if not weight:
        return {}
    last = max(each.ended_at for each in done if each.ended_at is not None)
    parts = round(max(0.0, (last - started_at).total_seconds() / 60) * _MINUTE_PARTS)
    exact = [(parts * len(each.lines), each.task_id) for each in done]
    floors = {task_id: share // weight for share, task_id in exact}
    by_remainder = sorted(exact, key=lambda share: (-(share[0] % weight), share[1]))
    for _, task_id in by_remainder[: parts - sum(floors.values())]:
        floors[task_id] += 1
    return {task_id: share / _MINUTE_PARTS for task_id, share in floors.items()}


def _with_tasks(work: Work, tasks: Mapping[str, Task]) -> Decision:
    return Decision(replace(work, tasks={**work.tasks, **tasks}), ())
