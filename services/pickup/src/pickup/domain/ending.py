"""How claims end: on request, by the order's word, or because nobody came."""

from collections.abc import Sequence
from dataclasses import replace

from pickup.domain.draft import Decision, Draft
from pickup.domain.model import GoodsState, GroupState, Line, Work
from pickup.domain.outcomes import CancelDenied, GroupHasExpired, LetGo
from pickup.domain.promises import new_line
from pickup.domain.scene import Scene
from pickup.domain.settle import picked_lines, said_allocation, settle, trim, waiting
from tsunagu.contracts.values import (
    CancelledPick,
    LineQuantity,
    OrderLine,
    PickedState,
)

TOO_LATE = "handed_over"
UNKNOWN_ORDER = "unknown_order"


def asked_to_cancel(work: Work, cancel_id: str, lines: Sequence[LineQuantity], scene: Scene) -> Decision:
    """Cancel or handover: whatever is not with the shopper or in a parcel can be let go, and then is.

    Each piece has one answer. Where both are needed, the pieces that are gone are named first: what is let go is then
    all that is left of the request.
    """
    draft = Draft(work, scene)
    let_go: list[CancelledPick] = []
    denied: list[LineQuantity] = []
    for asked in lines:
        line = draft.lines.get(asked.line_id)
        pieces = 0 if line is None else min(asked.quantity, draft.open(line))
        if line is not None:
            let_go += _let_go(draft, line, pieces)
        if pieces < asked.quantity:
            denied.append(asked.model_copy(update={"quantity": asked.quantity - pieces}))
    if denied:
        draft.say(CancelDenied(cancel_id, tuple(denied), TOO_LATE if work.known else UNKNOWN_ORDER))
    if let_go:
        draft.say(LetGo(cancel_id, tuple(let_go)))
    settle(draft)
    return draft.decided()


def _let_go(draft: Draft, line: Line, pieces: int) -> list[CancelledPick]:
    """Let go of pieces of a line, those not picked first; says where each of them is."""
    if not pieces:
        return []
    needs = draft.needs()
    draft.lines[line.line_id] = replace(line, let_go=line.let_go + pieces)
    moved = trim(draft)
    found = [
        CancelledPick(
            line_id=pile.line_id,
            sku=pile.sku,
            quantity=count,
            allocation_id=said_allocation(draft, pile.allocation_id),
            location_id=_whereabouts(draft, pile.place, pile.state),
            state=PickedState.STAGED if pile.state is GoodsState.STAGED else PickedState.IN_TRANSIT,
        )
        for pile, count in moved
        if pile.line_id == line.line_id
    ]
    not_picked = pieces - sum(pick.quantity for pick in found)
    promises = [p for p in draft.promises.values() if p.is_current and p.line_id == line.line_id]
    # Promises whose goods can't be found come last: nothing is asked of a picker there any more.
    promises.sort(key=lambda promise: needs.get(promise.allocation_id, 0) == 0)
    for promise in promises:
        count = min(not_picked, needs.get(promise.allocation_id, 0) or promise.short)
        if count:
            found.append(_not_picked(line, promise.allocation_id, promise.location_id, count))
            not_picked -= count
    if not_picked:
        group = draft.groups.get(line.group_id)
        place = next((p.location_id for p in promises), None) or (group.location_id if group else None)
        if place is not None:
            found.append(_not_picked(line, None, place, not_picked))
    return found


def _not_picked(line: Line, allocation_id: str | None, location_id: str, pieces: int) -> CancelledPick:
    return CancelledPick(
        line_id=line.line_id,
        sku=line.sku,
        quantity=pieces,
        allocation_id=allocation_id,
        location_id=location_id,
        state=PickedState.NOT_PICKED,
    )


def _whereabouts(draft: Draft, place: str, state: GoodsState) -> str:
    """Of goods in transit, where they will arrive."""
    return draft.transfers[place].to_location_id if state is GoodsState.IN_TRANSIT else place


def was_cancelled(work: Work, lines: Sequence[OrderLine], scene: Scene) -> Decision:
    """The order has cancelled these pieces: what pickup has let go before is among them, the rest is let go now."""
    draft = Draft(work, scene)
    draft.known = True
    draft.opened_at = draft.opened_at or scene.at
    for news in lines:
        line = draft.lines.get(news.line_id)
        if line is None:
            # Never confirmed to us: a till line for it that comes later is one of a closed order.
            line = new_line(news)
        covered = min(news.quantity, line.let_go - line.cancelled)
        anew = min(news.quantity - covered, line.quantity - line.let_go)
        draft.lines[news.line_id] = replace(
            line,
            let_go=line.let_go + anew,
            cancelled=line.cancelled + covered + anew,
            in_question=max(0, line.in_question - anew),
        )
    settle(draft)
    return draft.decided()


def expired(work: Work, group_id: str, scene: Scene) -> Decision:
    """Nobody came in time: what waits is let go. The order cancels it in turn, and then it is put away."""
    draft = Draft(work, scene)
    group = draft.groups.get(group_id)
    if group is None or group.state is not GroupState.READY or group.pickup_by is None:
        return draft.decided()
    there = waiting(draft, group)
    lines = picked_lines(draft, there)
    for pile, pieces in there:
        draft.change_line(pile.line_id, lambda line, n=pieces: replace(line, let_go=line.let_go + n))  # type: ignore[misc]
    if lines:
        draft.say(GroupHasExpired(group, lines, group.pickup_by))
    settle(draft)
    return draft.decided()
