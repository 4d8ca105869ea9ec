"""How goods would travel, of a whole network at once: what is calculated once is each lane's own all the same."""

from datetime import datetime

from pickup.domain.scene import Haulage, Scene
from pickup.settings import settings
from tsunagu.contracts.values import JAPAN
from tsunagu.planning import Hours, Lane

NOW = datetime(2026, 11, 2, 9, tzinfo=JAPAN)  # a Monday
DAILY = Lane(tuple(range(7)), cut_off_minutes=15 * 60, transit_days=1)
OPENS_AT_TEN = Hours((600,) * 7, (1260,) * 7)
OPENS_AT_NOON = Hours((720,) * 7, (1260,) * 7)
LANES = {
    ("A", "B"): Haulage(DAILY, "Yamabiko", 400, "logistics"),
    ("A", "C"): Haulage(DAILY, "Yamabiko", 400, "logistics"),
    ("A", "D"): Haulage(DAILY, "Yamabiko", 900, "logistics"),
    ("A", "E"): Haulage(DAILY, "Umikaze", 400, "stores"),
}


def test_trip__of_lanes_with_one_timetable__has_each_ones_carrier_cost_owner_and_opening() -> None:
    hours = {"B": OPENS_AT_TEN, "C": OPENS_AT_NOON, "D": OPENS_AT_TEN, "E": OPENS_AT_TEN}
    scene = Scene(NOW, NOW, settings().policy(), LANES, hours=hours)
    trips = {way[1]: scene.trip(*way) for way in LANES}
    for way, haulage in LANES.items():
        alone = Scene(NOW, NOW, settings().policy(), {way: haulage}, hours=hours)
        assert trips[way[1]] == alone.trip(*way)
    assert [(trip.carrier, trip.cost_jpy, trip.owner) for trip in trips.values()] == [
        ("Yamabiko", 400, "logistics"),
        ("Yamabiko", 400, "logistics"),
        ("Yamabiko", 900, "logistics"),
        ("Umikaze", 400, "stores"),
    ]
    assert [trip.arrive_by.astimezone(JAPAN).hour for trip in trips.values()] == [10, 12, 10, 10]
