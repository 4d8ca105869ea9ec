"""Parcels to pack and ship."""

from pickup.domain.draft import Draft
from pickup.domain.model import GoodsState, TaskKind
from pickup.domain.scene import after_seconds
from pickup.domain.task_life import ensure, staged_at
from tsunagu.contracts.values import FulfilmentMethod


def refresh_parcels(draft: Draft, busy: set[tuple[str, str]]) -> None:
    """What is picked for a parcel is packed where it is, once nothing more is picked for it there."""
    for group in draft.groups.values():
        if group.method is not FulfilmentMethod.SHIP:
            continue
        places = {pile.place for pile, _ in draft.piles((GoodsState.STAGED,))}
        places |= {task.location_id for task in draft.tasks.values() if task.kind is TaskKind.SHIP_PARCEL}
        for place in sorted(places):
            ready = [] if (group.group_id, place) in busy else staged_at(draft, group.group_id, place)
            ensure(
                draft,
                TaskKind.SHIP_PARCEL,
                place,
                ready,
                due_at=after_seconds(draft.scene.now, draft.scene.policy.parcel_due_seconds),
                subject="a parcel",
                group_id=group.group_id,
                done=any(parcel.location_id == place for parcel in draft.parcels.values()),
            )
