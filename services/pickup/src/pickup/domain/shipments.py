"""Goods leave one location and arrive at another. Both are facts, and either may be heard of first."""

from dataclasses import dataclass, replace

from pickup.domain.draft import Decision, Draft
from pickup.domain.model import (
    GoodsState,
    Pile,
    Transfer,
    TransferCount,
    TransferState,
    Work,
    WorkKind,
)
from pickup.domain.outcomes import (
    Accepted,
    MustWait,
    TransferHasArrived,
    TransferWasShipped,
)
from pickup.domain.scene import Scene
from pickup.domain.settle import settle
from pickup.domain.transfers import want_no_more
from tsunagu.contracts.values import TransferLine, TransferReceiptLine


@dataclass(frozen=True)
class Shipping:
    """A transfer, or part of it, has left. No lines means all that is staged for it."""

    shipping_id: str
    transfer_id: str
    shipment_id: str | None
    location_id: str
    carrier: str | None
    tracking_number: str | None
    lines: tuple[TransferLine, ...]
    staff_ref: str | None


def shipped(work: Work, fact: Shipping, scene: Scene) -> Decision:
    """Book what has left: staged goods first, then goods from the shelf that nobody had picked."""
    draft = Draft(work, scene)
    transfer = draft.transfers.get(fact.transfer_id)
    if transfer is None:
        draft.say(MustWait())
        return draft.decided()
    lines = fact.lines or _all_staged(draft, transfer, fact.location_id)
    if not lines:
        draft.say(Accepted())
        return draft.decided()
    counts = {(c.line_id, c.sku, c.allocation_id): c for c in transfer.counts}
    sent: list[TransferLine] = []
    for line in lines:
        # What has been received before we hear that it was sent is not on its way any more.
        early = sum(
            max(0, count.received - count.shipped)
            for (line_id, sku, _), count in counts.items()
            if (line_id, sku) == (line.line_id, line.sku)
        )
        for allocation_id, pieces in _leave(
            draft, transfer, line, fact.location_id, min(early, line.quantity)
        ):
            key = (line.line_id, line.sku, allocation_id)
            count = counts.get(key, TransferCount(*key))
            counts[key] = replace(count, shipped=count.shipped + pieces)
            said = allocation_id or None if draft.kind is WorkKind.ORDER else line.allocation_id
            sent.append(TransferLine(line_id=line.line_id, sku=line.sku, quantity=pieces, allocation_id=said))
    state = TransferState.RECEIVED if transfer.state is TransferState.RECEIVED else TransferState.SHIPPED
    transfer = replace(
        transfer,
        state=state,
        carrier=fact.carrier or transfer.carrier,
        counts=tuple(counts.values()),
        shipped_at=transfer.shipped_at or scene.at,
    )
    draft.transfers[transfer.transfer_id] = transfer
    draft.say(
        TransferWasShipped(
            transfer,
            fact.shipping_id,
            fact.shipment_id or transfer.shipment_id,
            tuple(sent),
            fact.tracking_number,
            fact.staff_ref,
        )
    )
    if draft.kind is WorkKind.TRANSFER:
        want_no_more(draft)
    settle(draft)
    return draft.decided()


def _all_staged(draft: Draft, transfer: Transfer, location_id: str) -> tuple[TransferLine, ...]:
    return tuple(
        TransferLine(
            line_id=pile.line_id,
            sku=pile.sku,
            quantity=pieces,
            allocation_id=pile.allocation_id or None,
        )
        for pile, pieces in draft.piles((GoodsState.STAGED,), place=location_id)
        if pile.line_id in draft.lines and draft.lines[pile.line_id].group_id == transfer.group_id
    )


def _leave(
    draft: Draft, transfer: Transfer, line: TransferLine, location_id: str, early: int
) -> list[tuple[str, int]]:
    """Put pieces of a line on the transfer; returns them by promise. `early` of them have arrived already."""
    sent: dict[str, int] = {}
    left = line.quantity - early
    if early:
        sent[line.allocation_id or draft.promise_at(line.line_id, location_id)] = early
    for before, after in (
        (GoodsState.STAGED, GoodsState.IN_TRANSIT),
        (GoodsState.RELEASED, GoodsState.IN_TRANSIT_FREE),
        (GoodsState.EXTRA, GoodsState.IN_TRANSIT_FREE),
    ):
        piles = draft.piles((before,), line_id=line.line_id, sku=line.sku, place=location_id)
        piles.sort(key=lambda entry: (entry[0].allocation_id != (line.allocation_id or ""), entry[0]))
        for pile, pieces in draft.take(piles, left, after, transfer.transfer_id):
            sent[pile.allocation_id] = sent.get(pile.allocation_id, 0) + pieces
            left -= pieces
    if left:
        allocation_id = line.allocation_id or draft.promise_at(line.line_id, location_id)
        pile = Pile(line.line_id, line.sku, allocation_id, GoodsState.IN_TRANSIT, transfer.transfer_id)
        if not _wanted(draft, line):
            pile = pile._replace(state=GoodsState.IN_TRANSIT_FREE)
        draft.add(pile, left)
        sent[allocation_id] = sent.get(allocation_id, 0) + left
    return list(sent.items())


