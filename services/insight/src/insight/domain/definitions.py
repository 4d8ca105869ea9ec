"""KPIs as they are defined: a formula over counted figures, a unit, who answers for it, a target and its day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from insight.domain.kpis import MEANS, Kpi, KpiKey, events_of, unit_of

PERCENT = "percent"
_CONVERSIONS = {("seconds", "minutes"): 1 / 60}
_DIGITS = 6
"""Of a value: sums of fractions differ behind these by the order in which they were added."""

Amounts = Mapping[Kpi, tuple[float, int]]
"""Figures of one scope and period: what each comes to, and how many it was counted from."""


class Kind(StrEnum):
    """What a formula does with its figures."""

    SUM = "sum"
    RATIO = "ratio"
    MEAN = "mean"


class Better(StrEnum):
    """Which way a KPI should go."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Formula:
    """The sum of some figures; by the sum of others; or a figure by how many it was counted from."""

    kind: Kind
    of: tuple[Kpi, ...]
    by: tuple[Kpi, ...] = ()

    @property
    def figures(self) -> tuple[Kpi, ...]:
        """All of its figures, each once."""
        return tuple(dict.fromkeys((*self.of, *self.by)))

    def __str__(self) -> str:
        of, by = " + ".join(self.of), " + ".join(self.by)
        match self.kind:
            case Kind.SUM:
                return of
            case Kind.MEAN:
                return f"mean({of})"
            case Kind.RATIO:
                return f"{_in_brackets(of, self.of)} / {_in_brackets(by, self.by)}"


@dataclass(frozen=True, slots=True)
class Value:
    """What a KPI comes to; None: no data, and why there is none."""

    value: float | None
    no_data: str | None


@dataclass(frozen=True, slots=True)
class Definition:
    """A KPI. Without an owner it is a figure that nobody has defined anything about."""

    name: str
    title: str
    formula: Formula
    unit: str
    better: Better | None = None
    owner: str | None = None
    target: float | None = None
    due: date | None = None
    is_operational: bool = False
    settles_days: int = 0
    """How long a day's value still grows by itself: who bought that day has so long to come back."""

    @property
    def events(self) -> tuple[str, ...]:
        """The messages that it is counted from."""
        return tuple(dict.fromkeys(event for kpi in self.formula.figures for event in events_of(kpi)))

    def value(self, amounts: Amounts) -> float | None:
        """The KPI; None where there is nothing to divide by."""
        of = sum(amounts.get(kpi, (0.0, 0))[0] for kpi in self.formula.of)
        by: float = 1
        if self.formula.kind is Kind.MEAN:
            by = sum(amounts.get(kpi, (0.0, 0))[1] for kpi in self.formula.of)
        elif self.formula.kind is Kind.RATIO:
            by = sum(amounts.get(kpi, (0.0, 0))[0] for kpi in self.formula.by)
        # Adding 0.0 makes a zero of a negative one.
        return round(of / by * self._factor, _DIGITS) + 0.0 if by else None

    def settles_on(self, last_day: date) -> date:
        """The business day from which on the value of a period that ends with `last_day` stands."""
        return last_day + timedelta(days=1 + self.settles_days)

    def said(self, amounts: Amounts, last_day: date | None, today: date) -> Value:
        """The KPI as it is shown on a business day, of a period that ends with `last_day`; None: that never ends."""
        if self.settles_days and last_day is not None and self.settles_on(last_day) > today:
            return Value(None, f"no data yet: this is settled on {self.settles_on(last_day)}")
        value = self.value(amounts)
        return Value(value, self._no_data if value is None else None)

    @property
    def is_sum(self) -> bool:
        """Whether a day on which nothing was counted is 0, not a day without data."""
        return self.formula.kind is Kind.SUM

    @property
    def _no_data(self) -> str:
        """Why there is no value, as a sentence."""
        if self.formula.kind is Kind.MEAN:
            return f"no data: nothing was counted for {self.formula.of[0]}"
        return f"no data: {' + '.join(self.formula.by)} is 0, and nothing can be divided by that"

    @property
    def _factor(self) -> float:
        if self.unit == PERCENT:
            return 100
        return _CONVERSIONS.get((unit_of(self.formula.of[0]), self.unit), 1)


def units_of(formula: Formula) -> tuple[str, ...]:
    """The units that a KPI of this formula can have."""
    of = unit_of(formula.of[0])
    if formula.kind is Kind.RATIO:
        by = unit_of(formula.by[0])
        return (PERCENT,) if of == by else (f"{of} per {by}", PERCENT)
    return (of, *(to for given, to in _CONVERSIONS if given == of))


class Definitions:
    """All KPIs by name, and which of them a figure changes."""

    def __init__(self, defined: Iterable[Definition]) -> None:
        self.defined = tuple(defined)
        """Those that somebody answers for, in the order of the file."""
        figures: dict[str, Definition] = {
            kpi: Definition(kpi, kpi, Formula(Kind.MEAN if kpi in MEANS else Kind.SUM, (kpi,)), unit_of(kpi))
            for kpi in Kpi
        }
        self.by_name: Mapping[str, Definition] = {
            **figures,
            **{definition.name: definition for definition in self.defined},
        }
        self._of_figure = {
            kpi: tuple(one.name for one in self.defined if kpi in one.formula.figures) for kpi in Kpi
        }

    def changed_by(self, keys: Iterable[KpiKey]) -> set[KpiKey]:
        """The KPIs that are others once these figures have changed."""
        return {
            KpiKey(name, key.scope, key.period)
            for key in keys
            if key.name in self._of_figure
            for name in self._of_figure[Kpi(key.name)]
        }

    def figures_of(self, keys: Iterable[KpiKey]) -> set[KpiKey]:
        """The figures that these KPIs are made of."""
        return {
            KpiKey(kpi, key.scope, key.period)
            for key in keys
            if key.name in self.by_name
            for kpi in self.by_name[key.name].formula.figures
        }


def _in_brackets(text: str, figures: tuple[Kpi, ...]) -> str:
    return f"({text})" if len(figures) > 1 else text
