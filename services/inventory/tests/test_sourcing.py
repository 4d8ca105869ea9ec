"""Where goods come from: generated stock and locations, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.domain.capacity import Capacity
from inventory.domain.exclusion import EXCLUSIONS, Exclusion, Limits, Moment, Source, sieve
from inventory.domain.ranking import CRITERIA, Outlook, RankCriterion, ranked
from inventory.domain.reliability import (
    Record,
    Reliability,
    Thresholds,
    faded,
    reliability_of,
    short_percent,
)
from inventory.domain.reservation import Request, Reserved, reserve
from inventory.domain.sourcing import Destination, Need, Plan, Policy, plan
from inventory.domain.stock import StockKey
from tsunagu.planning import Hours

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
LIMITS = Limits(promise_window_days=7, feed_stale_hours=48)
POLICY = Policy(LIMITS, distance_bands_km=(10, 50, 200))
REFIT = Hours(closed_on=frozenset(date(2026, 4, 1) + timedelta(days=n) for n in range(9)))
NO_TIME = Capacity(True, 1.0)
PAUSED = Capacity(False, 60.0)

stock = st.dictionaries(
    st.builds(StockKey, st.sampled_from(["S1", "S2", "S3", "S4", "S5"]), st.sampled_from("AB")),
    st.integers(0, 4),
)
needs = st.lists(
    st.builds(Need, st.just("L"), st.sampled_from("AB"), st.integers(1, 6)), min_size=1, max_size=3
).map(lambda found: [Need(f"L{n}", need.sku, need.quantity) for n, need in enumerate(found)])
SOURCES = [Source(f"S{n}", float(n)) for n in range(2, 6)]

some_sources = st.tuples(
    *(
        st.builds(
            Source,
            st.just(f"S{n}"),
            st.floats(0, 300),
            st.none() | st.builds(Capacity, st.booleans(), st.sampled_from([0.0, 1.0, 60.0])),
            st.sampled_from([Hours(), REFIT]),
            st.none() | st.sampled_from([NOW, NOW - timedelta(hours=49)]),
            st.booleans(),
            st.sampled_from(Reliability),
            st.booleans(),
        )
        for n in range(2, 6)
    )
)
some_exclusions = st.lists(st.sampled_from(Exclusion), unique=True).map(tuple)
some_ranking = st.lists(st.sampled_from(RankCriterion), unique=True).map(tuple)
some_policies = st.builds(
    Policy, st.just(LIMITS), some_exclusions, some_ranking, st.just((10.0, 50.0)), st.integers(1, 4)
)


def planned(
    wants: list[Need],
    there: dict[StockKey, int],
    own: str | None = None,
    sources: list[Source] = SOURCES,
    policy: Policy = POLICY,
    giving: frozenset[str] = frozenset(),
) -> Plan:
    sieved = sieve(sources, policy.exclusions, Moment(NOW, 2.0 * len(wants)), policy.limits)
    destination = Destination(own, None if own else "JP-13", giving)
    return plan(wants, destination, sieved, lambda key: there.get(key, 0), policy)


def one_piece(sources: list[Source], policy: Policy = POLICY, **pieces: int) -> Plan:
    """A plan for one piece of A; every source has five unless said otherwise."""
    there = {StockKey(source.location_id, "A"): pieces.get(source.location_id, 5) for source in sources}
    return planned([Need("L", "A", 1)], there, None, sources, policy)


def from_where(found: Plan) -> list[str]:
    return [take.key.location_id for take in found.takes]


# Who gives what


@given(needs, stock)
def test_plan__any_stock__can_be_reserved_and_is_whole_by_line(
    wants: list[Need], there: dict[StockKey, int]
) -> None:
    found = planned(wants, there, "S1")
    taken = {need.line_id: 0 for need in wants}
    for take in found.takes:
        taken[take.line_id] += take.quantity
    short = {need.line_id for need in found.short}
    for need in wants:
        assert taken[need.line_id] == (0 if need.line_id in short else need.quantity)
    if found.takes:
        assert isinstance(reserve(there, [Request("O", found.takes)], NOW)[0], Reserved)
    for sku in "AB":
        total = sum(quantity for key, quantity in there.items() if key.sku == sku)
        wanted_in_all = sum(need.quantity for need in wants if need.sku == sku)
        if total >= wanted_in_all:
            assert not [need for need in found.short if need.sku == sku]


@given(needs, stock)
def test_plan__one_source_has_all_that_the_shelf_lacks__one_transfer(
    wants: list[Need], there: dict[StockKey, int]
) -> None:
    found = planned(wants, there)
    totals = {sku: sum(n.quantity for n in wants if n.sku == sku) for sku in "AB"}
    alone = [
        s
        for s in SOURCES
        if all(there.get(StockKey(s.location_id, sku), 0) >= n for sku, n in totals.items())
    ]
    if alone:
        assert {take.key.location_id for take in found.takes} == {alone[0].location_id}


@given(needs, stock, some_sources, some_policies, st.sampled_from(["S1", None]))
def test_plan__any_rules__an_excluded_location_gives_nothing_and_every_reason_is_told(
    wants: list[Need],
    there: dict[StockKey, int],
    sources: tuple[Source, ...],
    policy: Policy,
    own: str | None,
) -> None:
    found = planned(wants, there, own, list(sources), policy)
    moment = Moment(NOW, 2.0 * len(wants))
    reasons = sieve(sources, policy.exclusions, moment, LIMITS).reasons
    givers = {take.key.location_id for take in found.takes} - {own}
    last_resorts = set(found.decision.last_resorts)
    assert last_resorts <= givers
    for giver in givers & reasons.keys():
        assert giver in last_resorts, (
            "only what nothing else had is taken from a location that a rule excludes"
        )
        assert set(reasons[giver]) == {Exclusion.FULL_TODAY}
    left_out = {place: why for place, why in reasons.items() if place not in givers}
    told = {one.reason: set(one.location_ids) for one in found.decision.excluded}
    assert told == {
        reason: {place for place, why in left_out.items() if reason in why}
        for reason in Exclusion
        if any(reason in why for why in left_out.values())
    }
    assert all(f"not asked, {reason}: {len(places)}" in found.explanation for reason, places in told.items())
    assert {one.location_id for one in found.decision.locations} == givers
    assert len(givers) <= policy.split_locations_max
    if found.takes:
        assert isinstance(reserve(there, [Request("O", found.takes)], NOW)[0], Reserved)


@given(needs, stock, some_sources, some_policies)
def test_plan__one_location_beats_the_next__by_the_first_criterion_that_differs(
    wants: list[Need], there: dict[StockKey, int], sources: tuple[Source, ...], policy: Policy
) -> None:
    found = planned(wants, there, None, list(sources), policy)
    over = found.decision.over_next
    if over is None or over.criterion not in list(RankCriterion):
        return
    by_id = {source.location_id: source for source in sources}
    skus = {need.sku for need in wants}
    shown = {place: sum(there.get(StockKey(place, sku), 0) for sku in skus) for place in by_id}
    outlook = Outlook(frozenset(), shown, policy.distance_bands_km)
    best, other = by_id[found.decision.locations[0].location_id], by_id[over.location_id]
    for criterion in policy.ranking:
        ranks = CRITERIA[criterion](best, outlook), CRITERIA[criterion](other, outlook)
        if criterion == over.criterion:
            assert ranks[0] < ranks[1]
            break
        assert ranks[0] == ranks[1]


def test_plan__split_is_not_allowed__one_location_or_not_at_all() -> None:
    there = {StockKey("S2", "A"): 2, StockKey("S3", "A"): 2, StockKey("S4", "B"): 1}
    unsplit = replace(POLICY, split_locations_max=1)
    found = planned([Need("L1", "A", 3), Need("L2", "B", 1)], there, policy=unsplit)
    assert from_where(found) == ["S4"]
    assert [need.line_id for need in found.short] == ["L1"]
    assert not planned([Need("L1", "A", 3)], there, policy=unsplit).takes
    assert set(from_where(planned([Need("L1", "A", 3)], there))) == {"S2", "S3"}


def test_plan__own_shelf_has_a_part__the_rest_is_one_location_as_far_as_splitting_goes() -> None:
    there = {StockKey("S1", "A"): 1, StockKey("S2", "A"): 1}
    found = planned([Need("L", "A", 2)], there, "S1", policy=replace(POLICY, split_locations_max=1))
    assert from_where(found) == ["S1", "S2"]


# Exclusions

FIT = Source("S2", 1.0, Capacity(True, 60.0), Hours(), NOW, has_tills=True)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (replace(FIT, hours=REFIT), Exclusion.CLOSED),
        (replace(FIT, capacity=PAUSED), Exclusion.PAUSED),
        (replace(FIT, last_heard_at=NOW - timedelta(hours=49)), Exclusion.STALE_FEED),
        (replace(FIT, last_heard_at=None), Exclusion.STALE_FEED),
        (replace(FIT, capacity=NO_TIME), Exclusion.FULL_TODAY),
    ],
)
def test_exclusion__what_it_is_about__applies_alone_and_another_location_gives(
    source: Source, reason: Exclusion
) -> None:
    assert [rule for rule in Exclusion if EXCLUSIONS[rule](source, Moment(NOW, 2.0), LIMITS)] == [reason]
    found = one_piece([source, Source("S9", 99.0)])
    assert from_where(found) == ["S9"]
    assert [(one.reason, one.count, one.location_ids) for one in found.decision.excluded] == [
        (reason, 1, ("S2",))
    ]
    assert from_where(one_piece([source, Source("S9", 99.0)], replace(POLICY, exclusions=()))) == ["S2"]


def test_exclusion__no_reason__none_applies() -> None:
    assert not [rule for rule in Exclusion if EXCLUSIONS[rule](FIT, Moment(NOW, 2.0), LIMITS)]
    warehouse = replace(FIT, has_tills=False, last_heard_at=None)
    assert not EXCLUSIONS[Exclusion.STALE_FEED](warehouse, Moment(NOW, 2.0), LIMITS)


def test_full_today__nothing_else_has_it__taken_and_said() -> None:
    found = one_piece([replace(FIT, capacity=NO_TIME), Source("S9", 99.0)], S9=0)
    assert from_where(found) == ["S2"]
    assert found.decision.last_resorts == ("S2",)
    assert not found.decision.excluded
    assert "nothing else had it but S2" in found.explanation


def test_full_today__others_have_only_a_part__they_come_first_and_the_full_one_fills_up() -> None:
    there = {StockKey("S2", "A"): 1, StockKey("S9", "A"): 1, StockKey("S2", "B"): 1}
    sources = [replace(FIT, capacity=NO_TIME), Source("S9", 99.0)]
    found = planned([Need("L", "A", 2)], there, None, sources)
    assert from_where(found) == ["S9", "S2"]
    assert found.decision.last_resorts == ("S2",)


def test_paused_and_nothing_else_has_it__not_taken() -> None:
    found = one_piece([replace(FIT, capacity=PAUSED)])
    assert not found.takes
    assert found.decision.decided_by == "not_enough"
    assert "not asked, paused: 1 (S2)" in found.explanation


def test_excluded__many__all_are_counted_and_the_nearest_named() -> None:
    silent = [
        replace(FIT, location_id=f"S{n:02}", distance_km=99.0 - n, last_heard_at=None) for n in range(20)
    ]
    (told,) = one_piece(silent).decision.excluded
    assert told.count == 20
    assert told.location_ids == tuple(f"S{n:02}" for n in range(19, 9, -1))


# Ranking


def test_plan__equally_far__the_deeper_stock_then_the_freer_pickers() -> None:
    near = [
        Source("S2", 1.0),
        Source("S3", 1.1, Capacity(True, 10.0)),
        Source("S4", 1.2, Capacity(True, 60.0)),
    ]
    found = one_piece(near, S2=1)
    assert from_where(found) == ["S4"]
    assert found.decision.decided_by == "workload"
    assert found.decision.over_next is not None
    assert found.decision.over_next.model_dump() == {
        "location_id": "S3",
        "criterion": "workload",
        "chosen_value": "60 minutes left today",
        "next_value": "10 minutes left today",
    }
    assert "S4 (1.2 km) has all of what the order needs and comes before S3 by workload" in found.explanation


def test_reliability__in_one_band_of_distances__comes_before_the_nearest_and_not_beyond_the_band() -> None:
    poor = Source("S2", 1.0, reliability=Reliability.POOR)
    assert one_piece([poor, Source("S3", 9.0)]).decision.decided_by == "reliability"
    assert from_where(one_piece([poor, Source("S3", 9.0)])) == ["S3"]
    assert from_where(one_piece([poor, Source("S3", 11.0)])) == ["S2"]


def test_same_store__gives_something_already__no_further_transfer() -> None:
    there = {StockKey("S2", "A"): 1, StockKey("S5", "A"): 1}
    found = planned([Need("L", "A", 1)], there, giving=frozenset({"S5"}))
    assert from_where(found) == ["S5"]
    assert found.decision.decided_by == "same_store"


def test_ranking__as_a_setting__another_order_chooses_another_location() -> None:
    sources = [Source("S2", 1.0), Source("S3", 80.0)]
    by_depth = replace(POLICY, ranking=(RankCriterion.DEPTH, RankCriterion.DISTANCE))
    assert from_where(one_piece(sources, S3=9)) == ["S2"]
    assert from_where(one_piece(sources, by_depth, S3=9)) == ["S3"]


@given(some_sources, some_ranking, st.randoms(use_true_random=False))
def test_ranked__in_any_order__is_the_same(
    sources: tuple[Source, ...], ranking: tuple[RankCriterion, ...], random: object
) -> None:
    shuffled = list(sources)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    outlook = Outlook(frozenset({"S3"}), {"S2": 3, "S4": 1}, (10.0,))
    assert ranked(shuffled, ranking, outlook) == ranked(sources, ranking, outlook)


# Reliability

THRESHOLDS = Thresholds(
    half_life_days=30,
    prior_picks=30,
    usual_short_percent=2,
    doubtful_percent=10,
    poor_percent=25,
    uncounted_days=400,
)


def record(found: float, short: float, *, days_ago: float = 0, counted_days_ago: float = 1) -> Record:
    at = NOW - timedelta(days=days_ago)
    return Record(found, short, at, at, NOW - timedelta(days=counted_days_ago))


@pytest.mark.parametrize(
    ("found", "short", "expected"),
    [
        (0, 0, Reliability.USUAL),
        (0, 2, Reliability.USUAL),  # two bad picks and nothing else known: chance
        (500, 20, Reliability.USUAL),
        (80, 20, Reliability.DOUBTFUL),
        (20, 40, Reliability.POOR),
    ],
)
def test_reliability_of__what_picks_found__is_a_class(
    found: float, short: float, expected: Reliability
) -> None:
    assert reliability_of(record(found, short), NOW, THRESHOLDS) is expected


def test_reliability_of__nothing_known__as_usual() -> None:
    assert reliability_of(None, NOW, THRESHOLDS) is Reliability.USUAL


def test_reliability_of__bad_picks_of_long_ago__forgiven() -> None:
    bad = record(20, 40)
    assert reliability_of(bad, NOW, THRESHOLDS) is Reliability.POOR
    assert reliability_of(bad, NOW + timedelta(days=150), THRESHOLDS) is Reliability.USUAL


def test_reliability_of__not_counted_for_long__doubtful_until_it_is() -> None:
    assert reliability_of(record(90, 1, counted_days_ago=401), NOW, THRESHOLDS) is Reliability.DOUBTFUL
    never = replace(record(90, 1, days_ago=401), last_counted_at=None)
    assert reliability_of(never, NOW, THRESHOLDS) is Reliability.DOUBTFUL
    assert reliability_of(replace(never, last_counted_at=NOW), NOW, THRESHOLDS) is Reliability.USUAL


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 900))
def test_short_percent__time_passes__comes_nearer_to_the_usual(
    found: float, short: float, days: float
) -> None:
    now = short_percent(record(found, short), NOW, THRESHOLDS)
    later = short_percent(record(found, short), NOW + timedelta(days=days), THRESHOLDS)
    assert min(now, 2) - 1e-9 <= later <= max(now, 2) + 1e-9
    assert abs(later - 2) <= abs(now - 2) + 1e-9


@given(st.floats(0, 1e4), st.floats(0, 1e4))
def test_short_percent__one_more_pick__falls_with_goods_and_rises_without(found: float, short: float) -> None:
    before = short_percent(record(found, short), NOW, THRESHOLDS)
    assert short_percent(record(found + 1, short), NOW, THRESHOLDS) <= before
    assert short_percent(record(found, short + 1), NOW, THRESHOLDS) >= before


def test_faded__a_half_life__half() -> None:
    assert faded(8.0, timedelta(days=60), 30) == 2.0
    assert faded(8.0, timedelta(days=-1), 30) == 8.0, "a clock that is behind makes nothing heavier"
