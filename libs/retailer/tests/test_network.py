"""Where the retailer's places stand, and how goods travel between them."""

from random import Random

import pytest

from tsunagu.contracts.values import LocationKind, Weekday
from tsunagu.retailer.catalogue import CATEGORIES
from tsunagu.retailer.cities import cities
from tsunagu.retailer.network import lanes, locations
from tsunagu.retailer.prefectures import iso_of


@pytest.mark.parametrize(
    ("city", "prefecture"),
    [
        ("札幌市", "JP-01"),
        ("仙台市", "JP-04"),
        ("横浜市", "JP-14"),
        ("新潟市", "JP-15"),
        ("名古屋市", "JP-23"),
        ("京都市", "JP-26"),
        ("大阪市", "JP-27"),
        ("広島市", "JP-34"),
        ("高松市", "JP-37"),
        ("福岡市", "JP-40"),
        ("那覇市", "JP-47"),
        ("渋谷区", "JP-13"),
    ],
)
def test_cities__well_known_ones__are_in_their_prefecture(city: str, prefecture: str) -> None:
    assert {each.name_ja: each.prefecture for each in cities()}[city] == prefecture


def test_prefectures__all_47__have_a_code_of_their_own() -> None:
    codes = {iso_of(f"{number:02}") for number in range(1, 48)}
    assert codes == {f"JP-{number:02}" for number in range(1, 48)}
    assert {city.prefecture for city in cities()} == codes


def test_cities__names_that_are_chinese_or_of_another_place__are_left_out() -> None:
    names = {city.name_ja for city in cities()}
    assert {"いわき市", "広島市", "静岡市"} <= names
    assert not {"廣島市", "靜岡市", "磐城市", "横滨市", "品川区", "本町市"} & names


def test_cities__are_inside_japan() -> None:
    for city in cities():
        assert 24 < city.latitude < 46
        assert 122 < city.longitude < 146


@pytest.mark.parametrize("stores", [1, 12, 50, 1_000])
def test_locations__any_number_of_stores__differ_and_have_a_warehouse(stores: int) -> None:
    places = locations(stores, Random(1), version=1)
    assert sum(place.kind is LocationKind.STORE for place in places) == stores
    assert any(place.kind is LocationKind.WAREHOUSE for place in places)
    assert len({place.location_id for place in places}) == len(places)
    assert len({place.name_ja for place in places}) == len(places)
    assert len({(place.latitude, place.longitude) for place in places}) == len(places)


def test_locations__of_a_dozen_stores__are_of_all_kinds_and_of_two_companies() -> None:
    places = locations(12, Random(1), version=1)
    assert {place.kind for place in places} == set(LocationKind)
    assert {place.company_id for place in places} == {"tsunagu-east", "tsunagu-west"}
    assert all(place.opening_hours for place in places)
    assert all(place.pickup_enabled for place in places if place.kind is not LocationKind.WAREHOUSE)
    for place in places:
        assert set(place.walking_order) in ({*CATEGORIES}, set())


def test_lanes__from_every_warehouse_to_every_shop__leave_daily_and_arrive_the_same_day() -> None:
    places = locations(24, Random(1), version=1)
    found = lanes(places, version=1)
    assert len({lane.lane_id for lane in found}) == len(found)
    for warehouse in (place for place in places if place.kind is LocationKind.WAREHOUSE):
        reached = {lane.to_location_id for lane in found if lane.from_location_id == warehouse.location_id}
        assert reached == {place.location_id for place in places if place.kind is not LocationKind.WAREHOUSE}
    for lane in found:
        assert lane.from_location_id != lane.to_location_id
        assert set(lane.days) == set(Weekday)
        assert lane.transit_days == 0
