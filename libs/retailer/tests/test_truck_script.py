"""The run that leaves late: at any hour it is nearer than pickup warns before, and the same for a seed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tsunagu.planning import ALWAYS_OPEN, Hours, Lane, arrival, departure
from tsunagu.retailer.chain import Chain, build_chain
from tsunagu.retailer.sizes import Sizes
from tsunagu.retailer.truck_script import LEAVES_WITHIN, PLANNED_SECONDS_MAX, truck_acts, with_truck_lanes

WARNED_BEFORE = timedelta(minutes=120)  # transfer_warn_minutes of pickup
CHAIN = build_chain(1, Sizes())


@settings(max_examples=200, deadline=None)
@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda at: at.replace(tzinfo=UTC)),
    loaded_within=st.floats(0, 180),
)
def test_truck__loaded_at_any_hour__has_to_be_there_before_pickup_would_warn(
    now: datetime, loaded_within: float
) -> None:
    acts = truck_acts(CHAIN, 60.0)
    lane = Lane.of(with_truck_lanes(CHAIN, acts, now).lanes[-1])
    planned_at = now + timedelta(seconds=loaded_within + acts[0].at)
    places = {place.location_id: place for place in CHAIN.locations}
    there_by = arrival(
        lane, departure(lane, planned_at, ALWAYS_OPEN), Hours.of(places[acts[0].to_location_id])
    )
    assert planned_at < there_by < planned_at + WARNED_BEFORE


def test_truck__of_a_long_run__does_not_miss_its_departure() -> None:
    (act,) = truck_acts(CHAIN, 24 * 3600.0)
    assert act.at == PLANNED_SECONDS_MAX < LEAVES_WITHIN.total_seconds()


def test_truck__takes_what_its_store_has_and_goes_where_no_lane_went() -> None:
    (act,) = truck_acts(CHAIN, 60.0)
    (item,) = act.items
    assert item.quantity <= CHAIN.stock[act.from_location_id][item.sku]
    ways = {(lane.from_location_id, lane.to_location_id) for lane in CHAIN.lanes}
    assert (act.from_location_id, act.to_location_id) not in ways


def test_truck__a_store_with_nothing__sends_none() -> None:
    assert truck_acts(Chain(CHAIN.locations, CHAIN.lanes, CHAIN.products, {}), 60.0) == ()
