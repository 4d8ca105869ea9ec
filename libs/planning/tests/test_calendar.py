"""When a place is open, and when work there is done."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts.messages import Location
from tsunagu.contracts.values import LocationKind, OpeningHours, Weekday
from tsunagu.planning import CLOSED, Hours, open_for, opens_within

SHOP = Hours((600,) * 7, (1260,) * 7)
REFIT = Hours(SHOP.opens, SHOP.closes, frozenset({date(2026, 4, 2), date(2026, 4, 3)}))


def japan(day: int, hour: int, minute: int = 0, month: int = 4) -> datetime:
    """A time of 2026 in Japan; 1 April is a Wednesday."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=9)


@pytest.mark.parametrize(
    ("start", "ready"),
    [
        (japan(1, 9), japan(1, 10, 30)),
        (japan(1, 15), japan(1, 15, 30)),
        (japan(1, 20, 45), japan(2, 10, 30)),
        (japan(1, 23), japan(2, 10, 30)),
    ],
)
def test_open_for__half_an_hour_of_work__within_opening_hours(start: datetime, ready: datetime) -> None:
    assert open_for(SHOP, start, 30) == ready


@pytest.mark.parametrize(
    ("start", "open_at"),
    [
        (japan(1, 9), japan(1, 10)),
        (japan(1, 15), japan(1, 15)),
        (japan(1, 21), japan(2, 10)),
    ],
)
def test_open_for__no_work__as_soon_as_it_is_open(start: datetime, open_at: datetime) -> None:
    assert open_for(SHOP, start, 0) == open_at


def test_open_for__no_work_and_closed_from_midnight_on__not_at_midnight() -> None:
    closed = Hours(closed_on=frozenset({date(2026, 4, 2)}))
    assert open_for(closed, japan(2, 0), 0) == japan(3, 0)


def test_open_for__closed_on_a_day__the_next_one() -> None:
    hours = Hours((600, 600, 600, -1, 600, 600, 600), (1260, 1260, 1260, -1, 1260, 1260, 1260))
    assert open_for(hours, japan(1, 22), 30) == japan(3, 10, 30)


def test_open_for__open_past_midnight__belongs_to_the_day_before() -> None:
    late = Hours((1080,) * 7, (1560,) * 7)
    assert open_for(late, japan(2, 1), 30) == japan(2, 1, 30)


def test_open_for__no_hours_known__always_open() -> None:
    assert open_for(Hours(), japan(1, 3), 30) == japan(1, 3, 30)


def test_open_for__more_work_than_an_opening_has__done_when_it_closes() -> None:
    assert open_for(SHOP, japan(1, 9), 12 * 60) == japan(1, 21)
    assert open_for(SHOP, japan(1, 12), 12 * 60) == japan(2, 21)


def test_open_for__never_open__as_if_nobody_closed() -> None:
    assert open_for(Hours((CLOSED,) * 7, (CLOSED,) * 7), japan(1, 3), 30) == japan(1, 3, 30)


def test_open_for__closed_dates__the_next_day_on_which_it_opens() -> None:
    assert open_for(REFIT, japan(1, 20, 45), 30) == japan(4, 10, 30)
    assert open_for(REFIT, japan(2, 12), 30) == japan(4, 10, 30)
    assert open_for(REFIT, japan(1, 12), 30) == japan(1, 12, 30)


def test_open_for__closed_dates_and_no_hours_known__open_all_day_but_then() -> None:
    closed = Hours(closed_on=frozenset({date(2026, 4, 2)}))
    assert open_for(closed, japan(1, 3), 30) == japan(1, 3, 30)
    assert open_for(closed, japan(2, 3), 30) == japan(3, 0, 30)


def test_open_for__public_holidays__closed_where_the_place_says_so() -> None:
    # Sunday 3 to Wednesday 6 May 2026 are holidays, the last of them as the substitute of the Sunday.
    closes = Hours(SHOP.opens, SHOP.closes, opens_on_holidays=False)
    assert open_for(closes, japan(3, 12, month=5), 30) == japan(7, 10, 30, month=5)
    assert open_for(SHOP, japan(3, 12, month=5), 30) == japan(3, 12, 30, month=5)
    all_day = Hours(opens_on_holidays=False)
    assert open_for(all_day, japan(3, 12, month=5), 30) == japan(7, 0, 30, month=5)


