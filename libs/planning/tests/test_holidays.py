"""Japan's public holidays, written down by hand from the Act on National Holidays and the almanac's equinoxes."""

from datetime import date, timedelta

import pytest

from tsunagu.planning import is_public_holiday, public_holidays

BY_YEAR = {
    2024: "1/1 1/8 2/11 2/12 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/22 9/23 10/14 11/3 11/4 11/23",
    2025: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24",
    2026: "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23",
    2027: "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23",
    2028: "1/1 1/10 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/17 8/11 9/18 9/22 10/9 11/3 11/23",
    2029: "1/1 1/8 2/11 2/12 2/23 3/20 4/29 4/30 5/3 5/4 5/5 7/16 8/11 9/17 9/23 9/24 10/8 11/3 11/23",
    2030: "1/1 1/14 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/23 10/14 11/3 11/4 11/23",
}


@pytest.mark.parametrize("year", BY_YEAR)
def test_public_holidays__of_a_year__are_those_of_the_law(year: int) -> None:
    days = (day.split("/") for day in BY_YEAR[year].split())
    assert public_holidays(year) == {date(year, int(month), int(day)) for month, day in days}


def test_public_holidays__a_sunday__its_substitute_is_the_next_day_that_is_none() -> None:
    assert date(2026, 5, 3).isoweekday() == 7
    assert is_public_holiday(date(2026, 5, 6))


def test_public_holidays__a_day_between_two__is_a_citizens_holiday() -> None:
    assert [is_public_holiday(date(2026, 9, day)) for day in (20, 21, 22, 23, 24)] == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_public_holidays__the_years_end__is_none_but_new_years_day() -> None:
    days = [date(2026, 12, 29) + timedelta(days=n) for n in range(6)]
    assert [day for day in days if is_public_holiday(day)] == [date(2027, 1, 1)]
