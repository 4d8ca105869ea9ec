"""What the board shows beside KPIs: their definitions, policies, what measures moved; and what it asks."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from tsunagu.contracts.message import Command, State
from tsunagu.contracts.messages.insight import InsightEvent, MeasureTerms, Scope
from tsunagu.contracts.values import (
    EXPLAINED_PARTS_MAX,
    PARTIES_MAX,
    Channel,
    Code,
    Count,
    Day,
    Flag,
    Id,
    KpiPart,
    MeasureEffect,
    Name,
    Number,
    PartyCredit,
    PolicyDepartment,
    PolicyPart,
    Ref,
    RolePercent,
    Text,
    Yen,
)

ROLES_MAX = 20
"""Most parts of a policy: there are six roles."""

SALES_MAX = 2**53 - 1  # what every reader of JSON takes as a whole number
Sales = Annotated[int, Field(strict=True, ge=0, le=SALES_MAX)]
"""A number of sales, of a quarter and all stores."""


class KpiDefinition(State):
    """How a KPI is made of figures; one without an owner is a figure itself."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.kpi_definition.v1"
    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: Code
    title: Name
    formula: Name
    figures: tuple[Code, ...]
    """Those in the formula; each has values of its own."""
    unit: Name
    better: Code | None = None
    """higher or lower."""
    owner: Ref | None = None
    target: Number | None = None
    due: Day | None = None
    events: tuple[Name, ...] = ()
    """The messages that the figures are counted from."""


class CreditPolicy(State):
    """A policy that can be tried and adopted, and since when it holds."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.credit_policy.v1"
    KEY: ClassVar[tuple[str, ...]] = ("policy_id",)

    policy_id: Id
    title: Name
    store_channels: tuple[Channel, ...] = ()
    otherwise: Id
    """The department that has what nobody else earned."""
    departments: tuple[PolicyDepartment, ...] = ()
    parts: Annotated[tuple[PolicyPart, ...], Field(max_length=ROLES_MAX)]
    adopted_from: tuple[Day, ...] = ()
    """The first day of each adoption, in the order in which they were made."""
    is_default: Flag
    """Credits the days on which no adopted policy is in force."""


class Measure(MeasureTerms, State):
    """A measure on record and what it has moved so far."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.measure.v1"
    KEY: ClassVar[tuple[str, ...]] = ("measure_id",)

    unit: Name | None = None
    stores_compared: Count = 0
    """Stores without a measure about this KPI, which it is compared with."""
    effect: MeasureEffect | None = None
    """None where the KPI is defined no more."""
    as_of: Day
    """The last day that was over when this was worked out."""


class TrialTerms(BaseModel):
    """A policy over business days; with `percents`, the policy with these parts instead of its own."""

    trial_id: Id
    policy_id: Id
    percents: Annotated[tuple[RolePercent, ...], Field(max_length=ROLES_MAX)] = ()
    first_day: Day
    last_day: Day


class TryPolicy(TrialTerms, Command):
    """Find out what another policy would have credited; nothing is changed."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.try_policy.v1"
    KEY: ClassVar[tuple[str, ...]] = ("trial_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("trial_id",)


class PolicyTried(TrialTerms, InsightEvent):
    """What everybody is credited and would be credited, for what was sold on these days and did not come back."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.policy_tried.v1"
    KEY: ClassVar[tuple[str, ...]] = ("trial_id",)

    sales: Sales
    amount_jpy: Yen
    parties: Annotated[tuple[PartyCredit, ...], Field(max_length=PARTIES_MAX)]


class ExplanationTerms(BaseModel):
    """What makes a KPI: of which scope, on which day (none: ever), after which part."""

    question_id: Id
    kpi: Code
    scope: Scope
    day: Day | None = None
    after: Text = ""


class ExplainKpi(ExplanationTerms, Command):
    """Show what stands behind a KPI, a page at a time."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.explain_kpi.v1"
    KEY: ClassVar[tuple[str, ...]] = ("question_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("question_id",)


class KpiExplained(ExplanationTerms, InsightEvent):
    """A page of what stands behind a KPI."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.kpi_explained.v1"
    KEY: ClassVar[tuple[str, ...]] = ("question_id",)

    parts: Annotated[tuple[KpiPart, ...], Field(max_length=EXPLAINED_PARTS_MAX)]
    next_after: Name | None = None
    """Where the next page begins; none: that was all."""