def test_open_for__closed_dates_beside_holidays__both_count() -> None:
    hours = Hours(SHOP.opens, SHOP.closes, frozenset({date(2026, 5, 7)}), opens_on_holidays=False)
    assert open_for(hours, japan(2, 22, month=5), 30) == japan(8, 10, 30, month=5)


@given(st.integers(0, 10), st.frozensets(st.integers(1, 12), max_size=12))
def test_opens_within__any_closed_dates__whether_one_of_the_days_is_left(
    days: int, closed: frozenset[int]
) -> None:
    hours = Hours(SHOP.opens, SHOP.closes, frozenset(date(2026, 4, day) for day in closed))
    assert opens_within(hours, japan(1, 9), days) == any(1 + day not in closed for day in range(days + 1))


def test_opens_within__closing_time_is_over__not_today_any_more() -> None:
    assert not opens_within(REFIT, japan(1, 21), 2)
    assert opens_within(REFIT, japan(1, 20, 59), 0)


def test_opens_within__nothing_but_holidays__closed_where_the_place_says_so() -> None:
    closes = Hours(opens_on_holidays=False)
    assert not opens_within(closes, japan(3, 0, month=5), 3)
    assert opens_within(closes, japan(3, 0, month=5), 4)
    assert opens_within(Hours(), japan(3, 0, month=5), 0)


@given(
    st.integers(0, 24 * 60),
    st.integers(1, 24 * 60),
    st.frozensets(st.integers(1, 30).map(lambda day: date(2026, 5, day)), max_size=5),
    st.booleans(),
    st.datetimes(datetime(2026, 4, 20), datetime(2026, 5, 20), timezones=st.just(UTC)),
    st.integers(0, 600),
)
def test_open_for__any_hours_and_work__done_within_an_opening_after_its_start(
    opens: int, length: int, closed: frozenset[date], on_holidays: bool, start: datetime, minutes: int
) -> None:
    hours = Hours((opens,) * 7, (opens + length,) * 7, closed, on_holidays)
    done = open_for(hours, start, minutes)
    work = min(minutes, length)
    assert done >= start + timedelta(minutes=work)
    began = done - timedelta(minutes=work)
    openings = [hours.on(date(2026, 4, 18) + timedelta(days=n)) for n in range(90)]
    inside = [times for times in openings if times and times[0] <= began < times[1] and done <= times[1]]
    assert inside
    # Whoever waits before it is open, or begins the work later, is not done earlier.
    assert open_for(hours, start + timedelta(minutes=7), minutes) >= done


def location(*hours: tuple[str, str, str], **values: Any) -> Location:
    return Location(
        location_id="S1",
        version=1,
        name_ja="渋谷店",
        name_en="Shibuya",
        company_id="C",
        kind=LocationKind.STORE,
        prefecture="JP-13",
        city="渋谷区",
        address="1-1",
        latitude=35.0,
        longitude=139.0,
        pickup_enabled=True,
        pick_minutes_per_day=1,
        opening_hours=tuple(
            OpeningHours(day=Weekday(day), opens=opens, closes=closes) for day, opens, closes in hours
        ),
        **values,
    )


def test_hours_of__a_location__days_that_are_not_named_are_closed() -> None:
    hours = Hours.of(location(("sun", "09:30", "25:00"), ("mon", "10:00", "20:00")))
    assert hours == Hours((600, *(CLOSED,) * 5, 570), (1200, *(CLOSED,) * 5, 1500))


def test_hours_of__a_location_without_hours__never_closes_but_on_its_days() -> None:
    assert Hours.of(location()).never_closes
    closed = Hours.of(location(closed_dates=(date(2027, 1, 1),), opens_on_holidays=False))
    assert closed == Hours(closed_on=frozenset({date(2027, 1, 1)}), opens_on_holidays=False)
