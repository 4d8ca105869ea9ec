"""Parcels to shoppers: sent, followed, delivered, or lost or back. All of these are facts."""

from dataclasses import dataclass, replace
from datetime import datetime

from pickup.domain.draft import Decision, Draft
from pickup.domain.model import GoodsState, Parcel, Pile, Work
from pickup.domain.outcomes import (
    Accepted,
    MustWait,
    ParcelHasArrived,
    ParcelHasEnded,
    ParcelHasLeft,
    ParcelWasSeen,
)
from pickup.domain.scene import Scene
from pickup.domain.settle import picked_lines, settle
from tsunagu.contracts.values import ParcelEnd, PickedLine, TrackingStatus

_ENDS = {TrackingStatus.LOST: ParcelEnd.LOST, TrackingStatus.RETURNED: ParcelEnd.RETURNED}
_ARRIVED = frozenset({TrackingStatus.DELIVERED, TrackingStatus.LEFT_AT_DOOR})


@dataclass(frozen=True)
class Sending:
    """A parcel has left for the shopper."""

    parcel_id: str
    location_id: str
    carrier: str
    tracking_number: str | None
    cost_jpy: int | None
    lines: tuple[PickedLine, ...]


def sent(work: Work, fact: Sending, scene: Scene) -> Decision:
    """Book a parcel: staged goods first, then let-go ones, then goods from the shelf that nobody had picked."""
    draft = Draft(work, scene)
    if not draft.known:
        draft.say(MustWait())
        return draft.decided()
    after_close = any(
        line.line_id in draft.lines and line.quantity > draft.open(draft.lines[line.line_id])
        for line in fact.lines
    )
    group_ids = {draft.lines[line.line_id].group_id for line in fact.lines if line.line_id in draft.lines}
    parcel = Parcel(
        fact.parcel_id,
        fact.location_id,
        group_ids.pop() if len(group_ids) == 1 else None,
        fact.carrier,
        fact.tracking_number,
        fact.cost_jpy,
        after_close,
        scene.at,
    )
    draft.parcels[fact.parcel_id] = parcel
    for line in fact.lines:
        left = line.quantity
        for state in (GoodsState.STAGED, GoodsState.RELEASED, GoodsState.EXTRA):
            piles = draft.piles((state,), line_id=line.line_id, sku=line.sku, place=fact.location_id)
            moved = draft.take(piles, left, GoodsState.PARCELLED, fact.parcel_id)
            left -= sum(pieces for _, pieces in moved)
        promise = draft.promise_at(line.line_id, fact.location_id)
        draft.add(Pile(line.line_id, line.sku, promise, GoodsState.PARCELLED, fact.parcel_id), left)
    draft.say(ParcelHasLeft(parcel, _contents(draft, parcel)))
    settle(draft)
    return draft.decided()


@dataclass(frozen=True)
class Sighting:
    """What the carrier says of a parcel."""

    tracking_id: str
    parcel_id: str
    status: TrackingStatus
    place: str | None
    redelivery_at: datetime | None
    time_band: str | None


def seen(work: Work, fact: Sighting, scene: Scene) -> Decision:
    """Pass on where a parcel is. One that has arrived, is lost or back has come to its end.

    That is kept until the parcel is known.
    """
    draft = Draft(work, scene)
    parcel = draft.parcels.get(fact.parcel_id)
    if not draft.known or (parcel is None and (fact.status in _ENDS or fact.status in _ARRIVED)):
        draft.say(MustWait())
        return draft.decided()
    draft.say(ParcelWasSeen(**vars(fact)))
    if parcel is not None and fact.status in _ENDS:
        _end(draft, parcel, _ENDS[fact.status])
    if parcel is not None and fact.status in _ARRIVED and parcel.delivered_at is None:
        _arrive(draft, parcel)
    return draft.decided()


def delivered(work: Work, parcel_id: str, scene: Scene) -> Decision:
    """Book a delivery, once. One that is reported before its parcel waits for it."""
    draft = Draft(work, scene)
    parcel = draft.parcels.get(parcel_id)
    if parcel is None:
        draft.say(MustWait())
    elif parcel.delivered_at is not None:
        draft.say(Accepted())
    else:
        _arrive(draft, parcel)
    return draft.decided()


def _arrive(draft: Draft, parcel: Parcel) -> None:
    for pile, pieces in draft.piles((GoodsState.UNDELIVERED,), place=parcel.parcel_id):
        draft.move(pile, pieces, GoodsState.ARRIVED_LATE)
    parcel = replace(parcel, delivered_at=draft.scene.at)
    draft.parcels[parcel.parcel_id] = parcel
    draft.say(ParcelHasArrived(parcel, _contents(draft, parcel)))


def _end(draft: Draft, parcel: Parcel, end: ParcelEnd) -> None:
    """Nobody gets the parcel: its pieces are let go, and the order cancels them in turn.

    What the recipient has is delivered, whatever is said later. What was lost may still come back.
    """
    if parcel.delivered_at is not None or parcel.ended in (end, ParcelEnd.RETURNED):
        return
    for pile, pieces in draft.piles((GoodsState.PARCELLED,), place=parcel.parcel_id):
        draft.move(pile, pieces, GoodsState.UNDELIVERED)
        line = draft.lines.get(pile.line_id)
        if line is not None and line.sku == pile.sku:
            # Pieces beyond the order had been let go before they left.
            let_go = min(line.let_go + pieces, line.quantity - draft.gone(line))
            draft.lines[line.line_id] = replace(line, let_go=max(line.let_go, let_go))
    parcel = replace(parcel, ended=end)
    draft.parcels[parcel.parcel_id] = parcel
    draft.say(ParcelHasEnded(parcel, _contents(draft, parcel)))
    settle(draft)


def _contents(draft: Draft, parcel: Parcel) -> tuple[PickedLine, ...]:
    inside = (GoodsState.PARCELLED, GoodsState.UNDELIVERED, GoodsState.ARRIVED_LATE)
    return picked_lines(draft, draft.piles(inside, place=parcel.parcel_id))
