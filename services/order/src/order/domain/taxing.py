"""Tax in what order says of money: rounded once per rate over all events of a kind, so that parts add up."""

from collections.abc import Iterable
from typing import TypeAlias

from order.domain.order import Line, Order
from order.domain.outcomes import Completed, Decision, Refund, Returned
from tsunagu.contracts.values import TaxAmount
from tsunagu.tax import Rounding, Way, day_in_japan, percents_in_force, sums_by_rate, tax_of_part

Taxed: TypeAlias = Completed | Refund | Returned


def unknown_percents(order: Order) -> tuple[int, ...]:
    """Percents of lines that no class of goods has on the day on which the order was placed, the way they go."""
    day = day_in_japan(order.placed_at)
    strange = {
        line.tax_percent
        for line in order.lines.values()
        if line.tax_percent not in percents_in_force(Way(order.groups[line.group_id].method), day)
    }
    return tuple(sorted(strange))


def taxes_of(
    before: Order | None, decision: Decision, rounding: Rounding
) -> tuple[tuple[TaxAmount, ...], ...]:
    """The tax of each outcome of a decision, in their order; none of those that name no money.

    `before` is the order before the decision, None for a new one: what its events have said so far is counted on it.
    """
    so_far: dict[type[Taxed], dict[int, int]] = {}
    taxes: list[tuple[TaxAmount, ...]] = []
    for outcome in decision.outcomes:
        if not isinstance(outcome, Taxed):
            taxes.append(())
            continue
        kind = type(outcome)
        said = so_far.setdefault(kind, _said_of(before.lines.values() if before is not None else (), kind))
        # The percent is the line's own, frozen when it was ordered: a return is at the rate of its sale.
        lines = decision.order.lines
        part = sums_by_rate((lines[line.line_id].tax_percent, line.amount_jpy) for line in outcome.lines)
        taxes.append(tax_of_part(said, part, rounding))
        so_far[kind] = sums_by_rate([*said.items(), *part.items()])
    return tuple(taxes)


def _said_of(lines: Iterable[Line], kind: type[Taxed]) -> dict[int, int]:
    """Yen by percent that events of a kind have named so far."""
    return sums_by_rate((line.tax_percent, _amount_said(line, kind)) for line in lines)


def _amount_said(line: Line, kind: type[Taxed]) -> int:
    if kind is Completed:
        return line.completed_jpy
    return line.returned_jpy if kind is Returned else line.refunded_jpy
