"""The rules of segments from their data file."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from customer.domain.segments import Rules, SegmentRule
from customer.settings import settings
from tsunagu.contracts.values import Segment

PACKAGED = Path(__file__).with_name("rules.toml")
SPAN_DAYS_MAX = 3_650
"""Longest span of a rule: ten years; more is a typing error."""

Days = Annotated[int, Field(ge=1, le=SPAN_DAYS_MAX)]
Number = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str


class _Segment(_Part):
    name: Segment
    purchases_min: Number | None = None
    purchases_max: Number | None = None
    within_days: Days | None = None
    days_since_last_min: Days | None = None


class _Recency(_Part):
    days: tuple[Days, Days, Days, Days]


class _Frequency(_Part):
    window_days: Days
    purchases: tuple[Number, Number, Number, Number]


class _Monetary(_Part):
    window_days: Days
    amounts_jpy: tuple[Number, Number, Number, Number]


class _Journey(_Part):
    window_days: Days


class _Quintiles(_Part):
    customers_min: Annotated[int, Field(ge=5)]


class _File(_Part):
    reason: Literal[""] = ""
    segment: tuple[_Segment, ...]
    recency: _Recency
    frequency: _Frequency
    monetary: _Monetary
    journey: _Journey
    quintiles: _Quintiles | None = None

    @model_validator(mode="after")
    def _covers_everybody(self) -> "_File":
        least = min(
            (rule.purchases_min or 0 for rule in self.segment if _asks_for_number_only(rule)), default=2
        )
        if least > 1 or not any(
            rule.purchases_max is not None or not rule.purchases_min for rule in self.segment
        ):
            raise ValueError(
                "some customers would be in no segment: end with a rule that holds for one purchase"
            )
        for thresholds in (self.recency.days, self.frequency.purchases, self.monetary.amounts_jpy):
            if list(thresholds) != sorted(set(thresholds)):
                raise ValueError("thresholds must ascend")
        return self


def _asks_for_number_only(rule: _Segment) -> bool:
    return rule.within_days is None and rule.days_since_last_min is None and rule.purchases_max is None


def load(path: Path) -> Rules:
    """The rules of a file. Raises OSError, TOMLDecodeError, or ValidationError, which name what is wrong."""
    content = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    return Rules(
        segments=tuple(
            SegmentRule(
                segment=rule.name,
                reason=rule.reason,
                purchases_min=rule.purchases_min,
                purchases_max=rule.purchases_max,
                within_days=rule.within_days,
                days_since_last_min=rule.days_since_last_min,
            )
            for rule in content.segment
        ),
        recency_days=content.recency.days,
        frequency_window_days=content.frequency.window_days,
        frequency_purchases=content.frequency.purchases,
        monetary_window_days=content.monetary.window_days,
        monetary_amounts_jpy=content.monetary.amounts_jpy,
        journey_window_days=content.journey.window_days,
        quintiles_customers_min=None if content.quintiles is None else content.quintiles.customers_min,
    )


@cache
def rules() -> Rules:
    """The rules in force, read once."""
    return load(settings().rules_file or PACKAGED)
