"""What inventory promises and what pickup plans: the same goods, the same lane, the same arrival."""

from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from inventory.domain.allocations import Wanted
from inventory.domain.distance import Point
from inventory.domain.exclusion import NOBODY
from inventory.domain.reservation import Take
from inventory.domain.stock import StockKey
from inventory.handlers.picker_time import PickerTime
from inventory.handlers.sources import Seen, View, policy, ready_by
from inventory.settings import Settings
from inventory.store.network import Candidate, Place, Supplier
from inventory.store.orders import OrderStock
from pickup.domain.scene import Haulage, Scene, Trip
from pickup.settings import settings
from tsunagu.planning import Hours, Lane, open_for

FROM, TO = "W001", "S001"
RECEIVE_MINUTES = 60.0

lanes = st.builds(
    Lane,
    st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    st.integers(0, 29 * 60 + 59),
    st.integers(0, 4),
    st.booleans(),
)
places = st.builds(
    lambda opens, length, closed, holidays: Hours(opens, tuple(o + length for o in opens), closed, holidays),
    st.just(()) | st.integers(0, 1439).map(lambda minute: (minute,) * 7),
    st.integers(120, 1440),
    st.frozensets(st.integers(0, 40).map(lambda day: date(2026, 4, 20) + timedelta(days=day)), max_size=8),
    st.booleans(),
)
# Golden Week is in the middle of it.
moments = st.datetimes(datetime(2026, 4, 20), datetime(2026, 5, 20), timezones=st.just(UTC))


NO_PICKING_TIME = Settings(pick_promise_minutes=0, receive_minutes=RECEIVE_MINUTES)
HALF_AN_HOUR = Settings(pick_promise_minutes=30, receive_minutes=RECEIVE_MINUTES)


def promised(lane: Lane, origin: Hours, destination: Hours, now: datetime, settings: Settings) -> datetime:
    """Until when inventory promises goods from FROM at TO."""
    order = OrderStock("o1", wanted=(Wanted("l1", "SHIRT", 1, 0, TO, None),))
    source, store = (
        Place(place_id, Point(35, 139), True, hours, None)
        for place_id, hours in ((FROM, origin), (TO, destination))
    )
    seen = Seen([Candidate(Supplier(source), lane, {"SHIRT": 1})], NOBODY)
    with (
        patch("inventory.handlers.sources.settings", lambda: settings),
        patch("inventory.handlers.picker_time.settings", lambda: settings),
    ):
        view = View(policy(), {}, {TO: store}, frozenset({"SHIRT"}), {("o1", (TO, None)): seen}, {})
        return ready_by(order, [Take("l1", StockKey(FROM, "SHIRT"), 1)], view, now, PickerTime(now))


def planned(lane: Lane, origin: Hours, destination: Hours, now: datetime) -> Trip:
    """How pickup plans the transfer."""
    haulage = {(FROM, TO): Haulage(lane, "truck", 500, "logistics")}
    hours = {FROM: origin, TO: destination}
    return Scene(now, now, settings().policy(), haulage, hours=hours).trip(FROM, TO)


@given(lanes, places, places, moments)
def test_arrival__any_lane_hours_holidays_and_moment__is_promised_as_it_is_planned(
    lane: Lane, origin: Hours, destination: Hours, now: datetime
) -> None:
    arrive_by = planned(lane, origin, destination, now).arrive_by
    promise = promised(lane, origin, destination, now, NO_PICKING_TIME)
    assert promise == open_for(destination, arrive_by, RECEIVE_MINUTES)


@given(lanes, places, places, moments)
def test_arrival__planned_when_it_is_promised__never_after_the_promise_whatever_the_pick_takes(
    lane: Lane, origin: Hours, destination: Hours, now: datetime
) -> None:
    trip = planned(lane, origin, destination, now)
    assert now <= trip.ship_by <= trip.arrive_by
    promise = promised(lane, origin, destination, now, HALF_AN_HOUR)
    assert open_for(destination, trip.arrive_by, RECEIVE_MINUTES) <= promise
