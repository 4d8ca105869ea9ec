"""Rates by class, way and day: the history that is known, and midnight in Japan."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts.values import FulfilmentMethod, TaxClass
from tsunagu.tax import Rate, Rates, UnknownRate, Way, day_in_japan, percent_of, percents_in_force

STANDARD, REDUCED = TaxClass.STANDARD, TaxClass.REDUCED
README = Path(__file__).parents[1] / "README.md"


@pytest.mark.parametrize(
    ("day", "standard", "reduced"),
    [
        (date(1997, 4, 1), 5, 5),
        (date(2014, 3, 31), 5, 5),
        (date(2014, 4, 1), 8, 8),
        (date(2019, 9, 30), 8, 8),
        (date(2019, 10, 1), 10, 8),
        (date(2026, 4, 1), 10, 8),
    ],
)
def test_percent__on_each_side_of_every_change__is_the_published_one(
    day: date, standard: int, reduced: int
) -> None:
    for way in (Way.PICKUP, Way.SHIP):
        assert (percent_of(STANDARD, way, day), percent_of(REDUCED, way, day)) == (standard, reduced)
        assert percents_in_force(way, day) == {standard, reduced}


def test_percent__food_that_is_eaten_where_it_is_sold__is_the_standard_one() -> None:
    assert percent_of(REDUCED, Way.EAT_IN, date(2019, 10, 1)) == 10
    assert percents_in_force(Way.EAT_IN, date(2019, 10, 1)) == {10}


def test_percent__before_the_first_rate__is_unknown() -> None:
    before = date(1997, 3, 31)
    with pytest.raises(UnknownRate, match="1997-03-31"):
        percent_of(STANDARD, Way.PICKUP, before)
    assert percents_in_force(Way.PICKUP, before) == frozenset()


def test_day__a_second_before_midnight_in_japan_and_at_midnight__are_two_days_and_two_rates() -> None:
    midnight = datetime(2019, 9, 30, 15, tzinfo=UTC)
    before, after = day_in_japan(midnight - timedelta(seconds=1)), day_in_japan(midnight)
    assert (before, after) == (date(2019, 9, 30), date(2019, 10, 1))
    assert [percent_of(STANDARD, Way.SHIP, day) for day in (before, after)] == [8, 10]


def test_day__of_an_instant_without_a_zone__is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        day_in_japan(datetime(2019, 9, 30, 15))


def test_ways__every_fulfilment_method_of_an_order__is_one() -> None:
    assert {Way(method) for method in FulfilmentMethod} <= set(Way)


def test_rates__two_that_begin_on_the_same_day__are_refused() -> None:
    rate = Rate(STANDARD, Way.PICKUP, date(2030, 1, 1), 12)
    with pytest.raises(ValueError, match="2030-01-01"):
        Rates([rate, rate])


@given(st.dictionaries(st.dates(), st.integers(0, 100), min_size=1, max_size=8), st.dates())
def test_percent__any_history_and_any_day__is_that_of_the_latest_rate_that_has_begun(
    history: dict[date, int], day: date
) -> None:
    rates = Rates(Rate(STANDARD, Way.SHIP, begins, percent) for begins, percent in history.items())
    begun = [begins for begins in history if begins <= day]
    if begun:
        assert rates.percent_of(STANDARD, Way.SHIP, day) == history[max(begun)]
        assert rates.percents_in_force(Way.SHIP, day) == {history[max(begun)]}
    else:
        assert rates.percents_in_force(Way.SHIP, day) == frozenset()


def test_readme__its_example__runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(example, str(README), "exec"), {})
