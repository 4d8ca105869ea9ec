"""When pickers work, and what of their minutes is taken."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tsunagu.contracts.values import JAPAN
from tsunagu.planning import CLOSED, Hours, slots_ahead, take_minutes

SHOP = Hours((570,) * 6 + (CLOSED,), (1260,) * 7)
NIGHT = Hours((18 * 60,) * 7, (26 * 60,) * 7)


def japan(day: int, hour: int, minute: int = 0) -> datetime:
    """April 2026; the 4th is a Saturday."""
    return datetime(2026, 4, day, hour, minute, tzinfo=JAPAN)


def test_slots__of_a_shop__hours_today_and_tomorrow_then_whole_days() -> None:
    slots = slots_ahead(SHOP, 690, japan(1, 11, 15), 5)
    assert [slot.until.hour for slot in slots if slot.until.day == 1] == [*range(12, 22)]
    assert (slots[0].start, slots[0].minutes) == (japan(1, 11), 60)
    tomorrow = [slot for slot in slots if slot.until.day == 2]
    assert (tomorrow[0].start, tomorrow[0].until, tomorrow[0].minutes) == (japan(2, 9, 30), japan(2, 10), 30)
    later = [(slot.start, slot.until, slot.minutes) for slot in slots if slot.until.day > 2]
    assert later == [(japan(3, 9, 30), japan(3, 21), 690), (japan(4, 9, 30), japan(4, 21), 690)]


def test_slots__open_after_midnight__begin_with_what_is_left_of_yesterday() -> None:
    slots = slots_ahead(NIGHT, 480, japan(2, 1, 30), 2)
    assert (slots[0].start, slots[0].until, slots[0].minutes) == (japan(2, 1), japan(2, 2), 60)
    assert slots[1].start == japan(2, 18)


def test_slots__no_hours_are_known__every_day_is_one() -> None:
    slots = slots_ahead(Hours(closed_on=frozenset({date(2026, 4, 2)})), 100, japan(1, 11), 3)
    assert [(slot.until, slot.minutes) for slot in slots] == [(japan(2, 0), 100), (japan(4, 0), 100)]


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 700)), min_size=7, max_size=7),
    st.floats(0, 1000),
    st.integers(0, 7 * 24 * 60),
    st.integers(1, 9),
)
def test_slots__any_hours__follow_each_other_and_a_day_has_its_minutes(
    week: list[tuple[int, int]], per_day: float, after: int, days: int
) -> None:
    hours = Hours(tuple(opens for opens, _ in week), tuple(opens + length for opens, length in week))
    now = japan(1, 0) + timedelta(minutes=after)
    slots = slots_ahead(hours, per_day, now, days)
    assert all(slot.start < slot.until and slot.until > now for slot in slots)
    assert all(slot.until <= following.start for slot, following in pairwise(slots))
    assume(all(closes <= 24 * 60 for closes in hours.closes))
    for offset in range(1, days):
        times = hours.on(now.date() + timedelta(days=offset))
        assert times is not None
        of_day = [slot for slot in slots if times[0] <= slot.start and slot.until <= times[1]]
        assert sum(slot.minutes for slot in of_day) == pytest.approx(per_day)


@given(st.lists(st.floats(0, 60), min_size=1, max_size=12), st.data())
def test_take__any_work__is_taken_once_and_before_its_slot_first(
    free: list[float], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(free) - 1))
    minutes = data.draw(st.floats(0, 800))
    left = list(free)
    take_minutes(left, place, minutes)
    assert all(0 <= now <= before for now, before in zip(left, free, strict=True))
    assert sum(free) - sum(left) == pytest.approx(min(minutes, sum(free)), abs=1e-6)
    if left[place + 1 :] != free[place + 1 :]:
        assert sum(left[: place + 1]) == pytest.approx(0, abs=1e-6)
