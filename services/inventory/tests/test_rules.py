"""The other rules of stock: allocations, sourcing, counts, times. Pure functions, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.domain.allocations import (
    HELD,
    Part,
    PartState,
    Wanted,
    excess,
    held_allocations,
    missing,
    moved,
    pieces,
    reduced,
)
from inventory.domain.capacity import Capacity, Minutes, Pickers
from inventory.domain.counting import CountSeen, Step, contains, correction, expected
from inventory.domain.distance import Point, distance_km, prefecture_seat
from inventory.domain.stock import Stock
from tsunagu.contracts.values import CountScope
from tsunagu.planning import Hours

# 2026-04-01 is a Wednesday; 9:00 in Japan is 0:00 UTC.
NINE = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
SHOP = Hours((600,) * 7, (1260,) * 7)


# Stock


def test_available__everything_set_apart__subtracted_once() -> None:
    stock = Stock(
        100,
        staged=1,
        reserved=2,
        held=4,
        safety=8,
        unsellable=16,
        withheld=32,
        in_transit=64,
        announced=128,
        planned=256,
    )
    assert stock.available == 100 - 63


def test_uncovered__safety_carts_and_doubts_give_way_first() -> None:
    assert Stock(5, reserved=5, safety=3, held=2).uncovered == 0
    assert Stock(4, reserved=5).uncovered == 1
    assert Stock(5, staged=2, reserved=5, unsellable=1).uncovered == 3
    assert Stock(-5, reserved=2).uncovered == 2


# Allocations


def part(
    allocation_id: str, quantity: int, state: str = "reserved", line_id: str = "L1", number: int = 1
) -> Part:
    return Part(allocation_id, line_id, "A", "S1", PartState(state), "S1", quantity, number)


def wanted(quantity: int, given_up: int = 0) -> Wanted:
    return Wanted("L1", "A", quantity, given_up, "S1", None)


parts = st.lists(
    st.builds(part, st.sampled_from("abc"), st.integers(1, 4), st.sampled_from(list(PartState))),
    max_size=5,
    unique_by=lambda p: p.identity,
).map(tuple)


@given(parts, st.integers(0, 12), st.integers(0, 3))
def test_missing_and_excess__together_settle_what_is_wanted(
    held: tuple[Part, ...], quantity: int, given_up: int
) -> None:
    lines = (wanted(quantity, min(given_up, quantity)),)
    need = quantity - lines[0].given_up
    there = pieces(held, "L1", HELD | {PartState.ISSUED})
    assert missing(lines, held).get("L1", 0) == max(0, need - there)
    ending = excess(lines, held, "L1")
    can_end = pieces(held, "L1", HELD)
    assert sum(n for _, n in ending) == min(can_end, max(0, there - need))


def test_excess__what_nobody_has_picked_goes_first_the_newest_of_it() -> None:
    held = (part("a", 1, "staged", number=3), part("b", 1, number=1), part("c", 1, number=2))
    assert [p.allocation_id for p, _ in excess((wanted(1),), held, "L1")] == ["c", "b"]


@given(parts, st.data())
def test_moved__pieces_are_neither_made_nor_lost(held: tuple[Part, ...], data: st.DataObject) -> None:
    if not held:
        return
    one = data.draw(st.sampled_from(held))
    quantity = data.draw(st.integers(1, one.quantity))
    after = moved(
        held, one, quantity, data.draw(st.sampled_from(list(PartState))), data.draw(st.sampled_from("XY"))
    )
    assert sum(p.quantity for p in after) == sum(p.quantity for p in held)
    assert len({p.identity for p in after}) == len(after)


def test_reduced__pieces_that_cannot_be_had_are_cancelled_first() -> None:
    assert reduced((wanted(3, 2),), "L1", 1)[0] == wanted(2, 1)
    assert reduced((wanted(3, 1),), "L1", 2)[0] == wanted(1, 0)
    assert reduced((wanted(3),), "L1", 3) == ()


def test_held_allocations__parts_of_one_promise_are_one() -> None:
    held = held_allocations(
        (part("a", 1), part("a", 2, "staged"), part("a", 4, "issued"), part("b", 1, "loose"))
    )
    assert [(x.allocation_id, x.quantity) for x in held] == [("a", 3)]


# Counts

COUNTED = NINE
SEEN = CountSeen(CountScope.ALL, COUNTED, {"R1": (date(2026, 4, 1), 5)})


@pytest.mark.parametrize(
    ("register", "number", "seconds", "inside"),
    [
        ("R1", 5, 60, True),
        ("R1", 6, -60, False),
        ("R2", 9, -60, True),
        ("R2", 9, 60, False),
        (None, None, 0, True),
    ],
)
def test_contains__the_last_receipt_decides_before_the_time(
    register: str | None, number: int | None, seconds: int, inside: bool
) -> None:
    step = Step(COUNTED + timedelta(seconds=seconds), -1, 0, register, date(2026, 4, 1), number)
    assert contains(SEEN, step) is inside


steps = st.lists(
    st.builds(
        Step,
        st.integers(-5, 5).map(lambda s: COUNTED + timedelta(seconds=s)),
        st.integers(-4, 4),
        st.integers(-2, 2),
    ),
    max_size=6,
)


@given(st.sampled_from(list(CountScope)), steps, st.integers(0, 20), st.integers(0, 6))
def test_count__whenever_it_is_booked_among_movements__on_hand_is_the_same(
    scope: CountScope, movements: list[Step], counted: int, when: int
) -> None:
    """Movements before the count are part of what is expected; those after it are given back if it had seen them."""
    count = CountSeen(scope, COUNTED, {})
    on_hand = staged = 0
    place = min(when, len(movements))
    for step in movements[:place]:
        on_hand, staged = on_hand + step.quantity, staged + step.staged
    on_hand += counted - expected(count, on_hand, staged, movements[:place])
    for step in movements[place:]:
        on_hand, staged = on_hand + step.quantity + correction(count, step), staged + step.staged
    later = sum(step.effect(scope) for step in movements if not contains(count, step))
    what_is_counted = on_hand - staged if scope is CountScope.SHELF else on_hand
    assert what_is_counted == counted + later


# Times


def japan(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 4, day, hour, minute, tzinfo=UTC) - timedelta(hours=9)


SHUT_FOR_TWO_DAYS = Hours(SHOP.opens, SHOP.closes, frozenset({date(2026, 4, 2), date(2026, 4, 3)}))


def picked_at(hours: Hours, now: datetime, load: float, *ahead: tuple[datetime, float]) -> datetime:
    return Pickers(hours, capacity(*ahead)).picked_at(now, 30, load)


def capacity(*ahead: tuple[datetime, float], is_open: bool = True) -> Capacity:
    return Capacity(is_open, 60, tuple(Minutes(*slot) for slot in ahead))


def test_picked_at__the_hours_until_then_suffice__as_soon_as_somebody_can_pick() -> None:
    now, hours = japan(1, 12, 40), ((japan(1, 13), 1.5), (japan(1, 14), 0.5))
    assert picked_at(SHOP, now, 2, *hours) == japan(1, 13, 10)
    assert picked_at(SHOP, now, 2) == japan(1, 13, 10)


def test_picked_at__the_hour_is_full__at_the_end_of_the_first_hour_until_which_there_is_time() -> None:
    now, hours = japan(1, 12, 20), [(japan(1, h), 1.0) for h in range(13, 22)]
    assert picked_at(SHOP, now, 1, *hours) == japan(1, 12, 50)
    assert picked_at(SHOP, now, 2.5, *hours) == japan(1, 15)


def test_picked_at__the_day_is_full_and_tomorrow_it_does_not_open__the_day_on_which_it_does() -> None:
    full = (japan(1, 13), 0.0), (japan(4, 21), 600.0)
    assert picked_at(SHUT_FOR_TWO_DAYS, japan(1, 12), 2, *full) == japan(4, 21)


def test_picked_at__nobody_has_time_as_far_as_anybody_looks__at_the_end_of_the_last_slot() -> None:
    assert picked_at(SHOP, japan(1, 12), 2, (japan(1, 13), 0.0), (japan(2, 21), 1.0)) == japan(2, 21)
    assert picked_at(SHOP, japan(1, 12), 2, (japan(1, 13), 0.0)) == japan(1, 13)


def test_picked_at__beyond_what_pickup_looks_ahead__limits_nothing() -> None:
    assert picked_at(SHOP, japan(1, 12), 2, (japan(1, 12, 15), 0.0)) == japan(1, 12, 30)


def test_capacity__as_seen_later__slots_that_have_passed_are_gone_and_today_is_what_is_left_of_it() -> None:
    news = capacity((japan(1, 13), 5), (japan(1, 14), 7), (japan(2, 12), 9))
    assert news.as_seen(japan(1, 12), japan(1, 12, 59)) == replace(news, minutes_left_today=12)
    later = news.as_seen(japan(1, 12), japan(1, 13))
    assert later == Capacity(True, 7, (Minutes(japan(1, 14), 7), Minutes(japan(2, 12), 9)))
    assert news.as_seen(japan(1, 12), japan(2, 12)) is None
    paused = capacity(is_open=False)
    assert paused.as_seen(japan(1, 12), japan(3, 12)) is paused


def test_capacity__as_seen__is_less_what_was_promised_since() -> None:
    news = capacity((japan(1, 13), 5), (japan(1, 14), 7), (japan(2, 12), 9))
    promised = [Minutes(japan(1, 14), 9), Minutes(japan(1, 13), 2), Minutes(japan(2, 12), 1)]
    left = news.as_seen(japan(1, 12), japan(1, 12), promised)
    assert left == Capacity(
        True, 1, (Minutes(japan(1, 13), 1), Minutes(japan(1, 14), 0), Minutes(japan(2, 12), 8))
    )


def test_capacity__of_another_day_without_slots__says_nothing_any_more() -> None:
    assert capacity().as_seen(japan(1, 12), japan(1, 13)) == capacity()
    assert capacity().as_seen(japan(1, 12), japan(2, 12)) is None


@given(
    st.lists(st.floats(0, 60), min_size=1, max_size=30),
    st.lists(st.floats(0.1, 20), max_size=60),
    st.integers(1, 180),
)
def test_picked_at__any_orders__somebody_who_works_each_slots_minutes_keeps_every_promise(
    minutes: list[float], orders: list[float], pick_minutes: int
) -> None:
    """The most urgent first, never more than a slot's minutes in a slot: all is picked by when it was promised."""
    start = japan(1, 0)
    ahead = tuple(Minutes(start + timedelta(hours=n + 1), each) for n, each in enumerate(minutes))
    pickers = Pickers(Hours(), Capacity(True, 0, ahead))
    promises = [(pickers.picked_at(start, pick_minutes, load), load) for load in orders]
    last = ahead[-1].until
    kept = sorted((ready, load) for ready, load in promises if ready < last)
    done = 0.0
    for ready, load in kept:
        done += load
        by_then = sum(slot.minutes for slot in ahead if slot.until - timedelta(hours=1) < ready)
        assert done <= by_then + 1e-6
    promised = sum(pickers.promised.values())
    assert promised == pytest.approx(sum(load for ready, load in promises if ready <= last))


# Distances


def test_distance__tokyo_to_osaka__about_400_km() -> None:
    assert distance_km(prefecture_seat("JP-13"), prefecture_seat("JP-27")) == pytest.approx(397, abs=10)
    assert distance_km(Point(35, 139), Point(35, 139)) == 0
    assert distance_km(prefecture_seat("JP-01"), prefecture_seat("JP-47")) > 2000
