"""Pick lists: what a location is to take off its shelves for an order, in walking order."""

from pickup.domain.draft import Draft
from pickup.domain.model import ACTIVE, GoodsState, Group, Task, TaskKind, WorkKind
from pickup.domain.outcomes import PickAsked
from pickup.domain.task_life import carry_on, open_task
from tsunagu.contracts.values import Allocation, FulfilmentMethod, TaskLine


def source_of(draft: Draft, allocation_id: str) -> tuple[str, str]:
    """Group and location of a promise."""
    promise = draft.promises[allocation_id]
    return draft.lines[promise.line_id].group_id, promise.location_id


def refresh_picks(draft: Draft, needs: dict[str, int]) -> None:
    """Pick lists for what has yet to be picked, by promise: a list per group and location."""
    covered: set[str] = set()
    for task in list(draft.tasks.values()):
        if task.kind is not TaskKind.PICK or task.state not in ACTIVE:
            continue
        left = []
        for line in task.lines:
            assert line.allocation_id is not None
            need = needs.get(line.allocation_id, 0)
            # Goods whose group has moved are picked on a list of their new group.
            if need and source_of(draft, line.allocation_id) == (task.group_id, task.location_id):
                covered.add(line.allocation_id)
                left.append(line if need == line.quantity else line.model_copy(update={"quantity": need}))
        carry_on(draft, task, left, done=_was_worked_on(draft, task))
    uncovered: dict[tuple[str, str], list[str]] = {}
    for allocation_id in needs:
        if allocation_id not in covered:
            uncovered.setdefault(source_of(draft, allocation_id), []).append(allocation_id)
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
    task = open_task(
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
