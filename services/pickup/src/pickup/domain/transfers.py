"""Transfers without an order: planned by somebody, and cancelled before they have left."""

from collections.abc import Sequence
from dataclasses import replace

from pickup.domain.consolidation import shipment_id_of
from pickup.domain.draft import Decision, Draft
from pickup.domain.model import (
    GoodsState,
    Group,
    Line,
    Promise,
    Transfer,
    TransferCount,
    TransferState,
    Work,
    WorkKind,
)
from pickup.domain.outcomes import (
    Refused,
    TransferWasPlanned,
)
from pickup.domain.scene import Scene
from pickup.domain.settle import planned_lines, settle, stop_transfer
from tsunagu.contracts.values import FulfilmentMethod, TransferLine


def plan(work: Work, from_id: str, to_id: str, lines: Sequence[TransferLine], scene: Scene) -> Decision:
    """Plan a transfer without an order. Its work has the transfer's own id, and promises of our own making."""
    draft = Draft(work, scene)
    refusal = _plan_refusal(work, from_id, to_id, lines, scene)
    if refusal is not None:
        draft.say(refusal)
        return draft.decided()
    transfer_id = work.work_id
    draft.kind, draft.known, draft.opened_at = WorkKind.TRANSFER, True, scene.at
    draft.groups[transfer_id] = Group(transfer_id, FulfilmentMethod.PICKUP, to_id)
    for line in lines:
        draft.lines[line.line_id] = Line(line.line_id, transfer_id, line.sku, line.quantity)
        draft.promises[line.line_id] = Promise(line.line_id, line.line_id, line.sku, line.quantity, from_id)
    way = scene.trip(from_id, to_id)
    transfer = Transfer(
        transfer_id,
        transfer_id,
        from_id,
        to_id,
        way.carrier,
        way.owner,
        way.cost_jpy,
        way.ship_by,
        way.arrive_by,
        TransferState.PLANNED,
        shipment_id_of(from_id, to_id, way.ship_by),
        tuple(TransferCount(line.line_id, line.sku, line.line_id, planned=line.quantity) for line in lines),
    )
    draft.transfers[transfer_id] = transfer
    draft.say(TransferWasPlanned(transfer, planned_lines(draft, transfer)))
    # Picks that came before the plan were kept under no promise.
    for pile, pieces in draft.piles((GoodsState.STAGED,)):
        draft.goods[pile] -= pieces
        draft.add(pile._replace(allocation_id=pile.line_id), pieces)
    settle(draft)
    return draft.decided()


def _plan_refusal(
    work: Work, from_id: str, to_id: str, lines: Sequence[TransferLine], scene: Scene
) -> Refused | None:
    if work.known:
        return Refused(
            "already_there", f"{work.work_id} is the id of something else; give the transfer a new one"
        )
    for location_id in (from_id, to_id):
        if location_id not in scene.walks:
            return Refused("unknown_location", f"headquarters have named no location {location_id}")
    if from_id == to_id:
        return Refused("same_location", f"goods at {from_id} are there already")
    if len({line.line_id for line in lines}) < len(lines):
        return Refused("invalid", "two lines have the same line_id")
    return None


def cancel(work: Work, transfer_id: str, cancel_id: str, reason: str, scene: Scene) -> Decision:
    """Do not send a transfer after all. One that serves an order ends with the order's lines only."""
    draft = Draft(work, scene)
    transfer = draft.transfers.get(transfer_id)
    if transfer is None:
        draft.say(Refused("unknown_transfer", f"there is no transfer {transfer_id}"))
    elif draft.kind is WorkKind.ORDER:
        draft.say(
            Refused(
                "serves_order",
                f"transfer {transfer_id} serves order {work.work_id}; cancel the order's lines",
            )
        )
    elif transfer.state is not TransferState.PLANNED:
        draft.say(Refused("already_left", f"transfer {transfer_id} is {transfer.state}: it can't be stopped"))
    else:
        stop_transfer(draft, transfer, cancel_id, reason)
        want_no_more(draft)
        settle(draft)
    return draft.decided()


def want_no_more(draft: Draft) -> None:
    """What has not left on a transfer without an order is not sent any more."""
    for line in list(draft.lines.values()):
        sent = draft.gone(line) + draft.pieces((GoodsState.IN_TRANSIT,), line_id=line.line_id)
        rest = max(line.let_go, line.quantity - sent)
        draft.lines[line.line_id] = replace(line, let_go=rest, cancelled=rest)
