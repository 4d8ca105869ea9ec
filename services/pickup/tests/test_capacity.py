"""What a location can take: paused, resumed, used up."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup.domain.capacity import Asked, Load, room
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    PausePickup,
    PickCapacity,
    ResumePickup,
)
from tsunagu.contracts.topics import NETWORK_LOCATIONS
from tsunagu.contracts.values import JAPAN, OpeningHours, Weekday
from tsunagu.planning import CLOSED, Hours, holidays, slots_ahead
from tsunagu.testing.harness import Harness, all_of, delete_of, only

component = pytest.mark.component
ROUND_THE_CLOCK = tuple(OpeningHours(day=day, opens="00:00", closes="24:00") for day in Weekday)


def pause(location_id: str, **other: Any) -> PausePickup:
    values = {
        "pause_id": uuid7(),
        "location_id": location_id,
        "reason": "too_full",
        "occurred_at": datetime.now(UTC),
    }
    return PausePickup(**{**values, **other})


@pytest.mark.wide
@component
async def test_capacity__of_a_new_location__is_all_its_minutes(pickup: Harness, a: Any) -> None:
    said = {each.location_id: each for each in all_of(await pickup.make_due("capacity"), PickCapacity)}
    assert set(said) == {a.shop, a.other, a.warehouse}
    assert (said[a.shop].open, said[a.shop].minutes_left_today) == (True, 120)
    assert [slot.minutes_left for slot in said[a.shop].ahead] == [120] * 7


@pytest.mark.wide
@component
async def test_capacity__of_a_location_with_hours__is_said_by_the_hour_for_two_days(
    pickup: Harness, a: Any
) -> None:
    await pickup.deliver(a.location(a.shop, version=2, opening_hours=ROUND_THE_CLOCK))
    said = {each.location_id: each for each in all_of(await pickup.make_due("capacity"), PickCapacity)}
    midnight = datetime.combine(datetime.now(JAPAN).date() + timedelta(days=2), time(), JAPAN)
    hours = [slot for slot in said[a.shop].ahead if slot.until <= midnight]
    assert {slot.minutes_left for slot in hours} == {5}
    assert said[a.shop].minutes_left_this_hour == 5
    assert [slot.until for slot in hours][-24:] == [midnight - timedelta(hours=h) for h in range(23, -1, -1)]
    assert [slot.minutes_left for slot in said[a.shop].ahead[len(hours) :]] == [120] * 5


@pytest.mark.wide
@component
async def test_capacity__a_list_that_is_due_another_day__weighs_on_that_day_only_where_it_is_needed(
    pickup: Harness, a: Any
) -> None:
    await pickup.make_due("capacity")
    order = a.order(skus=("SHIRT", "SHOE"))
    due = datetime.combine(datetime.now(JAPAN).date() + timedelta(days=2), time(12), JAPAN)
    await pickup.deliver(order.confirmed().model_copy(update={"ready_by": due}))
    less = only(await pickup.make_due("capacity"), PickCapacity)
    assert [slot.minutes_left for slot in less.ahead] == [120, 120, 117.5, 120, 120, 120, 120]


@pytest.mark.wide
@component
async def test_capacity__what_was_done_yesterday__counts_nothing_today(pickup: Harness, a: Any) -> None:
    await pickup.make_due("capacity")
    order, today = a.order(), a.order()
    await pickup.deliver(order.confirmed(), today.confirmed())
    await pickup.deliver(order.pick(), today.pick())
    done = only(await pickup.make_due("capacity"), PickCapacity)
    assert done.minutes_left_today == 120 - 2 * 1.75
    await pickup.connection.execute(
        "UPDATE task SET ended_at = ended_at - interval '1 day' WHERE work_id = $1", order.order_id
    )
    again = only(await pickup.make_due("capacity"), PickCapacity)
    assert again.minutes_left_today == 120 - 1.75


@pytest.mark.wide
@component
async def test_capacity__a_list_that_is_late__weighs_on_today(pickup: Harness, a: Any) -> None:
    await pickup.make_due("capacity")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    await pickup.deliver(a.order().confirmed().model_copy(update={"ready_by": yesterday}))
    assert only(await pickup.make_due("capacity"), PickCapacity).minutes_left_today == 120 - 1.75


@pytest.mark.wide
@component
async def test_capacity__after_a_pick_list__is_less_and_comes_back_with_the_cancel(
    pickup: Harness, a: Any
) -> None:
    await pickup.make_due("capacity")
    order = a.order(skus=("SHIRT", "SHOE"))
    # Due now: the work is today's at any hour of the day.
    await pickup.deliver(order.confirmed().model_copy(update={"ready_by": datetime.now(UTC)}))
    less = only(await pickup.make_due("capacity"), PickCapacity)
    assert less.location_id == a.shop
    assert less.minutes_left_today == pytest.approx(117.5)
    await pickup.deliver(order.cancel_requested())
    more = only(await pickup.make_due("capacity"), PickCapacity)
    assert more.minutes_left_today == 120
    assert more.version == less.version + 1


@pytest.mark.wide
@component
async def test_pause__closes_the_location_until_it_is_resumed(pickup: Harness, a: Any) -> None:
    await pickup.make_due("capacity")
    only(await pickup.deliver(pause(a.shop)), CommandAccepted)
    closed = only(await pickup.make_due("capacity"), PickCapacity)
    assert (closed.open, closed.reason) == (False, "too_full")
    resume = ResumePickup(resume_id=uuid7(), location_id=a.shop, occurred_at=datetime.now(UTC))
    only(await pickup.deliver(resume), CommandAccepted)
    opened = only(await pickup.make_due("capacity"), PickCapacity)
    assert (opened.open, opened.reason) == (True, None)


@pytest.mark.wide
@component
async def test_pause__with_an_end__resumes_by_itself(pickup: Harness, a: Any) -> None:
    await pickup.make_due("capacity")
    await pickup.deliver(pause(a.shop, until=datetime.now(UTC) + timedelta(hours=1)))
    assert not only(await pickup.make_due("capacity"), PickCapacity).open
    assert only(await pickup.make_due("resume"), PickCapacity).open


@pytest.mark.wide
@component
async def test_pause__of_an_unknown_location__is_refused(pickup: Harness) -> None:
    assert only(await pickup.deliver(pause("S999")), CommandRefused).reason == "unknown_location"


@pytest.mark.wide
@component
async def test_location__that_shoppers_may_not_enter__still_has_pickers_for_what_goes_elsewhere(
    pickup: Harness, a: Any
) -> None:
    said = {each.location_id: each for each in all_of(await pickup.make_due("capacity"), PickCapacity)}
    await pickup.deliver(a.location(a.shop, version=2, pickup_enabled=False))
    assert not all_of(await pickup.make_due("capacity"), PickCapacity)
    assert (said[a.shop].open, said[a.shop].reason) == (True, None)


@pytest.mark.wide
@component
async def test_location__that_headquarters_deletes__takes_no_work_until_it_is_there_again(
    pickup: Harness, a: Any
) -> None:
    await pickup.make_due("capacity")
    await pickup.deliver_records(NETWORK_LOCATIONS, [delete_of(a.location(a.shop))])
    closed = only(await pickup.make_due("capacity"), PickCapacity)
    assert (closed.open, closed.reason, closed.minutes_left_today) == (False, "closed", 0)
    await pickup.deliver(a.location(a.shop, version=2))
    assert only(await pickup.make_due("capacity"), PickCapacity).open


@pytest.mark.wide
@component
async def test_capacity__on_a_closed_date__has_no_hour_and_is_looked_at_again_when_the_day_ends(
    pickup: Harness, a: Any
) -> None:
    await pickup.make_due("capacity")
    today = datetime.now(JAPAN).date()
    await pickup.deliver(a.location(a.shop, version=2, closed_dates=(today,)))
    closed = only(await pickup.make_due("capacity"), PickCapacity)
    assert (closed.location_id, closed.open, closed.minutes_left_this_hour) == (a.shop, True, 0)
    assert (closed.minutes_left_today, len(closed.ahead)) == (0, 6)
    looks = await pickup.connection.fetch(
        "SELECT due_at FROM due_work WHERE kind = 'capacity' AND key = $1", a.shop
    )
    assert [each["due_at"].astimezone(JAPAN) for each in looks] == [
        datetime.combine(today + timedelta(days=1), time(), JAPAN)
    ]
    await pickup.deliver(a.location(a.shop, version=3, closed_dates=(today + timedelta(days=1),)))
    opened = only(await pickup.make_due("capacity"), PickCapacity)
    assert opened.minutes_left_this_hour == 120


@pytest.mark.wide
@component
async def test_capacity__on_a_public_holiday__has_no_hour_where_the_location_closes_on_them(
    pickup: Harness, a: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holidays, "public_holidays", lambda _: {datetime.now(JAPAN).date()})
    opened = {each.location_id: each for each in all_of(await pickup.make_due("capacity"), PickCapacity)}
    assert opened[a.shop].minutes_left_this_hour == 120
    await pickup.deliver(a.location(a.shop, version=2, opens_on_holidays=False))
    closed = only(await pickup.make_due("capacity"), PickCapacity)
    assert (closed.location_id, closed.open, closed.minutes_left_this_hour) == (a.shop, True, 0)


HOURS = Hours((540,) * 6 + (CLOSED,), (1260,) * 7)
minutes = st.floats(0, 1000)
moments = st.datetimes(datetime(2026, 4, 1), datetime(2026, 4, 8)).map(
    lambda each: each.replace(tzinfo=JAPAN)
)
lists = st.lists(st.tuples(moments, st.floats(0.01, 90)).map(lambda each: Asked(*each)), max_size=20).map(
    sorted
)


@given(st.booleans(), st.none() | st.just("too_full"), minutes, lists, minutes, moments)
def test_room__any_load__is_never_negative_nor_more_than_there_is(
    closed: bool, reason: str | None, per_day: float, asked: list[Asked], done: float, now: datetime
) -> None:
    left = room(Load(closed, reason, per_day, HOURS, asked, done, done), now, 7)
    whole = slots_ahead(HOURS, per_day, now, 7)
    assert [each.until for each in left.ahead] == [each.until for each in whole]
    for each, slot in zip(left.ahead, whole, strict=True):
        assert 0 <= each.minutes <= slot.minutes + 0.01
    assert 0 <= left.minutes_left_this_hour <= per_day
    assert left.minutes_left_today <= per_day + 0.1
    assert left.is_open == (not closed and reason is None)
    assert (left.reason is None) == left.is_open


@given(minutes, lists, moments)
def test_room__any_lists__what_is_left_by_a_time_is_what_the_work_until_then_leaves(
    per_day: float, asked: list[Asked], now: datetime
) -> None:
    """By any time no more is left than the minutes until then less what is due until then, and all of it is taken."""
    left = room(Load(False, None, per_day, HOURS, asked), now, 7).ahead
    slots = slots_ahead(HOURS, per_day, now, 7)
    counted = [each for each in asked if each.due_at <= slots[-1].until]
    for number, slot in enumerate(slots):
        there = sum(each.minutes for each in slots[: number + 1])
        due = sum(each.minutes for each in counted if each.due_at <= slot.until)
        free = sum(each.minutes for each in left[: number + 1])
        assert free <= max(0.0, there - due) + 0.01 * (number + 1)
    whole = sum(each.minutes for each in slots)
    taken = whole - sum(each.minutes for each in left)
    assert taken == pytest.approx(min(whole, sum(each.minutes for each in counted)), abs=0.01 * len(slots))
