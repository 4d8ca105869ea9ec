"""When goods leave and arrive: rules for any lane, and holidays worked out by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts import messages
from tsunagu.contracts.values import JAPAN, Weekday
from tsunagu.planning import ALWAYS_OPEN, CLOSED, Hours, Lane, arrival, departure, open_for

DAILY = (0, 1, 2, 3, 4, 5, 6)
WEEKDAYS = (0, 1, 2, 3, 4)
SHOP = Hours((600,) * 7, (1260,) * 7)


def japan(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=JAPAN)


def april(day: int, hour: int, minute: int = 0) -> datetime:
    """In April 2026, of which the first is a Wednesday."""
    return japan(2026, 4, day, hour, minute)


def may(day: int, hour: int) -> datetime:
    """In May 2026: Sunday 3 to Wednesday 6 are holidays."""
    return japan(2026, 5, day, hour)


def there(lane: Lane, packed_at: datetime, destination: Hours, origin: Hours = ALWAYS_OPEN) -> datetime:
    return arrival(lane, departure(lane, packed_at, origin), destination)


# Days, cut-off, days on the way


def test_arrival__cut_off_missed__leaves_on_the_next_day_of_the_lane() -> None:
    lane = Lane((2, 4), 720, 1)  # Wednesday and Friday, noon, one day
    assert there(lane, april(1, 11, 59), SHOP) == april(2, 10)
    assert there(lane, april(1, 12), SHOP) == april(2, 10)
    assert there(lane, april(1, 12, 1), SHOP) == april(4, 10)


def test_arrival__same_day_lane__not_before_its_cut_off() -> None:
    assert there(Lane(DAILY, 720, 0), april(1, 9), SHOP) == april(1, 12)


def test_arrival__same_day_lane_that_leaves_after_closing__the_next_morning() -> None:
    assert there(Lane(DAILY, 22 * 60, 0), april(1, 9), SHOP) == april(2, 10)


def test_departure__cut_off_after_midnight__belongs_to_the_day_before() -> None:
    night = Lane((0,), 25 * 60 + 30, 1)  # 25:30 on Monday
    assert departure(night, april(7, 1), ALWAYS_OPEN) == april(7, 1, 30)
    assert departure(night, april(7, 2), ALWAYS_OPEN) == april(14, 1, 30)


def test_arrival__left_after_midnight__the_days_count_from_the_business_day() -> None:
    night = Lane((0,), 25 * 60 + 30, 1)
    assert there(night, april(6, 20), SHOP) == april(7, 10)
    assert there(night, april(6, 20), ALWAYS_OPEN) == april(7, 1, 30)


def test_arrival__closed_at_either_end__leaves_or_arrives_on_another_day() -> None:
    lane = Lane(DAILY, 720, 1)
    refit = Hours(SHOP.opens, SHOP.closes, frozenset({date(2026, 4, 2), date(2026, 4, 3)}))
    assert there(lane, april(1, 9), refit) == april(4, 10)
    closed_today = Hours(closed_on=frozenset({date(2026, 4, 1)}))
    assert there(lane, april(1, 9), SHOP, closed_today) == april(3, 10)


def test_departure__a_weekday_on_which_its_place_never_opens__leaves_on_another() -> None:
    no_thursdays = Hours((600, 600, 600, CLOSED, 600, 600, 600), (1260, 1260, 1260, CLOSED, 1260, 1260, 1260))
    assert departure(Lane(DAILY, 720, 1), april(1, 13), no_thursdays) == april(3, 12)


def test_departure__its_place_is_closed_for_good__as_if_nobody_closed() -> None:
    closed = Hours((CLOSED,) * 7, (CLOSED,) * 7)
    assert departure(Lane((4,), 720, 1), april(1, 9), closed) == april(3, 12)


def test_departure__a_lane_without_a_day__is_an_error() -> None:
    with pytest.raises(ValueError, match="on no day of the week"):
        departure(Lane((), 720, 1), april(1, 9), SHOP)


# Golden Week 2026: Wednesday 29 April, Sunday 3 to Wednesday 6 May


def test_golden_week__the_lane_rests__leaves_on_the_thursday_after() -> None:
    lane = Lane(WEEKDAYS, 15 * 60, 1, runs_on_holidays=False)
    assert departure(lane, may(1, 14), SHOP) == may(1, 15)
    assert departure(lane, may(1, 16), SHOP) == may(7, 15)
    assert there(lane, may(1, 16), SHOP) == may(8, 10)


def test_golden_week__the_lane_runs__leaves_on_the_monday() -> None:
    lane = Lane(WEEKDAYS, 15 * 60, 1)
    assert departure(lane, may(1, 16), SHOP) == may(4, 15)
    assert there(lane, may(1, 16), SHOP) == may(5, 10)


def test_golden_week__the_shop_closes__arrives_on_the_thursday_after() -> None:
    lane = Lane(DAILY, 15 * 60, 2)
    closes = Hours(SHOP.opens, SHOP.closes, opens_on_holidays=False)
    assert there(lane, may(1, 14), SHOP) == may(3, 10)
    assert there(lane, may(1, 14), closes) == may(7, 10)


def test_golden_week__the_place_that_sends_closes__hands_over_on_the_thursday_after() -> None:
    closes = Hours(SHOP.opens, SHOP.closes, opens_on_holidays=False)
    assert departure(Lane(DAILY, 15 * 60, 1), may(2, 16), closes) == may(7, 15)


# New Year 2027: Friday 1 January is the only holiday, the rest is what headquarters close


def test_new_year__the_warehouse_closes_for_four_days__leaves_on_the_fourth() -> None:
    closed = Hours(closed_on=frozenset({date(2026, 12, 31), *(date(2027, 1, day) for day in (1, 2, 3))}))
    lane = Lane(DAILY, 15 * 60, 1)
    assert departure(lane, japan(2026, 12, 30, 14), closed) == japan(2026, 12, 30, 15)
    assert departure(lane, japan(2026, 12, 30, 16), closed) == japan(2027, 1, 4, 15)
    assert there(lane, japan(2026, 12, 30, 16), SHOP, closed) == japan(2027, 1, 5, 10)


def test_new_year__the_shop_closes_for_two_days__arrives_on_the_second() -> None:
    closed = Hours(SHOP.opens, SHOP.closes, frozenset({date(2026, 12, 31)}), opens_on_holidays=False)
    assert there(Lane(DAILY, 15 * 60, 1), japan(2026, 12, 30, 14), closed) == japan(2027, 1, 2, 10)


def test_new_year__the_lane_rests_on_holidays__on_new_years_day_only() -> None:
    lane = Lane(DAILY, 15 * 60, 1, runs_on_holidays=False)
    assert departure(lane, japan(2026, 12, 31, 14), SHOP) == japan(2026, 12, 31, 15)
    assert departure(lane, japan(2026, 12, 31, 16), SHOP) == japan(2027, 1, 2, 15)


# Any lane

lanes = st.builds(
    Lane,
    st.sets(st.sampled_from(DAILY), min_size=1).map(lambda days: tuple(sorted(days))),
    st.integers(0, 29 * 60 + 59),
    st.integers(0, 4),
    st.booleans(),
)
places = st.builds(
    lambda opens, length, closed, holidays: Hours(opens, tuple(o + length for o in opens), closed, holidays),
    st.just(()) | st.integers(0, 1439).map(lambda minute: (minute,) * 7),
    st.integers(60, 1440),
    st.frozensets(st.integers(0, 40).map(lambda day: date(2026, 4, 20) + timedelta(days=day)), max_size=8),
    st.booleans(),
)
moments = st.datetimes(datetime(2026, 4, 20), datetime(2026, 5, 20), timezones=st.just(UTC))


@given(lanes, places, moments)
def test_departure__any_lane__is_the_first_cut_off_that_the_goods_make(
    lane: Lane, origin: Hours, packed_at: datetime
) -> None:
    leaves_at = departure(lane, packed_at, origin)
    business_day = (leaves_at - timedelta(minutes=lane.cut_off_minutes)).astimezone(JAPAN)
    assert (business_day.hour, business_day.minute) == (0, 0)
    assert leaves_at >= packed_at
    assert lane.runs_on(business_day.date())
    assert origin.on(business_day.date()) is not None
    day = business_day - timedelta(days=1)
    while day + timedelta(minutes=lane.cut_off_minutes) >= packed_at:
        assert not lane.runs_on(day.date()) or origin.on(day.date()) is None, "a departure was passed over"
        day -= timedelta(days=1)


@given(lanes, places, places, moments, st.integers(0, 10_000))
def test_arrival__any_lane__is_when_the_destination_is_open_and_never_earlier_for_later_goods(
    lane: Lane, origin: Hours, destination: Hours, packed_at: datetime, minutes: int
) -> None:
    leaves_at = departure(lane, packed_at, origin)
    arrives_at = arrival(lane, leaves_at, destination)
    assert arrives_at >= leaves_at
    assert open_for(destination, arrives_at, 0) == arrives_at
    day = (leaves_at - timedelta(minutes=lane.cut_off_minutes)).astimezone(JAPAN).date()
    assert arrives_at.astimezone(JAPAN).date() >= day + timedelta(days=lane.transit_days)
    assert there(lane, packed_at + timedelta(minutes=minutes), destination, origin) >= arrives_at


def test_lane_of__a_lane_of_headquarters__in_numbers() -> None:
    said = messages.Lane(
        from_location_id="W1",
        to_location_id="S1",
        version=1,
        days=(Weekday.SUN, Weekday.MON),
        cut_off="25:30",
        transit_days=2,
        carrier="truck",
        cost_jpy=1,
        owner="logistics",
        runs_on_holidays=False,
    )
    assert Lane.of(said) == Lane((6, 0), 1530, 2, runs_on_holidays=False)
