"""Which tasks there are: opened when there is something to do, shrunk as it is done, ended when nothing is left."""

from dataclasses import replace
from datetime import datetime

from pickup.domain.draft import Draft
from pickup.domain.model import (
    ACTIVE,
    GoodsState,
    Group,
    Pile,
    Task,
    TaskKind,
    Transfer,
    TransferState,
    WorkKind,
)
from pickup.domain.outcomes import PickAsked
from pickup.domain.scene import after_seconds
from tsunagu.contracts.values import Allocation, FulfilmentMethod, TaskLine, TaskState

_DONE_BY: dict[TaskKind, str] = {
    TaskKind.PICK: "Pick",
    TaskKind.SHIP_TRANSFER: "Send to",
    TaskKind.RECEIVE_TRANSFER: "Receive from",
    TaskKind.SHIP_PARCEL: "Pack and ship",
    TaskKind.PUT_AWAY: "Put away",
    TaskKind.DISCREPANCY: "Look at, then put away",
}


def refresh_tasks(draft: Draft, needs: dict[str, int]) -> None:
    """Bring all tasks in line with what is known; `needs` are the pieces still to be picked, by promise."""
    _refresh_picks(draft, needs)
    busy = {_source(draft, allocation_id) for allocation_id in needs}
    _refresh_transfers(draft, busy)
    _refresh_parcels(draft, busy)
    _refresh_returns(draft)


def _source(draft: Draft, allocation_id: str) -> tuple[str, str]:
    """Group and location of a promise."""
    promise = draft.promises[allocation_id]
    return draft.lines[promise.line_id].group_id, promise.location_id


def _refresh_picks(draft: Draft, needs: dict[str, int]) -> None:
    covered: set[str] = set()
    for task in list(draft.tasks.values()):
        if task.kind is not TaskKind.PICK or task.state not in ACTIVE:
            continue
        left = []
        for line in task.lines:
            assert line.allocation_id is not None
            need = needs.get(line.allocation_id, 0)
            # Goods whose group has moved are picked on a list of their new group.
            if need and _source(draft, line.allocation_id) == (task.group_id, task.location_id):
                covered.add(line.allocation_id)
                left.append(line if need == line.quantity else line.model_copy(update={"quantity": need}))
        _carry_on(draft, task, left, done=_was_worked_on(draft, task))
    uncovered: dict[tuple[str, str], list[str]] = {}
    for allocation_id in needs:
        if allocation_id not in covered:
            uncovered.setdefault(_source(draft, allocation_id), []).append(allocation_id)
    for (group_id, location_id), allocation_ids in uncovered.items():
        _ask_for_picks(draft, draft.groups[group_id], location_id, {a: needs[a] for a in allocation_ids})


def _was_worked_on(draft: Draft, task: Task) -> bool:
    for line in task.lines:
        assert line.allocation_id is not None
        picked = draft.pieces(tuple(GoodsState), line_id=line.line_id, allocation_id=line.allocation_id)
        if picked or draft.promises[line.allocation_id].short:
            return True
    return False


def _ask_for_picks(draft: Draft, group: Group, location_id: str, needs: dict[str, int]) -> None:
    promises = [draft.promises[allocation_id] for allocation_id in needs]
    promises.sort(key=lambda promise: draft.scene.walking_place(location_id, promise.sku))
    lines = tuple(
        TaskLine(
            sku=promise.sku,
            quantity=needs[promise.allocation_id],
            line_id=promise.line_id,
            allocation_id=promise.allocation_id,
        )
        for promise in promises
    )
    transfer = None
    if group.method is FulfilmentMethod.PICKUP and group.location_id not in (None, location_id):
        assert group.location_id is not None
        transfer = draft.planned_transfer(group.group_id, location_id, group.location_id)
    due_at = transfer.ship_by if transfer is not None else draft.ready_by or draft.scene.now
    subject = (
        "for a parcel" if group.method is FulfilmentMethod.SHIP else f"for pickup at {group.location_id}"
    )
    task = _open(
        draft,
        TaskKind.PICK,
        location_id,
        lines,
        due_at=due_at,
        subject=subject,
        group_id=group.group_id,
        transfer_id=None if transfer is None else transfer.transfer_id,
    )
    if draft.kind is WorkKind.ORDER:
        allocations = tuple(
            Allocation(
                allocation_id=promise.allocation_id,
                line_id=promise.line_id,
                sku=promise.sku,
                quantity=needs[promise.allocation_id],
                location_id=location_id,
            )
            for promise in promises
        )
        draft.say(PickAsked(task, group, task.transfer_id, allocations))


def _refresh_transfers(draft: Draft, busy: set[tuple[str, str]]) -> None:
    for transfer in draft.transfers.values():
        here = (transfer.group_id, transfer.from_location_id)
        to_send = []
        if transfer.state is TransferState.PLANNED and here not in busy:
            to_send = _staged(draft, transfer.group_id, transfer.from_location_id)
        _ensure(
            draft,
            TaskKind.SHIP_TRANSFER,
            transfer.from_location_id,
            to_send,
            due_at=transfer.ship_by,
            subject=f"{transfer.to_location_id} with {transfer.carrier}",
            transfer=transfer,
            done=transfer.state in (TransferState.SHIPPED, TransferState.RECEIVED),
        )
        on_the_way = []
        if transfer.state is TransferState.SHIPPED:
            states = (GoodsState.IN_TRANSIT, GoodsState.IN_TRANSIT_FREE)
            on_the_way = draft.piles(states, place=transfer.transfer_id)
        _ensure(
            draft,
            TaskKind.RECEIVE_TRANSFER,
            transfer.to_location_id,
            on_the_way,
            due_at=transfer.arrive_by,
            subject=f"{transfer.from_location_id} with {transfer.carrier}",
            transfer=transfer,
            done=True,
        )


