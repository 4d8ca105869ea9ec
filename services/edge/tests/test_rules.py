"""The rules without I/O: bands, places, business days, token buckets, request digests."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from edge.api_keys import ApiKeys
from edge.domain.bands import Band, BandLimits, band_of
from edge.domain.business_days import business_day
from edge.domain.gtins import gtin14
from edge.domain.places import CityName, OffTheMap, Point, city_names, normalised, read_place
from edge.domain.prefectures import PREFECTURES
from edge.idempotency import digest_of as request_digest
from edge.problems import Problem
from edge.rate_limit import TokenBuckets, network_of
from edge.settings import StockSettings
from edge.stock_copy import draw
from tsunagu.chassis.api_keys import digest_of, new_key
from tsunagu.contracts.values import JAPAN

ORDER = [Band.NONE, Band.FEW, Band.AVAILABLE, Band.PLENTY]
LIMITS = st.builds(lambda few, more: BandLimits(few, few + more), st.integers(1, 1000), st.integers(1, 1000))


@given(LIMITS, st.integers(-10, 5000), st.integers(0, 5000))
def test_band__more_pieces_never_make_a_lower_band(limits: BandLimits, available: int, more: int) -> None:
    assert ORDER.index(band_of(available, limits)) <= ORDER.index(band_of(available + more, limits))


@given(LIMITS)
def test_band__changes_right_behind_each_limit(limits: BandLimits) -> None:
    few, available = limits.few_pieces_max, limits.available_pieces_max
    bands = [band_of(n, limits) for n in (0, 1, few, few + 1, available, available + 1)]
    assert bands == [Band.NONE, Band.FEW, Band.FEW, Band.AVAILABLE, Band.AVAILABLE, Band.PLENTY]


@pytest.mark.parametrize(("few", "available", "spread"), [(0, 5, 0), (5, 5, 0), (6, 5, 0), (3, 5, 2)])
def test_band_limits__out_of_order__are_refused(few: int, available: int, spread: int) -> None:
    with pytest.raises(ValueError, match="must rise"):
        BandLimits(few, available, few_spread_pieces=spread)


def test_band_limits__by_default__three_are_few_and_twenty_one_are_plenty() -> None:
    limits = StockSettings().band_limits
    assert [band_of(n, limits) for n in (3, 4, 20, 21)] == [
        Band.FEW,
        Band.AVAILABLE,
        Band.AVAILABLE,
        Band.PLENTY,
    ]


@given(st.integers(0, 30), st.integers(0, 30), st.integers(-5, 80))
def test_band_limits__moved__stay_within_their_spreads(
    few_more: int, available_more: int, pieces: int
) -> None:
    limits = BandLimits(3, 20, few_spread_pieces=4, available_spread_pieces=8)
    band = ORDER.index(band_of(pieces, limits.moved(few_more, available_more)))
    lowest, highest = BandLimits(7, 28), BandLimits(3, 20)
    assert ORDER.index(band_of(pieces, lowest)) <= band <= ORDER.index(band_of(pieces, highest))


def test_band_limits__drawn__are_all_that_the_spread_allows_and_nothing_else() -> None:
    limits = BandLimits(3, 20, few_spread_pieces=4, available_spread_pieces=8)
    draws = {draw(limits) for _ in range(2_000)}
    assert draws == {(few, more) for few in range(5) for more in range(9)}
    assert draw(BandLimits(3, 20)) == (0, 0)


def test_prefectures__all_47_in_order_and_in_japan() -> None:
    assert [prefecture.code for prefecture in PREFECTURES] == [f"JP-{n:02}" for n in range(1, 48)]
    assert len({prefecture.name_en for prefecture in PREFECTURES}) == 47
    assert all(24 < p.latitude < 46 and 122 < p.longitude < 146 for p in PREFECTURES)


@given(st.sampled_from(PREFECTURES), st.sampled_from(["code", "name_ja", "name_en"]), st.booleans())
def test_place__a_prefecture_by_any_of_its_names__is_where_its_office_is(
    prefecture: Any, by: str, upper: bool
) -> None:
    text = getattr(prefecture, by)
    found = read_place(f"  {text.upper() if upper else text} ")
    assert found == Point(prefecture.latitude, prefecture.longitude)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_place__coordinates__are_that_point(latitude: float, longitude: float) -> None:
    found = read_place(f"{latitude:.6f},{longitude:.6f}")
    assert isinstance(found, Point)
    assert math.isclose(found.latitude, latitude, abs_tol=1e-6)
    assert math.isclose(found.longitude, longitude, abs_tol=1e-6)


@given(st.text(max_size=50))
def test_place__whatever_is_typed__means_something_or_nothing_but_never_fails(text: str) -> None:
    assert isinstance(read_place(text), Point | CityName | OffTheMap)


@given(st.text(max_size=50))
def test_place__a_name_normalised_twice__is_the_same(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize("typed", ["府中市", "府中", "東京都府中市", "東京都 府中"])
def test_city__is_found_by_each_way_to_write_it(typed: str) -> None:
    assert normalised(typed) in city_names("府中市", "JP-13")


def test_city__a_name_of_one_character__keeps_its_ending() -> None:
    assert "津" not in city_names("津市", "JP-24")


@given(st.from_regex(r"\A([0-9]{8}|[0-9]{12,14})\Z"))
def test_gtin__the_same_number_with_zeros_before_it__is_the_same_product(gtin: str) -> None:
    padded = gtin14(gtin)
    assert padded is not None
    assert int(padded) == int(gtin)
    assert gtin14(padded) == padded


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.integers(0, 12))
def test_business_day__holds_the_moment_and_begins_at_its_hour(now: datetime, hour: int) -> None:
    begins, ends = business_day(now, hour)
    assert begins <= now < ends
    assert ends - begins == timedelta(days=1)
    assert begins.astimezone(JAPAN).hour == hour


@given(
    st.floats(0.1, 100),
    st.integers(1, 50),
    st.lists(st.floats(0, 5), max_size=60),
)
def test_bucket__lets_through_no_more_than_burst_and_rate(
    per_second: float, burst: int, pauses: list[float]
) -> None:
    buckets = TokenBuckets(per_second, burst, 10)
    now, allowed = 0.0, 0
    for pause in pauses:
        now += pause
        allowed += buckets.wait_seconds("caller", now) == 0
    assert allowed <= burst + per_second * now + 1e-6


@given(st.floats(0.1, 100), st.integers(1, 5))
def test_bucket__after_the_time_it_names__there_is_a_token(per_second: float, burst: int) -> None:
    buckets = TokenBuckets(per_second, burst, 10)
    for _ in range(burst):
        assert buckets.wait_seconds("caller", 0.0) == 0
    wait = buckets.wait_seconds("caller", 0.0)
    assert wait > 0
    assert buckets.wait_seconds("caller", wait * 1.001) == 0


@given(st.lists(st.integers(0, 100)))
def test_bucket__however_many_callers__only_so_many_are_remembered(callers: list[int]) -> None:
    buckets = TokenBuckets(1, 1, 5)
    for caller in callers:
        buckets.wait_seconds(str(caller), 0.0)
        assert len(buckets) <= 5


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("not an address", "unknown"),
        (None, "unknown"),
    ],
)
def test_network__ipv6_counts_by_its_64(address: str | None, network: str) -> None:
    assert network_of(address) == network


def test_key__holder_by_key__and_nobody_by_anything_else() -> None:
    key = new_key()
    keys = ApiKeys({digest_of(key): "app"})
    assert keys.holder(f"Bearer {key}") == keys.holder(f"bearer {key} ") == "app"
    for wrong in (None, key, f"Basic {key}", f"Bearer {key}x", f"Bearer {digest_of(key)}"):
        with pytest.raises(Problem):
            keys.holder(wrong)


class Body(BaseModel):
    one: int | None = None
    two: str = ""


class FakeRequest:
    def __init__(self, method: str, path: str) -> None:
        self.method = method
        self.url = type("Url", (), {"path": path})


REQUESTS = st.tuples(
    st.sampled_from(["/v1/orders", "/v1/orders/o1/cancellations"]),
    st.integers(0, 3) | st.none(),
    st.text(max_size=3),
)


@given(REQUESTS, REQUESTS)
def test_digest__is_the_same_exactly_for_the_same_request(one: Any, other: Any) -> None:
    def digest(request: Any) -> str:
        path, number, text = request
        return request_digest(FakeRequest("POST", path), Body(one=number, two=text))  # type: ignore[arg-type]

    assert (digest(one) == digest(other)) == (one == other)
