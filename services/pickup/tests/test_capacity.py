"""What a location can take: paused, resumed, used up."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup.domain.capacity import Load, hours_on, room
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    PausePickup,
    PickCapacity,
    ResumePickup,
)
from tsunagu.contracts.topics import NETWORK_LOCATIONS
from tsunagu.contracts.values import JAPAN
from tsunagu.planning import CLOSED, Hours, holidays
from tsunagu.testing.harness import Harness, all_of, delete_of, only

component = pytest.mark.component


def pause(location_id: str, **other: Any) -> PausePickup:
    values = {
        "pause_id": uuid7(),
        "location_id": location_id,
        "reason": "too_full",
        "occurred_at": datetime.now(UTC),
    }
    return PausePickup(**{**values, **other})


@component
async def test_capacity__of_a_new_location__is_all_its_minutes(pickup: Harness, a: Any) -> None:
    said = {each.location_id: each for each in all_of(await pickup.make_due("capacity"), PickCapacity)}
    assert set(said) == {a.shop, a.other, a.warehouse}
    assert (said[a.shop].open, said[a.shop].minutes_left_today) == (True, 120)
    assert said[a.shop].minutes_left_this_hour == pytest.approx(10)


@component
async def test_capacity__after_a_pick_list__is_less_and_comes_back_with_the_cancel(
    pickup: Harness, a: Any
) -> None:
    await pickup.make_due("capacity")
    order = a.order(skus=("SHIRT", "SHOE"))
    await pickup.deliver(order.confirmed())
    less = only(await pickup.make_due("capacity"), PickCapacity)
    assert less.location_id == a.shop
    assert less.minutes_left_today == pytest.approx(117.5)
    await pickup.deliver(order.cancel_requested())
    more = only(await pickup.make_due("capacity"), PickCapacity)
    assert more.minutes_left_today == 120
    assert more.version == less.version + 1


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


@component
async def test_pause__with_an_end__resumes_by_itself(pickup: Harness, a: Any) -> None:
    await pickup.make_due("capacity")
    await pickup.deliver(pause(a.shop, until=datetime.now(UTC) + timedelta(hours=1)))
    assert not only(await pickup.make_due("capacity"), PickCapacity).open
    assert only(await pickup.make_due("resume"), PickCapacity).open


@component
async def test_pause__of_an_unknown_location__is_refused(pickup: Harness) -> None:
    assert only(await pickup.deliver(pause("S999")), CommandRefused).reason == "unknown_location"


@component
async def test_location__that_shoppers_may_not_enter__still_has_pickers_for_what_goes_elsewhere(
    pickup: Harness, a: Any
) -> None:
    said = {each.location_id: each for each in all_of(await pickup.make_due("capacity"), PickCapacity)}
    await pickup.deliver(a.location(a.shop, version=2, pickup_enabled=False))
    assert not all_of(await pickup.make_due("capacity"), PickCapacity)
    assert (said[a.shop].open, said[a.shop].reason) == (True, None)


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


@component
async def test_capacity__on_a_closed_date__has_no_hour_and_is_looked_at_again_when_the_day_ends(
    pickup: Harness, a: Any
) -> None:
    await pickup.make_due("capacity")
    today = datetime.now(JAPAN).date()
    await pickup.deliver(a.location(a.shop, version=2, closed_dates=(today,)))
    closed = only(await pickup.make_due("capacity"), PickCapacity)
    assert (closed.location_id, closed.open, closed.minutes_left_this_hour) == (a.shop, True, 0)
    assert closed.minutes_left_today == 120
    looks = await pickup.connection.fetch(
        "SELECT due_at FROM due_work WHERE kind = 'capacity' AND key = $1", a.shop
    )
    assert [each["due_at"].astimezone(JAPAN) for each in looks] == [
        datetime.combine(today + timedelta(days=1), time(), JAPAN)
    ]
    await pickup.deliver(a.location(a.shop, version=3, closed_dates=(today + timedelta(days=1),)))
    opened = only(await pickup.make_due("capacity"), PickCapacity)
    assert opened.minutes_left_this_hour == pytest.approx(10)


@component
async def test_capacity__on_a_public_holiday__has_no_hour_where_the_location_closes_on_them(
    pickup: Harness, a: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holidays, "public_holidays", lambda _: {datetime.now(JAPAN).date()})
    opened = {each.location_id: each for each in all_of(await pickup.make_due("capacity"), PickCapacity)}
    assert opened[a.shop].minutes_left_this_hour == pytest.approx(10)
    await pickup.deliver(a.location(a.shop, version=2, opens_on_holidays=False))
    closed = only(await pickup.make_due("capacity"), PickCapacity)
    assert (closed.location_id, closed.open, closed.minutes_left_this_hour) == (a.shop, True, 0)


def test_hours_on__a_day__those_of_its_weekday_or_the_default() -> None:
    monday, tuesday = date(2026, 4, 6), date(2026, 4, 7)
    hours = Hours((600, *(CLOSED,) * 6), (1230, *(CLOSED,) * 6))
    assert (hours_on(monday, hours, 12), hours_on(tuesday, hours, 12)) == (10.5, 0)
    assert hours_on(tuesday, Hours(), 12) == 12
    assert hours_on(tuesday, Hours(closed_on=frozenset({tuesday})), 12) == 0


minutes = st.floats(0, 1000)


@given(st.booleans(), st.none() | st.just("too_full"), minutes, st.floats(0, 24), minutes, minutes)
def test_room__is_never_negative_and_an_hour_never_has_more_than_its_day(
    closed: bool, reason: str | None, per_day: float, hours: float, today: float, this_hour: float
) -> None:
    left = room(Load(closed, reason, per_day, hours, today, this_hour))
    assert 0 <= left.minutes_left_this_hour <= left.minutes_left_today <= round(per_day, 2)
    assert left.is_open == (not closed and reason is None)
    assert (left.reason is None) == left.is_open
