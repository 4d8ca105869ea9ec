"""Parts of messages about what the board looks at: how credit is divided, what moved a KPI, what stands behind it."""

from typing import Annotated

from pydantic import Field

from tsunagu.contracts.values.model import Value
from tsunagu.contracts.values.scalars import Code, Count, Day, Id, Name, Number, Text, Yen

PARTIES_MAX = 2_000
"""Most stores and departments in one answer: more than any chain has stores that sell what EC orders."""

EXPLAINED_PARTS_MAX = 1_000
"""Most parts that are shown of a KPI at once: some of each of a hundred orders."""

Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
"""Whole percent of a sale."""


class RolePercent(Value):
    """How much of a sale a role has; 0 leaves it out."""

    role: Code
    percent: Percent


class PolicyPart(RolePercent):
    """A role's part of a sale, and why."""

    reason: Text = ""
    touchpoints: tuple[Code, ...] = ()
    window_days: Count | None = None
    """Before the order, in which a touchpoint counts."""
    department: Id | None = None
    """Who has the part where it is no store's."""


class PolicyDepartment(Value):
    """A department that a policy credits."""

    department_id: Id
    title: Name


class PartyCredit(Value):
    """What a store or a department is credited, and what it would be by the policy that is tried."""

    kind: Code
    """store or department."""
    party_id: Id
    credited_jpy: Yen
    would_be_jpy: Yen
    credited_across_companies_jpy: Yen = 0
    """Of it, what another company has been paid."""
    would_be_across_companies_jpy: Yen = 0


class MeasureEffect(Value):
    """A KPI before and after a measure, here and in the stores that it is compared with."""

    before: Number | None = None
    after: Number | None = None
    others_before: Number | None = None
    others_after: Number | None = None
    days_before: Count
    days_after: Count
    trend: Number | None = None
    """By how much the KPI, less the others', would have moved anyway."""
    difference: Number | None = None
    """After less before, less what moved the others, without the trend."""
    chance: Number | None = None
    """How likely a difference as large is without any effect, from 0 to 1."""
    word: Code
    """better, worse, other, noise or too_few."""


class KpiPart(Value):
    """Something that was counted: an order, a pick, a count, a task, a sale."""

    figure: Code
    part_id: Name
    """Its kind and id, such as "order:0197…"."""
    day: Day
    amount: Number
    count: Number
    facts: tuple[Name, ...] = ()
    """What is known of it, such as "asked" and "promised:2"."""
