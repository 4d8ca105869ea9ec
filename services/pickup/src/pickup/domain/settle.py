"""After every decision: what has to be picked, sent, announced and put away now.

Facts may come in any order, so none of them says what comes next. They change what is known; `settle` compares what
is known with what is under way, and closes the gap.
"""

from dataclasses import replace

from pickup.domain.draft import HELD, Draft
from pickup.domain.hand_over_lists import refresh_hand_overs
from pickup.domain.model import (
    GoodsState,
    Group,
    GroupState,
    Line,
    Pile,
    Transfer,
    TransferCount,
    TransferState,
    WorkKind,
)
from pickup.domain.outcomes import (
    CodeIsUseless,
    GroupIsClosed,
    GroupIsReady,
    TransferWasCancelled,
    TransferWasPlanned,
)
from pickup.domain.task_lists import refresh_tasks
from tsunagu.contracts.values import FulfilmentMethod, PickedLine, TransferLine


def settle(draft: Draft) -> None:
    """Bring tasks, transfers and groups in line with what is known. Before the order is known, nothing is asked."""
    if not draft.known:
        return
    set_aside_strangers(draft)
    trim(draft)
    needs = draft.needs()
    _plan_transfers(draft, needs)
    refresh_tasks(draft, needs)
    _announce(draft)
    _close(draft)
    # Last: whether anything is to be handed over depends on what has just become ready, or has ended.
    refresh_hand_overs(draft)


def set_aside_strangers(draft: Draft) -> None:
    """Goods of another SKU than their line, or of no line, are extra."""
    for pile, pieces in draft.piles((GoodsState.STAGED,)):
        line = draft.lines.get(pile.line_id)
        if line is None or line.sku != pile.sku:
            draft.move(pile, pieces, GoodsState.EXTRA)


def trim(draft: Draft) -> list[tuple[Pile, int]]:
    """Let go of held pieces that their lines do not need any more; returns which, as they were.

    Pieces whose promise has ended go first, then those that are furthest from the shopper.
    """
    moved: list[tuple[Pile, int]] = []
    for line in list(draft.lines.values()):
        excess = draft.held(line) - draft.open(line)
        if excess <= 0:
            continue
        piles = draft.piles(HELD, line_id=line.line_id, sku=line.sku)
        piles.sort(key=lambda entry: _nearness(draft, line, entry[0]))
        for pile, there in piles:
            now = min(there, excess)
            if not now:
                continue
            staged = pile.state is GoodsState.STAGED
            draft.move(pile, now, GoodsState.RELEASED if staged else GoodsState.IN_TRANSIT_FREE)
            moved.append((pile, now))
            excess -= now
    return moved


def _nearness(draft: Draft, line: Line, pile: Pile) -> tuple[bool, int, Pile]:
    promise = draft.promises.get(pile.allocation_id)
    group = draft.groups.get(line.group_id)
    current = promise is not None and promise.is_current
    if pile.state is GoodsState.IN_TRANSIT:
        distance = 1
    else:
        distance = 2 if group is not None and pile.place == group.location_id else 0
    return current, distance, pile


def _plan_transfers(draft: Draft, needs: dict[str, int]) -> None:
    """Whatever is, or will be, staged away from where the shopper picks up gets a transfer."""
    wanted: dict[tuple[str, str], dict[tuple[str, str, str], int]] = {}

    def want(group: Group | None, from_id: str, line: Line, allocation_id: str, pieces: int) -> None:
        if group is None or group.method is not FulfilmentMethod.PICKUP or group.location_id == from_id:
            return
        counts = wanted.setdefault((group.group_id, from_id), {})
        key = (line.line_id, line.sku, allocation_id)
        counts[key] = counts.get(key, 0) + pieces

    for allocation_id, need in needs.items():
        promise = draft.promises[allocation_id]
        line = draft.lines[promise.line_id]
        want(draft.groups.get(line.group_id), promise.location_id, line, allocation_id, need)
    for pile, pieces in draft.piles((GoodsState.STAGED,)):
        line = draft.lines[pile.line_id]
        want(draft.groups.get(line.group_id), pile.place, line, pile.allocation_id, pieces)

    planned = {
        (transfer.group_id, transfer.from_location_id): transfer
        for transfer in draft.transfers.values()
        if transfer.state is TransferState.PLANNED
        and draft.groups[transfer.group_id].location_id == transfer.to_location_id
    }
    for transfer in list(draft.transfers.values()):
        place = (transfer.group_id, transfer.from_location_id)
        if transfer.state is TransferState.PLANNED and (
            place not in wanted or planned.get(place) != transfer
        ):
            stop_transfer(draft, transfer, None, "nothing_to_send")
    for (group_id, from_id), counts in wanted.items():
        group = draft.groups[group_id]
        there = planned.get((group_id, from_id))
        if there is None and draft.kind is WorkKind.ORDER:
            _plan(draft, group, from_id, counts)
        elif there is not None:
            draft.transfers[there.transfer_id] = replace(there, counts=_planned_counts(there, counts))


