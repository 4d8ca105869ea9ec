"""Matching goods that came back with the pieces that were handed out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from order.domain.order import BackLine, GoodsBack, Line, Order
from order.domain.outcomes import Decision, Outcome, Refund, RefundKind, Returned, Unmatched
from tsunagu.contracts.values import RefundLine, ReturnedLine, UnmatchedReturnLine


@dataclass(slots=True)
class _Tally:
    """A return being matched: what fits, what does not, and whether a handover could still make it fit."""

    lines: dict[str, Line]
    returned: list[ReturnedLine]
    refunds: list[RefundLine]
    rest: list[UnmatchedReturnLine]
    waits: bool = False


def book(order: Order, goods: GoodsBack, *, final: bool) -> Decision | None:
    """Book a return as a whole; None while a handover that would make more of it fit may still come.

    What fits becomes `Returned`, with `Refund` of what no till has paid back yet; the rest becomes `Unmatched`.
    `final` waits no longer.
    """
    tally = _Tally(dict(order.lines), [], [], [])
    hopes = {line_id: line.open for line_id, line in order.lines.items()}
    for back in goods.lines:
        _match(back, tally, hopes)
    if tally.waits and not final:
        return None
    waiting = tuple(other for other in order.returns_waiting if other.return_id != goods.return_id)
    after = replace(order, lines=tally.lines, returns_waiting=waiting)
    outcomes: list[Outcome] = []
    if tally.returned:
        outcomes.append(
            Returned(
                goods.return_id,
                goods.location_id,
                goods.receipt_id,
                tuple(tally.returned),
                after.finished,
            )
        )
    if tally.refunds:
        outcomes.append(Refund(RefundKind.RETURN, goods.return_id, "returned", tuple(tally.refunds)))
    if tally.rest:
        outcomes.append(unmatched(goods, tally.rest))
    return Decision(after, tuple(outcomes))


def unmatched(goods: GoodsBack, lines: Iterable[UnmatchedReturnLine] | None = None) -> Unmatched:
    """A return, or these lines of it, as a plain one."""
    if lines is None:
        lines = [
            _unmatched_line(back, back.line_id, back.quantity, back.amount_jpy or 0) for back in goods.lines
        ]
    return Unmatched(goods.return_id, goods.location_id, goods.receipt_id, goods.customer_ref, tuple(lines))


def _match(back: BackLine, tally: _Tally, hopes: dict[str, int]) -> None:
    left, paid_back_jpy = back.quantity, back.amount_jpy or 0
    candidates = _candidates(tally.lines, back)
    for line in candidates:
        fits = min(left, line.completed - line.returned)
        if fits:
            # The till's amount goes with its pieces; what is cut off stays with those that are left.
            share_jpy = paid_back_jpy * fits // left
            _take(back, line, fits, share_jpy, tally)
            left, paid_back_jpy = left - fits, paid_back_jpy - share_jpy
    hoped = 0
    for line in candidates:
        taken = min(left - hoped, hopes[line.line_id])
        hopes[line.line_id] -= taken
        hoped += taken
    tally.waits = tally.waits or hoped > 0
    if left:
        line_id = back.line_id or (candidates[0].line_id if candidates else None)
        tally.rest.append(_unmatched_line(back, line_id, left, paid_back_jpy))


def _candidates(lines: Mapping[str, Line], back: BackLine) -> list[Line]:
    if back.line_id is None:
        return [line for line in lines.values() if line.sku == back.sku]
    line = lines.get(back.line_id)
    return [line] if line is not None and line.sku == back.sku else []


def _take(back: BackLine, line: Line, quantity: int, paid_back_jpy: int, tally: _Tally) -> None:
    # Cumulative shares: however many returns a line has, their values add up to what it had cost.
    value_jpy = line.completed_jpy * (line.returned + quantity) // line.completed - line.returned_jpy
    value_jpy = max(value_jpy, 0)
    refund_jpy = max(value_jpy - paid_back_jpy, 0)
    tally.lines[line.line_id] = replace(
        line,
        returned=line.returned + quantity,
        returned_jpy=line.returned_jpy + value_jpy,
        refunded_jpy=line.refunded_jpy + refund_jpy,
    )
    tally.returned.append(
        ReturnedLine(
            line_id=line.line_id,
            sku=line.sku,
            quantity=quantity,
            disposition=back.disposition,
            amount_jpy=value_jpy,
            tax_percent=line.tax_percent,
        )
    )
    if refund_jpy:
        tally.refunds.append(
            RefundLine(line_id=line.line_id, sku=line.sku, quantity=quantity, amount_jpy=refund_jpy)
        )


def _unmatched_line(
    back: BackLine, line_id: str | None, quantity: int, paid_back_jpy: int
) -> UnmatchedReturnLine:
    return UnmatchedReturnLine(
        line_id=line_id or back.sku,
        sku=back.sku,
        quantity=quantity,
        disposition=back.disposition,
        amount_jpy=None if back.amount_jpy is None else paid_back_jpy,
        tax_percent=back.tax_percent,
    )