def _refresh_parcels(draft: Draft, busy: set[tuple[str, str]]) -> None:
    for group in draft.groups.values():
        if group.method is not FulfilmentMethod.SHIP:
            continue
        places = {pile.place for pile, _ in draft.piles((GoodsState.STAGED,))}
        places |= {task.location_id for task in draft.tasks.values() if task.kind is TaskKind.SHIP_PARCEL}
        for place in sorted(places):
            ready = [] if (group.group_id, place) in busy else _staged(draft, group.group_id, place)
            _ensure(
                draft,
                TaskKind.SHIP_PARCEL,
                place,
                ready,
                due_at=after_seconds(draft.scene.now, draft.scene.policy.parcel_due_seconds),
                subject="a parcel",
                group_id=group.group_id,
                done=any(parcel.location_id == place for parcel in draft.parcels.values()),
            )


def _refresh_returns(draft: Draft) -> None:
    """What lies staged for nobody goes back to the shelf, once the order has let go of it as well."""
    released = []
    for pile, pieces in draft.piles((GoodsState.RELEASED,)):
        line = draft.lines.get(pile.line_id)
        if line is None or line.let_go <= line.cancelled:
            released.append((pile, pieces))
    for kind, piles, subject in (
        (TaskKind.PUT_AWAY, released, "what nobody needs any more"),
        (TaskKind.DISCREPANCY, draft.piles((GoodsState.EXTRA,)), "what was picked beyond the order"),
    ):
        places = {pile.place for pile, _ in piles}
        places |= {task.location_id for task in draft.tasks.values() if task.kind is kind}
        for place in sorted(places):
            _ensure(
                draft,
                kind,
                place,
                [(pile, pieces) for pile, pieces in piles if pile.place == place],
                due_at=after_seconds(draft.scene.now, draft.scene.policy.put_away_due_seconds),
                subject=subject,
                done=bool(draft.pieces((GoodsState.PUT_AWAY,), place=place)),
            )


def _staged(draft: Draft, group_id: str, place: str) -> list[tuple[Pile, int]]:
    return [
        (pile, pieces)
        for pile, pieces in draft.piles((GoodsState.STAGED,), place=place)
        if pile.line_id in draft.lines and draft.lines[pile.line_id].group_id == group_id
    ]


def _ensure(
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
            _carry_on(draft, task, list(lines), done=done)
            return
    if lines:
        _open(
            draft,
            kind,
            location_id,
            lines,
            due_at=due_at,
            subject=subject,
            group_id=group_id,
            transfer_id=transfer_id,
        )


def _open(
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
    policy = draft.scene.policy
    task = Task(
        task_id=draft.new_id("task", len(draft.tasks)),
        kind=kind,
        location_id=location_id,
        subject=f"{_DONE_BY[kind]} {subject}",
        due_at=due_at,
        created_at=draft.scene.now,
        lines=lines,
        left=lines,
        group_id=group_id,
        transfer_id=transfer_id,
        owner=_team(location_id),
        planned_minutes=round(policy.minutes_per_task + policy.minutes_per_line * len(lines), 2),
    )
    draft.tasks[task.task_id] = task
    return task


def _team(location_id: str) -> str:
    """Who has a task that nobody has taken: the people of its location. An owner never looks like an e-mail."""
    return location_id.replace("@", "-")


def _carry_on(draft: Draft, task: Task, left: list[TaskLine], *, done: bool) -> None:
    if left:
        asked = task.lines if task.kind is TaskKind.PICK else _widest(task.lines, left)
        draft.tasks[task.task_id] = replace(task, lines=asked, left=tuple(left))
        return
    draft.tasks[task.task_id] = ended(task, draft, done=done)


def _widest(asked: tuple[TaskLine, ...], left: list[TaskLine]) -> tuple[TaskLine, ...]:
    """What a task was at its largest: it grows when more goods join it, and keeps what is done."""
    lines = {(line.line_id, line.sku, line.allocation_id): line for line in asked}
    for line in left:
        key = (line.line_id, line.sku, line.allocation_id)
        there = lines.get(key)
        if there is None or there.quantity < line.quantity:
            lines[key] = line
    return tuple(lines.values())


def ended(task: Task, draft: Draft, *, done: bool) -> Task:
    """The task at its end: its minutes run from its start to what ended it."""
    end = draft.scene.at
    minutes = None
    if done and task.started_at is not None:
        minutes = round(max(0.0, (end - task.started_at).total_seconds() / 60), 3)
    state = TaskState.DONE if done else TaskState.CANCELLED
    return replace(task, left=(), state=state, ended_at=end, minutes=minutes)