def _planned_counts(
    transfer: Transfer | None, wanted: dict[tuple[str, str, str], int]
) -> tuple[TransferCount, ...]:
    there = {} if transfer is None else {(c.line_id, c.sku, c.allocation_id): c for c in transfer.counts}
    kept = [replace(count, planned=wanted.get(key, 0)) for key, count in there.items()]
    return tuple(kept + [TransferCount(*key, planned=n) for key, n in wanted.items() if key not in there])


def _plan(draft: Draft, group: Group, from_id: str, counts: dict[tuple[str, str, str], int]) -> None:
    assert group.location_id is not None
    way = draft.scene.trip(from_id, group.location_id)
    transfer = Transfer(
        transfer_id=draft.new_id("transfer", len(draft.transfers)),
        group_id=group.group_id,
        from_location_id=from_id,
        to_location_id=group.location_id,
        carrier=way.carrier,
        owner=way.owner,
        cost_jpy=way.cost_jpy,
        ship_by=way.ship_by,
        arrive_by=way.arrive_by,
        state=TransferState.PLANNED,
        counts=_planned_counts(None, counts),
    )
    draft.transfers[transfer.transfer_id] = transfer
    draft.say(TransferWasPlanned(transfer, planned_lines(draft, transfer)))


def stop_transfer(draft: Draft, transfer: Transfer, cancel_id: str | None, reason: str) -> None:
    """A transfer that has not left is not sent."""
    lines = planned_lines(draft, transfer)
    stopped = replace(transfer, state=TransferState.CANCELLED, ended_at=draft.scene.now)
    draft.transfers[transfer.transfer_id] = stopped
    draft.say(TransferWasCancelled(stopped, cancel_id, lines, reason))


def planned_lines(draft: Draft, transfer: Transfer) -> tuple[TransferLine, ...]:
    """What a transfer is to carry."""
    return tuple(
        TransferLine(
            line_id=count.line_id,
            sku=count.sku,
            quantity=count.planned,
            allocation_id=said_allocation(draft, count.allocation_id),
        )
        for count in transfer.counts
        if count.planned
    )


def said_allocation(draft: Draft, allocation_id: str) -> str | None:
    """A promise's id as others know it. A transfer without an order has promises of our own making only."""
    return allocation_id or None if draft.kind is WorkKind.ORDER else None


def picked_lines(draft: Draft, piles: list[tuple[Pile, int]]) -> tuple[PickedLine, ...]:
    """Piles as the contracts show them."""
    return tuple(
        PickedLine(
            line_id=pile.line_id,
            sku=pile.sku,
            quantity=pieces,
            allocation_id=said_allocation(draft, pile.allocation_id),
        )
        for pile, pieces in piles
    )


def waiting(draft: Draft, group: Group) -> list[tuple[Pile, int]]:
    """What waits for the shopper of a group, where the shopper comes."""
    found: list[tuple[Pile, int]] = []
    for line in draft.group_lines(group.group_id):
        found += draft.piles((GoodsState.STAGED,), line_id=line.line_id, place=group.location_id)
    return found


def _announce(draft: Draft) -> None:
    if draft.kind is not WorkKind.ORDER:
        return
    for group in list(draft.groups.values()):
        if group.method is not FulfilmentMethod.PICKUP:
            continue
        there = waiting(draft, group)
        all_there = bool(there) and all(
            draft.pieces((GoodsState.STAGED,), line_id=line.line_id, place=group.location_id)
            >= draft.open(line) - line.in_question
            for line in draft.group_lines(group.group_id)
        )
        if not all_there and group.state is GroupState.READY:
            draft.groups[group.group_id] = replace(group, state=GroupState.WAITING)
        if all_there and group.state is not GroupState.READY:
            assert group.location_id is not None, "a pickup group has a location"
            pickup_by = draft.scene.pickup_by(group.location_id)
            ready = replace(group, state=GroupState.READY, pickup_by=pickup_by)
            draft.groups[group.group_id] = ready
            draft.code_published = True
            draft.say(GroupIsReady(ready, picked_lines(draft, there), pickup_by))


def _close(draft: Draft) -> None:
    for group in list(draft.groups.values()):
        still_open = any(draft.open(line) for line in draft.group_lines(group.group_id))
        if not still_open and group.state is not GroupState.CLOSED:
            draft.groups[group.group_id] = replace(group, state=GroupState.CLOSED)
            draft.say(GroupIsClosed(group.group_id))
        if still_open and group.state is GroupState.CLOSED:
            draft.groups[group.group_id] = replace(group, state=GroupState.WAITING)
    pickups = [group for group in draft.groups.values() if group.method is FulfilmentMethod.PICKUP]
    if draft.code_published and all(group.state is GroupState.CLOSED for group in pickups):
        draft.code_published = False
        draft.say(CodeIsUseless())
