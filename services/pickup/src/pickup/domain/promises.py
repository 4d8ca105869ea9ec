"""What the order says of its goods: promised, in question, to reach the shopper another way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pickup.domain.draft import HELD, Decision, Draft
from pickup.domain.model import GoodsState, Group, Line, Promise, Work
from pickup.domain.recipients import name_recipient
from pickup.domain.scene import Scene
from pickup.domain.settle import set_aside_strangers, settle
from tsunagu.contracts.values import (
    Allocation,
    FulfilmentGroup,
    LineQuantity,
    OrderLine,
)


@dataclass(frozen=True)
class PromiseNews:
    """All that is promised of an order now."""

    groups: tuple[FulfilmentGroup, ...]
    lines: tuple[OrderLine, ...]
    allocations: tuple[Allocation, ...]
    allocation_version: int
    ready_by: datetime
    customer_ref: str | None
    recipient_ref: str | None
    order_version: int


def promised(work: Work, news: PromiseNews, scene: Scene) -> Decision:
    """The goods that are held for the order are these now; they replace all earlier ones."""
    draft = Draft(work, scene)
    _know(draft, news.groups)
    draft.customer_ref = news.customer_ref
    name_recipient(draft, news.recipient_ref, news.order_version)
    for line in news.lines:
        there = draft.lines.get(line.line_id)
        if there is None:
            draft.lines[line.line_id] = new_line(line)
        else:
            # What is promised is part of what is open: the line has at least that many, and what was cancelled.
            quantity = max(there.quantity, line.quantity + there.cancelled)
            draft.lines[line.line_id] = replace(there, group_id=line.group_id, quantity=quantity)
    if news.allocation_version > draft.allocation_version:
        draft.allocation_version = news.allocation_version
        draft.ready_by = news.ready_by
        _adopt(draft, news.allocations)
    set_aside_strangers(draft)
    _relabel(draft)
    _settle_questions(draft)
    settle(draft)
    return draft.decided()


def _know(draft: Draft, groups: Sequence[FulfilmentGroup]) -> None:
    draft.known = True
    draft.opened_at = draft.opened_at or draft.scene.at
    for group in groups:
        there = draft.groups.get(group.group_id)
        if there is None:
            draft.groups[group.group_id] = Group(group.group_id, group.method, group.location_id)
        else:
            draft.groups[group.group_id] = replace(there, method=group.method, location_id=group.location_id)


def new_line(line: OrderLine) -> Line:
    """A line that nothing has happened to yet."""
    return Line(line.line_id, line.group_id, line.sku, line.quantity)


def _adopt(draft: Draft, allocations: Sequence[Allocation]) -> None:
    """Take these promises for the current ones.

    A promise that inventory has made smaller has taken our short picks into account by as much.
    """
    named = {allocation.allocation_id for allocation in allocations}
    for allocation_id, promise in list(draft.promises.items()):
        if allocation_id not in named:
            draft.promises[allocation_id] = replace(promise, is_current=False)
    for allocation in allocations:
        before = draft.promises.get(allocation.allocation_id)
        short = 0
        if before is not None:
            short = max(0, before.short - max(0, before.quantity - allocation.quantity))
        draft.promises[allocation.allocation_id] = Promise(
            allocation.allocation_id,
            allocation.line_id,
            allocation.sku,
            allocation.quantity,
            allocation.location_id,
            short,
        )


def _relabel(draft: Draft) -> None:
    """Goods picked for a promise that has moved belong to the promise that took its place where they are."""
    for pile, pieces in draft.piles(HELD):
        promise = draft.promises.get(pile.allocation_id)
        if (promise is not None and promise.is_current) or pile.line_id not in draft.lines:
            continue
        source = pile.place
        if pile.state is GoodsState.IN_TRANSIT:
            source = draft.transfers[pile.place].from_location_id
        new_id = draft.promise_at(pile.line_id, source)
        if not new_id:
            continue
        room = draft.promises[new_id].quantity - draft.pieces(HELD, allocation_id=new_id)
        moving = min(pieces, max(0, room))
        draft.goods[pile] -= moving
        draft.add(pile._replace(allocation_id=new_id), moving)


def _settle_questions(draft: Draft) -> None:
    """Pieces that are promised again are not in question any more."""
    for line in list(draft.lines.values()):
        if line.in_question:
            allocated = sum(
                promise.quantity
                for promise in draft.promises.values()
                if promise.is_current and promise.line_id == line.line_id
            )
            left = max(0, line.quantity - line.let_go - allocated)
            draft.lines[line.line_id] = replace(line, in_question=min(line.in_question, left))


def questioned(work: Work, lines: Sequence[LineQuantity], scene: Scene) -> Decision:
    """These pieces can't be had; the rest goes on without them."""
    draft = Draft(work, scene)
    for asked in lines:
        line = draft.lines.get(asked.line_id)
        if line is not None:
            draft.lines[line.line_id] = replace(line, in_question=min(asked.quantity, draft.open(line)))
    settle(draft)
    return draft.decided()


@dataclass(frozen=True)
class ChangeNews:
    """Some lines reach the shopper another way."""

    groups: tuple[FulfilmentGroup, ...]
    lines: tuple[OrderLine, ...]
    changed_line_ids: tuple[str, ...]
    ended: tuple[Allocation, ...]
    recipient_ref: str | None
    order_version: int


def changed(work: Work, news: ChangeNews, scene: Scene) -> Decision:
    """Goods of promises that have ended are let go; new promises come with the next allocation."""
    draft = Draft(work, scene)
    _know(draft, news.groups)
    name_recipient(draft, news.recipient_ref, news.order_version)
    for line in news.lines:
        there = draft.lines.get(line.line_id)
        if there is None:
            _split_off(draft, line, news.lines)
        else:
            question = 0 if line.line_id in news.changed_line_ids else there.in_question
            draft.lines[line.line_id] = replace(there, group_id=line.group_id, in_question=question)
    for allocation in news.ended:
        _end(draft, allocation)
    settle(draft)
    return draft.decided()


def _split_off(draft: Draft, part: OrderLine, said: Sequence[OrderLine]) -> None:
    """A new line is part of an earlier one: of the one of its SKU whose open pieces the news has cut down most.

    What the news calls open does not yet count what we have just handed over, so it can't be taken as it is.
    """
    still_open = {line.line_id: line.quantity for line in said}
    candidates = [
        line for line in draft.lines.values() if line.sku == part.sku and line.quantity > part.quantity
    ]
    if candidates:
        whole = max(
            candidates,
            key=lambda line: (draft.open(line) - still_open.get(line.line_id, 0), line.line_id),
        )
        rest = whole.quantity - part.quantity
        draft.lines[whole.line_id] = replace(
            whole, quantity=rest, in_question=min(whole.in_question, rest - min(rest, whole.let_go))
        )
    draft.lines[part.line_id] = new_line(part)


def _end(draft: Draft, allocation: Allocation) -> None:
    promise = draft.promises.get(allocation.allocation_id)
    if promise is not None:
        left = max(0, promise.quantity - allocation.quantity)
        draft.promises[promise.allocation_id] = replace(promise, quantity=left, is_current=left > 0)
        excess = draft.pieces(HELD, allocation_id=promise.allocation_id) - left
    else:
        excess = 0
    for pile, pieces in draft.piles(HELD, allocation_id=allocation.allocation_id):
        now = min(pieces, max(0, excess))
        if now:
            staged = pile.state is GoodsState.STAGED
            draft.move(pile, now, GoodsState.RELEASED if staged else GoodsState.IN_TRANSIT_FREE)
            excess -= now
