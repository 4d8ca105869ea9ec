"""Weeks and months of KPIs."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.domain.kpis import Kpi
from insight.domain.periods import By, last_day_of, period_of, with_empty_days

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(day=DAYS, by=st.sampled_from(By))
def test_last_day__of_any_period__is_in_it_and_the_next_day_is_not(day: date, by: By) -> None:
    period = period_of(day, by)
    last = last_day_of(period)
    assert last >= day
    assert period_of(last, by) == period != period_of(last + timedelta(days=1), by)


def test_empty_days__begin_with_the_scope_and_hide_nothing() -> None:
    one = {Kpi.SCANS: (1.0, 1)}
    found = {("S1", "2026-04-02"): one, ("app", "2026-04-01"): one}
    days = date(2026, 4, 1), date(2026, 4, 3)
    since = {"S1": date(2026, 4, 2), "app": date(2026, 1, 1), "later": date(2026, 5, 1)}
    assert with_empty_days(found, since, days) == {
        ("S1", "2026-04-02"): one,
        ("S1", "2026-04-03"): {},
        ("app", "2026-04-01"): one,
        ("app", "2026-04-02"): {},
        ("app", "2026-04-03"): {},
    }


@pytest.mark.parametrize("by", By)
def test_empty_days__of_a_time_that_ends_before_it_begins__are_none(by: By) -> None:
    assert with_empty_days({}, {"S1": date(2026, 1, 1)}, (date(2026, 4, 2), date(2026, 4, 1)), by) == {}
