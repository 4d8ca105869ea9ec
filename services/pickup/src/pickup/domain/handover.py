"""The shopper gets the goods: by code at the desk, by a till receipt, or both for the same pieces.

A line's collected pieces are the larger of what HandOvers and what receipts say, so that either may come first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pickup.domain.draft import Decision, Draft
from pickup.domain.locking import proves
from pickup.domain.model import GoodsState, Line, Pile, Work
from pickup.domain.outcomes import Accepted, IsPlainSale, MustWait, Refused, WasCollected
from pickup.domain.refusals import refusal_of
from pickup.domain.scene import Scene
from pickup.domain.settle import said_allocation, settle
from tsunagu.contracts.values import (
    CollectedLine,
    DeskCheck,
    HandoverProof,
    LineQuantity,
    SaleLine,
    TaxAmount,
)


@dataclass(frozen=True)
class Handover:
    """Somebody gives the shopper goods, or (offline) has given them."""

    handover_id: str
    location_id: str
    code_hash: str | None
    """Of the token or of the digits, whichever was shown."""
    lines: tuple[LineQuantity, ...]
    done_offline: bool
    staff_ref: str | None
    desk_check: DeskCheck | None = None


@dataclass(frozen=True)
class Receipt:
    """The lines of a till receipt that name this order."""

    receipt_id: str
    location_id: str
    register_id: str
    receipt_number: int
    business_date: date
    lines: tuple[SaleLine, ...]
    tax_by_rate: tuple[TaxAmount, ...]
    customer_ref: str | None
    staff_ref: str | None


@dataclass(frozen=True)
class _Pieces:
    """Pieces that left with the shopper, in time or after the order had let go of them."""

    line: Line
    pile: Pile
    quantity: int
    amount_jpy: int | None
    after_close: bool


def hand_over(work: Work, asked: Handover, scene: Scene) -> Decision:
    """Hand goods over, or say why not. What was done offline is booked, whatever it contradicts."""
    draft = Draft(work, scene)
    if not draft.known:
        unknown = Refused("unknown_order", f"there is no order {work.work_id} here; check the number")
        draft.say(MustWait() if asked.done_offline else unknown)
        return draft.decided()
    wanted: dict[str, int] = {}
    for part in asked.lines:
        wanted[part.line_id] = wanted.get(part.line_id, 0) + part.quantity
    if not wanted:
        wanted = _all_that_waits(draft, asked)
    if not asked.done_offline:
        refusal = refusal_of(draft, asked.code_hash, asked.location_id, wanted) or _unchecked(
            draft, asked, wanted
        )
        if refusal is not None:
            draft.say(refusal)
            return draft.decided()
    gone: list[_Pieces] = []
    for line_id, pieces in wanted.items():
        line = draft.lines.get(line_id)
        if line is None:
            continue
        by_code = max(line.by_code, min(line.quantity, line.by_code + pieces))
        first = max(0, by_code - max(line.by_code, line.by_receipt))
        gone += _collect(draft, line, first, None, asked.location_id)
        draft.change_line(line_id, lambda old, n=by_code: replace(old, by_code=n))  # type: ignore[misc]
    proof = HandoverProof.DESK if asked.code_hash is None else HandoverProof.CODE
    unproven = None
    if asked.done_offline and asked.code_hash is not None and not proves(draft, asked.code_hash):
        unproven = True
    for group_id, after_close, lines in _by_group(draft, gone):
        draft.say(
            WasCollected(
                group_id,
                asked.location_id,
                lines,
                proof,
                handover_id=asked.handover_id,
                staff_ref=asked.staff_ref,
                done_offline=asked.done_offline,
                after_close=after_close,
                desk_check=asked.desk_check,
                unproven=unproven,
            )
        )
    if not gone:
        draft.say(Accepted())
    settle(draft)
    return draft.decided()


def _unchecked(draft: Draft, asked: Handover, wanted: dict[str, int]) -> Refused | None:
    """Without a code or a receipt, somebody answers for who got the goods."""
    paid = all(
        pieces <= draft.lines[line_id].by_receipt - draft.lines[line_id].by_code
        for line_id, pieces in wanted.items()
    )
    is_checked = asked.staff_ref is not None and asked.desk_check is not None
    if not draft.scene.policy.desk_check_required or asked.code_hash is not None or paid or is_checked:
        return None
    return Refused(
        "desk_check_missing",
        "without a code, say who handed it over (staff_ref) and what they checked (desk_check)",
    )


def _all_that_waits(draft: Draft, asked: Handover) -> dict[str, int]:
    """What a HandOver without lines means: all that is staged for the shopper there, and what a receipt has said first.

    If that is nothing, and the handover has happened: what was let go, else what was never staged.
    """
    lines = [
        line
        for group in draft.pickup_groups_at(asked.location_id)
        for line in draft.group_lines(group.group_id)
    ]

    def staged(*states: GoodsState) -> dict[str, int]:
        found = {
            line.line_id: draft.pieces(states, line_id=line.line_id, place=asked.location_id)
            for line in lines
        }
        return {line_id: pieces for line_id, pieces in found.items() if pieces}

    found = staged(GoodsState.STAGED)
    for line in lines:
        if line.by_receipt > line.by_code:
            found[line.line_id] = found.get(line.line_id, 0) + line.by_receipt - line.by_code
    if not found and asked.done_offline:
        left = {line.line_id: line.quantity - draft.gone(line) for line in lines}
        found = staged(GoodsState.RELEASED) or {line_id: n for line_id, n in left.items() if n > 0}
    return found


def till_receipt(work: Work, receipt: Receipt, scene: Scene) -> Decision:
    """A till line of the order is its handover. What the order can't have is a plain sale."""
    draft = Draft(work, scene)
    if not draft.known:
        draft.say(MustWait())
        return draft.decided()
    gone: list[_Pieces] = []
    seconds: dict[str, None] = {}
    plain: list[SaleLine] = []
    for till_line in receipt.lines:
        line = _line_of(draft, till_line)
        fitting = 0 if line is None else max(0, min(till_line.quantity, line.quantity - line.by_receipt))
        amount = till_line.amount_jpy * fitting // till_line.quantity
        if fitting < till_line.quantity:
            rest = {"quantity": till_line.quantity - fitting, "amount_jpy": till_line.amount_jpy - amount}
            plain.append(till_line.model_copy(update=rest))
        if line is None or not fitting:
            continue
        by_receipt = line.by_receipt + fitting
        first = max(0, by_receipt - max(line.by_code, line.by_receipt))
        gone += _collect(draft, line, first, amount * first // fitting, receipt.location_id)
        draft.change_line(line.line_id, lambda old, n=by_receipt: replace(old, by_receipt=n))  # type: ignore[misc]
        if not first:
            seconds[line.group_id] = None
    _say_collected(draft, receipt, gone, list(seconds))
    if plain:
        draft.say(plain_sale(receipt, tuple(plain)))
    settle(draft)
    return draft.decided()


def _say_collected(draft: Draft, receipt: Receipt, gone: list[_Pieces], seconds: list[str]) -> None:
    collected = _by_group(draft, gone)
    named = {group_id for group_id, _, _ in collected}
    for group_id, after_close, lines in collected + [
        (each, False, ()) for each in seconds if each not in named
    ]:
        draft.say(
            WasCollected(
                group_id,
                receipt.location_id,
                lines,
                HandoverProof.RECEIPT,
                receipt_id=receipt.receipt_id,
                register_id=receipt.register_id,
                business_date=receipt.business_date,
                staff_ref=receipt.staff_ref,
                after_close=after_close,
            )
        )


def plain_sale(receipt: Receipt, lines: tuple[SaleLine, ...]) -> IsPlainSale:
    """Lines that are booked as if no order had been named."""
    return IsPlainSale(
        receipt.location_id,
        lines,
        receipt_id=receipt.receipt_id,
        register_id=receipt.register_id,
        receipt_number=receipt.receipt_number,
        business_date=receipt.business_date,
        tax_by_rate=receipt.tax_by_rate,
        customer_ref=receipt.customer_ref,
        staff_ref=receipt.staff_ref,
    )


def _line_of(draft: Draft, till_line: SaleLine) -> Line | None:
    """The order line of a till line: as named, else the one of its SKU that has most left."""
    if till_line.order_line_id is not None:
        line = draft.lines.get(till_line.order_line_id)
        return line if line is not None and line.sku == till_line.sku else None
    lines = [line for line in draft.lines.values() if line.sku == till_line.sku]
    return max(lines, key=lambda line: (line.quantity - line.by_receipt, line.line_id), default=None)


def _collect(
    draft: Draft, line: Line, pieces: int, amount_jpy: int | None, location_id: str
) -> list[_Pieces]:
    """Pieces leave with the shopper: those staged there first, then let-go ones, then from the shelf."""
    in_time = min(pieces, draft.open(line))
    found: list[tuple[Pile, int]] = []
    left = pieces
    for states in ((GoodsState.STAGED,), (GoodsState.RELEASED,), (GoodsState.EXTRA,)):
        piles = draft.piles(states, line_id=line.line_id, sku=line.sku, place=location_id)
        found += draft.take(piles, left, GoodsState.COLLECTED)
        left = pieces - sum(count for _, count in found)
    if left:
        promise = draft.promise_at(line.line_id, location_id)
        pile = Pile(line.line_id, line.sku, promise, GoodsState.TAKEN, location_id)
        draft.add(pile, left)
        taken_at = max(line.taken_at or draft.scene.at, draft.scene.at)
        draft.change_line(line.line_id, lambda old: replace(old, taken_at=taken_at))
        found.append((pile, left))
    result: list[_Pieces] = []
    amount_left, pieces_left = amount_jpy, pieces
    for pile, count in found:
        for part, after_close in ((min(count, in_time), False), (max(0, count - in_time), True)):
            if not part:
                continue
            share = None
            if amount_left is not None:
                share = amount_left * part // pieces_left
                amount_left -= share
            pieces_left -= part
            result.append(_Pieces(line, pile, part, share, after_close))
        in_time -= min(count, in_time)
    return result


def _by_group(draft: Draft, gone: Sequence[_Pieces]) -> list[tuple[str, bool, tuple[CollectedLine, ...]]]:
    groups: dict[tuple[str, bool], list[CollectedLine]] = {}
    for each in gone:
        collected = CollectedLine(
            line_id=each.line.line_id,
            sku=each.line.sku,
            quantity=each.quantity,
            allocation_id=said_allocation(draft, each.pile.allocation_id),
            amount_jpy=each.amount_jpy,
        )
        groups.setdefault((each.line.group_id, each.after_close), []).append(collected)
    return [(group_id, after_close, tuple(lines)) for (group_id, after_close), lines in groups.items()]
