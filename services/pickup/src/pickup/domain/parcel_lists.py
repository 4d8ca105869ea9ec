"""Parcels to pack and ship."""

from pickup.domain.draft import Draft
from pickup.domain.model import GoodsState, TaskKind
from pickup.domain.scene import after_seconds
from pickup.domain.task_life import ensure, staged_at
from tsunagu.contracts.values import FulfilmentMethod


def refresh_parcels(draft: Draft, busy: set[tuple[str, str]]) -> None:
    """What is picked for a parcel is packed where it is, once nothing more is picked for it there.

    Of a group that is picked up after all, nothing is packed any more.
    """
    for group in draft.groups.values():
        is_sent = group.method is FulfilmentMethod.SHIP
        places = {
            task.location_id
            for task in draft.tasks.values()
            if task.kind is TaskKind.SHIP_PARCEL and task.group_id == group.group_id
        }
        if is_sent:
            places |= {pile.place for pile, _ in draft.piles((GoodsState.STAGED,))}
        for place in sorted(places):
            waits = not is_sent or (group.group_id, place) in busy
            ensure(
                draft,
                TaskKind.SHIP_PARCEL,
                place,
                [] if waits else staged_at(draft, group.group_id, place),
                due_at=after_seconds(draft.scene.now, draft.scene.policy.parcel_due_seconds),
                subject="a parcel",
                group_id=group.group_id,
                done=any(parcel.location_id == place for parcel in draft.parcels.values()),
            )
