"""Goods leave the shelf, are not found there, or go back to it. All of these are facts."""

from dataclasses import dataclass, replace

from pickup.domain.draft import Decision, Draft
from pickup.domain.model import GoodsState, Pile, Promise, Work
from pickup.domain.outcomes import Accepted, Picked, Shorted, WasPutAway
from pickup.domain.scene import Scene
from pickup.domain.settle import said_allocation, settle
from tsunagu.contracts.values import PutAwayLine, ShortPickKind


@dataclass(frozen=True)
class Pick:
    """Goods are off the shelf and staged."""

    pick_id: str
    task_id: str | None
    location_id: str
    allocation_id: str | None
    line_id: str
    sku: str
    quantity: int
    staff_ref: str | None


def picked(work: Work, pick: Pick, scene: Scene) -> Decision:
    """Book a pick. What its line needs is kept for it, wherever it was picked; the rest is extra.

    Before the order is known all of it is kept; what does not fit is found out when the order arrives. Pieces that
    the shopper took away before we heard of their pick have left stock already: only those beyond them are staged.
    """
    draft = Draft(work, scene)
    known = _late_news(draft, pick)
    if known == pick.quantity:
        draft.say(Accepted())
        return draft.decided()
    pick = replace(pick, quantity=pick.quantity - known)
    allocation_id = pick.allocation_id or draft.promise_at(pick.line_id, pick.location_id)
    line = draft.lines.get(pick.line_id)
    fits = 0
    if not draft.known:
        fits = pick.quantity
    elif line is not None and line.sku == pick.sku:
        fits = min(pick.quantity, max(0, draft.open(line) - draft.held(line)))
    pile = Pile(pick.line_id, pick.sku, allocation_id, GoodsState.STAGED, pick.location_id)
    draft.add(pile, fits)
    draft.add(pile._replace(state=GoodsState.EXTRA), pick.quantity - fits)
    draft.say(
        Picked(
            pick.pick_id,
            pick.task_id,
            said_allocation(draft, allocation_id),
            pick.line_id,
            pick.sku,
            pick.quantity,
            pick.location_id,
            pick.staff_ref,
        )
    )
    settle(draft)
    return draft.decided()


def _late_news(draft: Draft, pick: Pick) -> int:
    """Pieces of a pick that were collected before we heard of it."""
    line = draft.lines.get(pick.line_id)
    if line is None or line.taken_at is None or draft.scene.at > line.taken_at:
        return 0
    piles = draft.piles((GoodsState.TAKEN,), line_id=pick.line_id, sku=pick.sku, place=pick.location_id)
    return sum(pieces for _, pieces in draft.take(piles, pick.quantity, GoodsState.COLLECTED))


@dataclass(frozen=True)
class ShortPick:
    """The list asks for goods that can't be taken from the shelf."""

    short_pick_id: str
    task_id: str | None
    location_id: str
    allocation_id: str | None
    line_id: str
    sku: str
    quantity: int
    kind: ShortPickKind
    staff_ref: str | None


def shorted(work: Work, short: ShortPick, scene: Scene) -> Decision:
    """Book a short pick: nobody is asked for these pieces again under the same promise; inventory finds others."""
    draft = Draft(work, scene)
    allocation_id = short.allocation_id or draft.promise_at(short.line_id, short.location_id)
    promise = draft.promises.get(allocation_id)
    if promise is not None:
        draft.promises[allocation_id] = replace(promise, short=promise.short + short.quantity)
    elif allocation_id:
        draft.promises[allocation_id] = Promise(
            allocation_id,
            short.line_id,
            short.sku,
            0,
            short.location_id,
            short.quantity,
            is_current=False,
        )
    draft.say(
        Shorted(
            short.short_pick_id,
            short.task_id,
            said_allocation(draft, allocation_id),
            short.line_id,
            short.sku,
            short.quantity,
            short.kind,
            short.location_id,
            short.staff_ref,
        )
    )
    settle(draft)
    return draft.decided()


def put_away(work: Work, fact: WasPutAway, scene: Scene) -> Decision:
    """Book goods back on the shelf: first those that nobody needs, then even those that were kept for the order.

    Goods that were never staged (returned ones) are booked as they are reported.
    """
    draft = Draft(work, scene)
    for line in fact.lines:
        left = line.quantity
        for states in ((GoodsState.RELEASED,), (GoodsState.EXTRA,), (GoodsState.STAGED,)):
            piles = draft.piles(states, sku=line.sku, place=fact.location_id)
            piles.sort(key=lambda entry, asked=line: _fit(entry[0], asked))  # type: ignore[misc]
            moved = draft.take(piles, left, GoodsState.PUT_AWAY)
            left -= sum(pieces for _, pieces in moved)
    draft.say(fact)
    settle(draft)
    return draft.decided()


def _fit(pile: Pile, asked: PutAwayLine) -> tuple[bool, bool, Pile]:
    return pile.line_id != asked.line_id, pile.allocation_id != (asked.allocation_id or ""), pile
