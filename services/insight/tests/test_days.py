from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from insight.domain.days import booked_day, business_day
from insight.domain.definitions import Definitions
from insight.domain.kpis import Kpi, KpiChanges, is_period

# 5:59 and 6:00 in Tokyo.
BEFORE_SIX, SIX = datetime(2026, 3, 31, 20, 59, tzinfo=UTC), datetime(2026, 3, 31, 21, 0, tzinfo=UTC)


def test_business_day__after_midnight_in_japan__belongs_to_the_day_before_until_it_begins() -> None:
    assert business_day(BEFORE_SIX, 6) == date(2026, 3, 31)
    assert business_day(SIX, 6) == date(2026, 4, 1)
    assert business_day(BEFORE_SIX, 0) == date(2026, 4, 1)


def test_booked_day__from_the_future__counts_when_it_is_recorded() -> None:
    assert booked_day(SIX + timedelta(days=900), now=SIX, begins_hour=6) == date(2026, 4, 1)


def test_value__a_mean__is_amount_by_count_and_no_data_of_nothing() -> None:
    figures = Definitions([]).by_name
    assert figures["pick_minutes"].value({Kpi.PICK_MINUTES: (9.0, 2)}) == 4.5
    assert figures["pick_minutes"].value({Kpi.PICK_MINUTES: (0.0, 0)}) is None
    assert figures["store_minutes"].value({Kpi.STORE_MINUTES: (9.0, 2)}) == 9.0


@pytest.mark.parametrize(
    ("period", "is_one"), [("2026-04-01", True), ("total", True), ("2026-04", False), ("20260401", False)]
)
def test_is_period__days_and_total_only(period: Any, is_one: Any) -> None:
    assert is_period(period) is is_one


def test_kpi_changes__a_day_that_is_not_kept_any_more__changes_only_the_total() -> None:
    changes = KpiChanges(first_day=date(2026, 4, 1))

    changes.add(Kpi.SALES_JPY, ["a", None], date(2026, 3, 31), 5)

    assert changes.changed == {(scope, "total"): {Kpi.SALES_JPY: (5, 1)} for scope in ("all", "a")}
