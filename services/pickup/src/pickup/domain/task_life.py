"""A task's life: opened for a location, shrunk as it is done, ended when nothing is left."""

from dataclasses import replace
from datetime import datetime

from pickup.domain.draft import Draft
from pickup.domain.model import ACTIVE, GoodsState, Pile, Task, TaskKind, Transfer, WorkKind
from tsunagu.contracts.values import TaskLine, TaskState
from tsunagu.planning import team

DONE_BY: dict[TaskKind, str] = {
    TaskKind.PICK: "Pick",
    TaskKind.SHIP_TRANSFER: "Send to",
    TaskKind.RECEIVE_TRANSFER: "Receive from",
    TaskKind.SHIP_PARCEL: "Pack and ship",
    TaskKind.HAND_OVER: "Hand over",
    TaskKind.PUT_AWAY: "Put away",
    TaskKind.DISCREPANCY: "Look at, then put away",
    TaskKind.PICK_WAVE: "Pick",
    TaskKind.PUT_AWAY_WAVE: "Put away",
}


def staged_at(draft: Draft, group_id: str, place: str) -> list[tuple[Pile, int]]:
    """What is staged for a group at a place."""
    return [
        (pile, pieces)
        for pile, pieces in draft.piles((GoodsState.STAGED,), place=place)
        if pile.line_id in draft.lines and draft.lines[pile.line_id].group_id == group_id
    ]


def ensure(
    draft: Draft,
    kind: TaskKind,
    location_id: str,
    piles: list[tuple[Pile, int]],
    *,
    due_at: datetime,
    subject: str,
    done: bool,
    group_id: str | None = None,
    transfer: Transfer | None = None,
) -> None:
    """One task of this kind for these goods; without goods it ends, done or in vain."""
    transfer_id = None if transfer is None else transfer.transfer_id
    lines = tuple(
        TaskLine(
            sku=pile.sku,
            quantity=pieces,
            line_id=pile.line_id,
            allocation_id=pile.allocation_id or None if draft.kind is WorkKind.ORDER else None,
        )
        for pile, pieces in piles
    )
    for task in draft.tasks.values():
        if (
            task.kind is kind
            and task.state in ACTIVE
            and task.location_id == location_id
            and task.transfer_id == transfer_id
            and task.group_id == group_id
        ):
            carry_on(draft, task, list(lines), done=done)
            return
    if lines:
        open_task(
            draft,
            kind,
            location_id,
            lines,
            due_at=due_at,
            subject=subject,
            group_id=group_id,
            transfer_id=transfer_id,
        )


def open_task(
    draft: Draft,
    kind: TaskKind,
    location_id: str,
    lines: tuple[TaskLine, ...],
    *,
    due_at: datetime,
    subject: str,
    group_id: str | None = None,
    transfer_id: str | None = None,
) -> Task:
    """Open a task, for the team of its location."""
    policy = draft.scene.policy
    task = Task(
        task_id=draft.new_id("task", len(draft.tasks)),
        kind=kind,
        location_id=location_id,
        subject=f"{DONE_BY[kind]} {subject}",
        due_at=due_at,
        created_at=draft.scene.now,
        lines=lines,
        left=lines,
        group_id=group_id,
        transfer_id=transfer_id,
        owner=team(location_id),
        planned_minutes=round(policy.minutes_per_task + policy.minutes_per_line * len(lines), 2),
    )
    draft.tasks[task.task_id] = task
    return task


def carry_on(draft: Draft, task: Task, left: list[TaskLine], *, done: bool) -> None:
    """Shrink a task to what is left of it; with nothing left it ends, done or in vain."""
    if left:
        asked = task.lines if task.kind is TaskKind.PICK else _widest(task.lines, left)
        draft.tasks[task.task_id] = replace(task, lines=asked, left=tuple(left))
        return
    draft.tasks[task.task_id] = _ended(task, draft, done=done)


def _widest(asked: tuple[TaskLine, ...], left: list[TaskLine]) -> tuple[TaskLine, ...]:
    """What a task was at its largest: it grows when more goods join it, and keeps what is done."""
    lines = {(line.line_id, line.sku, line.allocation_id): line for line in asked}
    for line in left:
        key = (line.line_id, line.sku, line.allocation_id)
        there = lines.get(key)
        if there is None or there.quantity < line.quantity:
            lines[key] = line
    return tuple(lines.values())


def _ended(task: Task, draft: Draft, *, done: bool) -> Task:
    """The task at its end: its minutes run from its start to what ended it; those of a wave are shared at its end."""
    end = draft.scene.at
    minutes = None
    if done and task.started_at is not None and task.wave_id is None:
        minutes = round(max(0.0, (end - task.started_at).total_seconds() / 60), 3)
    state = TaskState.DONE if done else TaskState.CANCELLED
    return replace(task, left=(), state=state, ended_at=end, minutes=minutes)
