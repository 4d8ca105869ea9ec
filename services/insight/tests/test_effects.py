"""Whether a measure moved a KPI by more than noise: known values, and what the test promises."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.domain.definitions import Better
from insight.domain.effects import CHANCE_MAX, Word, chance_of, effect

STARTS_ON = date(2026, 4, 1)


def a_series(before: list[float], after: list[float]) -> dict[date, float]:
    first = STARTS_ON - timedelta(days=len(before))
    return {first + timedelta(days=n): number for n, number in enumerate([*before, *after])}


def test_effect__a_step_far_above_the_noise__is_told_by_its_direction() -> None:
    days = a_series([10 + n % 3 for n in range(28)], [20 + n % 3 for n in range(28)])
    up = effect(days, [], STARTS_ON, Better.HIGHER)
    assert up.word is Word.BETTER
    assert (up.days_before, up.days_after, up.chance) == (28, 28, 2 / 56)
    assert up.difference == pytest.approx(10, abs=0.1)
    assert effect(days, [], STARTS_ON, Better.LOWER).word is Word.WORSE
    assert effect(days, [], STARTS_ON, None).word is Word.OTHER


def test_effect__no_step__is_noise() -> None:
    numbers = random.Random(7)
    days = a_series([numbers.gauss(10, 1) for _ in range(28)], [numbers.gauss(10, 1) for _ in range(28)])
    assert effect(days, [], STARTS_ON, Better.HIGHER).word is Word.NOISE


def test_effect__what_moves_all_stores__moves_none() -> None:
    days = a_series([10 + n % 3 for n in range(28)], [20 + n % 3 for n in range(28)])
    others = [a_series([5 + n % 2 for n in range(28)], [15 + n % 2 for n in range(28)])]
    assert effect(days, [], STARTS_ON, Better.HIGHER).word is Word.BETTER
    beside = effect(days, others, STARTS_ON, Better.HIGHER)
    assert beside.word is Word.NOISE
    assert (beside.others_before, beside.others_after) == (5.5, 15.5)


@pytest.mark.parametrize(("before", "after"), [(28, 6), (6, 28), (28, 0), (0, 0), (19, 20)])
def test_effect__few_days__is_too_few_to_tell(before: int, after: int) -> None:
    days = a_series([1.0] * before, [9.0] * after)
    assert effect(days, [], STARTS_ON, Better.HIGHER).word is Word.TOO_FEW


def test_effect__days_without_data_in_the_group__do_not_count() -> None:
    days = a_series([10.0] * 28, [20.0] * 28)
    group = {day: 1.0 for n, day in enumerate(days) if n % 2}
    beside = effect(days, [group], STARTS_ON, Better.HIGHER)
    assert (beside.days_before, beside.days_after) == (14, 14)


def test_chance__known_values() -> None:
    # 40 days of which the last 20 are higher: only the true turn and the opposite one are as far apart.
    assert chance_of([0.0] * 20, [1.0] * 20) == 2 / 40
    # 14 of 42: no other turn has all of them.
    assert chance_of([0.0] * 28, [1.0] * 14) == 1 / 42
    assert chance_of([1.0] * 28, [1.0] * 14) == 1.0


_NUMBERS = st.lists(st.integers(-1000, 1000).map(float), min_size=40, max_size=60)


@given(numbers=_NUMBERS, after=st.integers(7, 33))
def test_chance__however_the_days_are_turned__at_most_one_in_twenty_is_called_an_effect(
    numbers: list[float], after: int
) -> None:
    turns = [numbers[n:] + numbers[:n] for n in range(len(numbers))]
    chances = [chance_of(turn[:-after], turn[-after:]) for turn in turns]
    assert sum(chance is not None and chance <= CHANCE_MAX for chance in chances) <= CHANCE_MAX * len(turns)


@given(
    numbers=_NUMBERS,
    after=st.integers(7, 33),
    shift=st.integers(-5, 5),
    factor=st.sampled_from((-2.0, 0.5, 4.0)),
)
def test_chance__another_unit_or_zero__changes_nothing(
    numbers: list[float], after: int, shift: int, factor: float
) -> None:
    other = [factor * (number + shift) for number in numbers]
    assert chance_of(other[:-after], other[-after:]) == chance_of(numbers[:-after], numbers[-after:])
