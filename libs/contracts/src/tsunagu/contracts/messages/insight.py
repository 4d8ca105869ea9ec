"""Measuring: KPIs with target, owner and date; measures taken; policies in force; the daily journal."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from tsunagu.contracts.message import Command, Event, State
from tsunagu.contracts.values import (
    Code,
    Day,
    Id,
    Instant,
    JournalPart,
    LocationId,
    Name,
    Number,
    Ref,
    Text,
    Version,
)

Scope = Annotated[str, Field(pattern=r"^[^:\x00-\x1f\x7f-\x9f]{1,100}$")]
"""What a figure is about: "all", a location_id, a channel."""

Period = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,32}$")]
"""When it is about: "2026-04-01", "2026-W14", "2026-04", "total"."""


class KpiValue(State):
    """A figure, what it should be, and who answers for it."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.kpi.v1"
    KEY: ClassVar[tuple[str, ...]] = ("kpi_id",)

    name: Code
    scope: Scope
    period: Period
    value: Number | None = None
    """None where there is nothing to divide by: that is no 0."""
    no_data: Text | None = None
    """Why there is no value."""
    unit: Name
    target: Number | None = None
    baseline: Number | None = None
    owner: Ref | None = None
    due: Day | None = None

    @property
    def kpi_id(self) -> str:
        """The record key, kpi:scope:period."""
        return f"{self.name}:{self.scope}:{self.period}"


class TargetTerms(BaseModel):
    """What a KPI shall reach, by when, and who answers for it."""

    target_id: Id
    kpi: Code
    scope: Scope
    period: Period
    target: Number
    owner: Ref
    due: Day


class MeasureTerms(BaseModel):
    """Something done to move a KPI: what, by whom, from when."""

    measure_id: Id
    kpi: Code
    scope: Scope
    title: Name
    description: Text = ""
    owner: Ref
    starts_on: Day
    due: Day | None = None
    expected: Number | None = None
    """By how much the KPI shall change, in its unit."""


class BaselineTerms(BaseModel):
    """What a KPI was before: the figure that later ones are compared with."""

    baseline_id: Id
    kpi: Code
    scope: Scope
    period: Period
    value: Number
    note: Text = ""


class PolicyTerms(BaseModel):
    """A policy (such as sales credit) that holds from a day on, agreed by all who must."""

    adoption_id: Id
    policy_id: Id
    kind: Code
    """What it governs: "credit" and the like."""
    effective_from: Day
    agreed_by: Annotated[tuple[Ref, ...], Field(min_length=1, max_length=20)]
    note: Text = ""


class SetTarget(TargetTerms, Command):
    """Set what a KPI shall reach."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.set_target.v1"
    KEY: ClassVar[tuple[str, ...]] = ("kpi",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("target_id",)


class RecordMeasure(MeasureTerms, Command):
    """Record something that is done to move a KPI."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.record_measure.v1"
    KEY: ClassVar[tuple[str, ...]] = ("measure_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("measure_id",)


class SetBaseline(BaselineTerms, Command):
    """Set what a KPI was before."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.set_baseline.v1"
    KEY: ClassVar[tuple[str, ...]] = ("kpi",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("baseline_id",)


class AdoptPolicy(PolicyTerms, Command):
    """Put a policy into force."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.adopt_policy.v1"
    KEY: ClassVar[tuple[str, ...]] = ("policy_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("adoption_id",)


class InsightEvent(Event):
    """What insight took on record; `version` counts per record key."""

    version: Version
    staff_ref: Ref | None = None


class TargetSet(TargetTerms, InsightEvent):
    """A KPI has a target."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.target_set.v1"
    KEY: ClassVar[tuple[str, ...]] = ("kpi",)


class MeasureRecorded(MeasureTerms, InsightEvent):
    """A measure is on record."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.measure_recorded.v1"
    KEY: ClassVar[tuple[str, ...]] = ("measure_id",)


class BaselineSet(BaselineTerms, InsightEvent):
    """A KPI has a baseline."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.baseline_set.v1"
    KEY: ClassVar[tuple[str, ...]] = ("kpi",)


class PolicyAdopted(PolicyTerms, InsightEvent):
    """A policy is in force."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.policy_adopted.v1"
    KEY: ClassVar[tuple[str, ...]] = ("policy_id",)


class JournalDay(State):
    """A business day that is closed: what was taken and paid back where. What is told of a day never changes."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.insight.journal_day.v1"
    KEY: ClassVar[tuple[str, ...]] = ("journal_id",)

    company_id: Id
    place: LocationId
    """The location whose tills have the money; of what a channel has been paid, "@" and the channel."""
    business_date: Day
    closed_at: Instant
    parts: tuple[JournalPart, ...]

    @property
    def journal_id(self) -> str:
        """The record key, company:place:date."""
        return f"{self.company_id}:{self.place}:{self.business_date}"
