"""Goods to hand over: what waits for a shopper, until the end of the pickup window."""

from pickup.domain.draft import Draft
from pickup.domain.model import GroupState, TaskKind
from pickup.domain.task_life import ensure, staged_at


def refresh_hand_overs(draft: Draft) -> None:
    """A group that is ready is to be handed over; that ends when the shopper has come, or nobody will any more."""
    for group in draft.groups.values():
        here = group.location_id if group.state is GroupState.READY else None
        # Also where the group was ready before it went another way.
        places = {
            task.location_id
            for task in draft.tasks.values()
            if task.kind is TaskKind.HAND_OVER and task.group_id == group.group_id
        }
        for place in sorted(places if here is None else places | {here}):
            ensure(
                draft,
                TaskKind.HAND_OVER,
                place,
                staged_at(draft, group.group_id, place) if place == here else [],
                due_at=group.pickup_by or draft.scene.now,
                subject="to a shopper",
                group_id=group.group_id,
                done=any(line.collected for line in draft.group_lines(group.group_id)),
            )