def _wanted(draft: Draft, line: TransferLine | TransferReceiptLine) -> bool:
    there = draft.lines.get(line.line_id)
    return there is not None and there.sku == line.sku


@dataclass(frozen=True)
class Receiving:
    """A transfer, or part of it, has arrived."""

    receiving_id: str
    transfer_id: str
    location_id: str
    lines: tuple[TransferReceiptLine, ...]
    complete: bool
    staff_ref: str | None


def received(work: Work, fact: Receiving, scene: Scene) -> Decision:
    """Book what has arrived, as it was counted. When nothing more is expected, the rest is missing."""
    draft = Draft(work, scene)
    transfer = draft.transfers.get(fact.transfer_id)
    if transfer is None:
        draft.say(MustWait())
        return draft.decided()
    counts = {(c.line_id, c.sku, c.allocation_id): c for c in transfer.counts}
    for line in fact.lines:
        damaged = min(line.damaged, line.received)
        good = line.received - damaged
        for allocation_id, pieces, spoilt in (
            *_arrive(draft, transfer, line, fact.location_id, good, spoilt=False),
            *_arrive(draft, transfer, line, fact.location_id, damaged, spoilt=True),
        ):
            key = (line.line_id, line.sku, allocation_id)
            count = counts.get(key, TransferCount(*key))
            counts[key] = replace(
                count,
                received=count.received + pieces,
                damaged=count.damaged + (pieces if spoilt else 0),
            )
    on_the_way = (GoodsState.IN_TRANSIT, GoodsState.IN_TRANSIT_FREE)
    if fact.complete:
        for pile, pieces in draft.piles(on_the_way, place=transfer.transfer_id):
            draft.move(pile, pieces, GoodsState.MISSING)
    finished = fact.complete or (
        transfer.state is TransferState.SHIPPED and not draft.pieces(on_the_way, place=transfer.transfer_id)
    )
    transfer = replace(
        transfer,
        state=TransferState.RECEIVED if finished else transfer.state,
        counts=tuple(counts.values()),
        ended_at=scene.at if finished else None,
    )
    draft.transfers[transfer.transfer_id] = transfer
    draft.say(
        TransferHasArrived(
            transfer, fact.receiving_id, fact.location_id, fact.lines, fact.complete, fact.staff_ref
        )
    )
    if draft.kind is WorkKind.TRANSFER:
        want_no_more(draft)
    settle(draft)
    return draft.decided()


def _arrive(
    draft: Draft,
    transfer: Transfer,
    line: TransferReceiptLine,
    location_id: str,
    pieces: int,
    *,
    spoilt: bool,
) -> list[tuple[str, int, bool]]:
    """Pieces of a line arrive: from the way, from what was given up, from what had not been reported as sent."""
    arrived = GoodsState.STAGED if draft.kind is WorkKind.ORDER else GoodsState.ARRIVED
    found: dict[str, int] = {}
    left = pieces
    for before, after, place in (
        (GoodsState.IN_TRANSIT, arrived, transfer.transfer_id),
        (GoodsState.IN_TRANSIT_FREE, GoodsState.ARRIVED, transfer.transfer_id),
        (GoodsState.MISSING, arrived, transfer.transfer_id),
        (GoodsState.STAGED, arrived, transfer.from_location_id),
        (GoodsState.RELEASED, GoodsState.RELEASED, transfer.from_location_id),
    ):
        piles = draft.piles((before,), line_id=line.line_id, sku=line.sku, place=place)
        piles.sort(key=lambda entry: (entry[0].allocation_id != (line.allocation_id or ""), entry[0]))
        where = GoodsState.DAMAGED if spoilt else after
        for pile, count in draft.take(piles, left, where, location_id):
            found[pile.allocation_id] = found.get(pile.allocation_id, 0) + count
            left -= count
    if left:
        allocation_id = line.allocation_id or draft.promise_at(line.line_id, transfer.from_location_id)
        kept = arrived if _wanted(draft, line) else GoodsState.EXTRA
        state = GoodsState.DAMAGED if spoilt else kept
        draft.add(Pile(line.line_id, line.sku, allocation_id, state, location_id), left)
        found[allocation_id] = found.get(allocation_id, 0) + left
    return [(allocation_id, count, spoilt) for allocation_id, count in found.items()]
