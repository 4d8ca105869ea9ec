"""Whether a measure moved a KPI by more than noise.

The test: lay the days before and after out in a ring, and turn it, a day at a time, so that "after" begins elsewhere.
Were the measure without effect, each turn would be as likely as the true one; so the share of turns whose difference is
at least as large is the chance of seeing such a difference without any effect. Turning keeps what one day has from the
day before, which shuffling would lose. With a comparison group, each day's number is the difference to the group: what
moves all stores, moves none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import fmean

from insight.domain.definitions import Better

CHANCE_MAX = 0.05
"""Above it, a difference is called noise: one in twenty measures without effect is still taken for one with."""

DAYS_MIN = 7
"""On each side: a week has all its days."""

_SMALLEST_CHANCE_TURNS = 2
"""The true turn and, where both sides are as long, the opposite one: with fewer days no chance is small enough."""

_EPSILON = 1e-9


class Word(StrEnum):
    """What is said of a measure, in plain words."""

    BETTER = "better, by more than noise"
    WORSE = "worse, by more than noise"
    OTHER = "another, by more than noise"
    NOISE = "no more than noise"
    TOO_FEW = "too few days to tell"


@dataclass(frozen=True, slots=True)
class Effect:
    """A KPI before and after, here and in the comparison group, and how likely the difference is without any effect."""

    before: float | None
    after: float | None
    others_before: float | None
    others_after: float | None
    days_before: int
    days_after: int
    difference: float | None
    chance: float | None
    word: Word


def effect(
    days: Mapping[date, float],
    others: Sequence[Mapping[date, float]],
    starts_on: date,
    better: Better | None,
) -> Effect:
    """Compare the days before `starts_on` with those from then on. Days without data are not in the mappings.

    With a comparison group, only days on which it has data count.
    """
    group = _mean_by_day(others)
    used = sorted(day for day in days if not others or day in group)
    numbers = [days[day] - group.get(day, 0.0) for day in used]
    first = sum(day < starts_on for day in used)
    before, after = numbers[:first], numbers[first:]
    difference = fmean(after) - fmean(before) if before and after else None
    chance = chance_of(before, after)
    return Effect(
        before=_mean([days[day] for day in used[:first]]),
        after=_mean([days[day] for day in used[first:]]),
        others_before=_mean([group[day] for day in used[:first]] if others else []),
        others_after=_mean([group[day] for day in used[first:]] if others else []),
        days_before=len(before),
        days_after=len(after),
        difference=difference,
        chance=chance,
        word=_word(difference, chance, better),
    )


def chance_of(before: Sequence[float], after: Sequence[float]) -> float | None:
    """How likely a difference as large as this is without any effect; None where there are too few days to tell."""
    ring = [*before, *after]
    if min(len(before), len(after)) < DAYS_MIN or len(ring) * CHANCE_MAX < _SMALLEST_CHANCE_TURNS:
        return None
    total, length = sum(ring), len(after)
    differences = []
    window = sum(ring[len(before) :])
    for turn in range(len(ring)):
        differences.append(abs(window / length - (total - window) / len(before)))
        begins = (len(before) + turn) % len(ring)
        window += ring[(begins + length) % len(ring)] - ring[begins]
    tolerance = _EPSILON * max(1.0, *(abs(number) for number in ring))
    return sum(one >= differences[0] - tolerance for one in differences) / len(ring)


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
