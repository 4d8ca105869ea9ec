"""What moving goods between locations cost, and which department has it."""

from dataclasses import dataclass
from datetime import date

from insight.domain.kpis import Kpi, KpiChanges

_SCOPE_CHARACTERS_MAX = 100  # of a figure's scope, as the contract has it


def department_scope(owner: str) -> str:
    """What a department's figures are about. A scope holds no colon; the prefix keeps it from being a location's."""
    return f"dept-{owner.replace(':', '-')}"[:_SCOPE_CHARACTERS_MAX]


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a shipment that has left, as it is booked."""

    owner: str
    day: date
    amount_jpy: int


def rebook(changes: KpiChanges, before: Cost | None, now: Cost | None) -> None:
    """Book a shipment's cost in the place of what was booked for it."""
    if before == now:
        return
    for cost, sign in ((before, -1), (now, 1)):
        if cost is not None:
            scopes = (department_scope(cost.owner),)
            changes.add(Kpi.TRANSFER_COST_JPY, scopes, cost.day, sign * cost.amount_jpy, sign)
