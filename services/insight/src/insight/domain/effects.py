"""Whether a measure moved a KPI by more than noise, and by more than it was moving anyway.

The difference: the mean after the measure, less the mean before it, less what the KPI would have moved by in that time
had it gone on as from the period before to the one before the measure. A KPI that rises steadily has none. With a
comparison group, each day's number is the difference to the group: what moves all stores, moves none.

The test: take the straight line through all days away, which changes no difference, and lay the rest out in a ring.
Turn it, a day at a time, so that "after" begins elsewhere. Were the measure without effect, each turn would be as
likely as the true one; so the share of turns whose difference is at least as large is the chance of seeing such a
difference without any effect. Turning keeps what one day has from the day before, which shuffling would lose.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import fmean, linear_regression

from insight.domain.definitions import Better

CHANCE_MAX = 0.05
"""Above it, a difference is called noise: one in twenty measures without effect is still taken for one with."""

DAYS_MIN = 7
"""In each period: a week has all its days."""

_SMALLEST_CHANCE_TURNS = 2
"""The true turn and one that is its equal by chance: with fewer days no chance is small enough."""

_EPSILON = 1e-9


class Word(StrEnum):
    """What is said of a measure, in plain words."""

    BETTER = "better, by more than noise"
    WORSE = "worse, by more than noise"
    OTHER = "another, by more than noise"
    NOISE = "no more than noise"
    TOO_FEW = "too few days to tell"


@dataclass(frozen=True, slots=True)
class Periods:
    """The days of three periods, one behind the other, as ordinals: before the one before, before, and after."""

    earlier: Sequence[int]
    before: Sequence[int]
    after: Sequence[int]

    @property
    def all(self) -> Sequence[int]:
        """All of them, in order."""
        return [*self.earlier, *self.before, *self.after]

    @property
    def drift(self) -> float:
        """By how much a KPI that moves steadily moves from before to after, for each 1 from earlier to before."""
        return (fmean(self.after) - fmean(self.before)) / (fmean(self.before) - fmean(self.earlier))

    def weights(self) -> list[float]:
        """What each day's number counts in the difference; those of any straight line add up to 0."""
        earlier, before = self.drift / len(self.earlier), -(1 + self.drift) / len(self.before)
        return [
            *[earlier] * len(self.earlier),
            *[before] * len(self.before),
            *[1 / len(self.after)] * len(self.after),
        ]


@dataclass(frozen=True, slots=True)
class Effect:
    """A KPI before and after, here and in the comparison group, and how likely the difference is without any effect.

    `trend`: by how much the KPI, less the group's, would have moved anyway; `difference` is without it.
    """

    before: float | None
    after: float | None
    others_before: float | None
    others_after: float | None
    days_earlier: int
    days_before: int
    days_after: int
    trend: float | None
    difference: float | None
    chance: float | None
    word: Word


def effect(
    days: Mapping[date, float],
    others: Sequence[Mapping[date, float]],
    earlier_until: date,
    starts_on: date,
    better: Better | None,
) -> Effect:
    """Compare the days from `earlier_until` on before `starts_on` with those from then on, given those before both.

    Days without data are not in the mappings. With a comparison group, only days on which it has data count.
    """
    group = _mean_by_day(others)
    used = sorted(day for day in days if not others or day in group)
    numbers = [days[day] - group.get(day, 0.0) for day in used]
    earlier = [day for day in used if day < earlier_until]
    before = [day for day in used if earlier_until <= day < starts_on]
    after = [day for day in used if day >= starts_on]
    periods = Periods(*([day.toordinal() for day in some] for some in (earlier, before, after)))
    difference = trend = None
    if earlier and before and after:
        difference = _weighed(periods.weights(), numbers)
        trend = _moved(numbers, len(earlier), len(before)) - difference
    chance = chance_of(periods, numbers)
    return Effect(
        before=_mean([days[day] for day in before]),
        after=_mean([days[day] for day in after]),
        others_before=_mean([group[day] for day in before] if others else []),
        others_after=_mean([group[day] for day in after] if others else []),
        days_earlier=len(earlier),
        days_before=len(before),
        days_after=len(after),
        trend=trend,
        difference=difference,
        chance=chance,
        word=_word(difference, chance, better),
    )


def chance_of(periods: Periods, numbers: Sequence[float]) -> float | None:
    """How likely a difference as large as this is without any effect; None where there are too few days to tell.

    `numbers`: one a day, in the order of the days.
    """
    sizes = [len(days) for days in (periods.earlier, periods.before, periods.after)]
    if min(sizes) < DAYS_MIN or sum(sizes) * CHANCE_MAX < _SMALLEST_CHANCE_TURNS:
        return None
    rest = without_line(periods.all, numbers)
    weights = periods.weights()
    differences = [abs(_weighed(weights, rest[turn:] + rest[:turn])) for turn in range(len(rest))]
    tolerance = _EPSILON * max(1.0, *(abs(number) for number in numbers))
    return sum(one >= differences[0] - tolerance for one in differences) / len(rest)


def without_line(days: Sequence[int], numbers: Sequence[float]) -> list[float]:
    """What the straight line that fits the numbers best leaves of them."""
    slope, intercept = linear_regression(days, numbers)
    return [number - slope * day - intercept for day, number in zip(days, numbers, strict=True)]


def _weighed(weights: Sequence[float], numbers: Sequence[float]) -> float:
    return sum(weight * number for weight, number in zip(weights, numbers, strict=True))


def _moved(numbers: Sequence[float], earlier: int, before: int) -> float:
    return fmean(numbers[earlier + before :]) - fmean(numbers[earlier : earlier + before])


def _word(difference: float | None, chance: float | None, better: Better | None) -> Word:
    if difference is None or chance is None:
        return Word.TOO_FEW
    if chance > CHANCE_MAX:
        return Word.NOISE
    if better is None:
        return Word.OTHER
    return Word.BETTER if (difference > 0) == (better is Better.HIGHER) else Word.WORSE


def _mean_by_day(others: Sequence[Mapping[date, float]]) -> dict[date, float]:
    numbers: dict[date, list[float]] = {}
    for one in others:
        for day, number in one.items():
            numbers.setdefault(day, []).append(number)
    return {day: fmean(of_day) for day, of_day in numbers.items()}


def _mean(numbers: Sequence[float]) -> float | None:
    return fmean(numbers) if numbers else None
