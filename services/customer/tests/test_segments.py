"""Segments, scores and stages by the packaged rules."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer.domain.segments import Bought, Signs, next_change_at, stage, standing
from customer.rules import PACKAGED, load
from tsunagu.contracts.values import JourneyStage, Segment

RULES = load(PACKAGED)
NOW = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)

purchases = st.lists(
    st.builds(
        Bought,
        at=st.integers(0, 800 * 24).map(lambda hours: NOW - timedelta(hours=hours)),
        amount_jpy=st.integers(0, 200_000),
        channel=st.sampled_from(["store", "ec"]),
        is_picked_up=st.booleans(),
    ),
    max_size=12,
)


def _bought(*days_ago: int) -> list[Bought]:
    return [Bought(NOW - timedelta(days=days), 1000, "store") for days in days_ago]


@pytest.mark.parametrize(
    ("days_ago", "segment"),
    [
        ((), Segment.PROSPECT),
        ((10,), Segment.FIRST_PURCHASE),
        ((10, 500), Segment.REPEAT),
        ((10, 20, 30), Segment.REPEAT),
        ((10, 20, 30, 364), Segment.LOYAL),
        ((10, 20, 30, 365), Segment.REPEAT),
        ((364,), Segment.FIRST_PURCHASE),
        ((365,), Segment.LAPSED),
        ((365, 366, 367, 368), Segment.LAPSED),
    ],
)
def test_segment__by_when_somebody_bought(days_ago: tuple[int, ...], segment: Segment) -> None:
    assert standing(_bought(*days_ago), RULES, NOW).segment is segment


def test_scores__a_frequent_recent_big_spender__has_fives_and_a_lone_old_purchase_ones() -> None:
    best = standing([Bought(NOW - timedelta(days=day), 20_000, "ec") for day in range(8)], RULES, NOW)
    worst = standing(_bought(700), RULES, NOW)

    assert (best.recency, best.frequency, best.monetary) == (5, 5, 5)
    assert (worst.recency, worst.frequency, worst.monetary) == (1, 1, 1)


@settings(deadline=None)  # the machine is shared
@given(purchases, st.randoms())
def test_standing__the_order_of_purchases__means_nothing(bought: list[Bought], chance: object) -> None:
    shuffled = list(bought)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert standing(shuffled, RULES, NOW) == standing(bought, RULES, NOW)
    assert stage(shuffled, Signs(), RULES) == stage(bought, Signs(), RULES)


@settings(deadline=None)  # the machine is shared
@given(purchases, st.integers(0, 1000 * 24))
def test_next_change__until_then_nothing_changes__and_then_it_does(bought: list[Bought], hours: int) -> None:
    due_at = next_change_at(bought, RULES, NOW)
    today = standing(bought, RULES, NOW)
    later = NOW + timedelta(hours=hours)

    if due_at is None or later < due_at:
        assert standing(bought, RULES, later) == today
    if due_at is not None:
        assert due_at > NOW
        assert standing(bought, RULES, due_at) != today
        assert standing(bought, RULES, due_at - timedelta(microseconds=1)) == today


@settings(deadline=None)  # the machine is shared
@given(purchases)
def test_standing__looking_at_the_newest_200_only__is_enough(bought: list[Bought]) -> None:
    many = bought + [Bought(NOW - timedelta(days=400 + place), 1, "ec") for place in range(250)]
    newest = sorted(many, key=lambda one: one.at)[-200:]
    assert standing(newest, RULES, NOW) == standing(many, RULES, NOW)


@pytest.mark.parametrize(
    ("signs", "days_ago", "expected"),
    [
        (Signs(), (), None),
        (Signs(viewed_at=NOW), (), JourneyStage.AWARE),
        (Signs(viewed_at=NOW, considered_at=NOW), (), JourneyStage.CONSIDERING),
        (Signs(considered_at=NOW, ordered_at=NOW), (), JourneyStage.ORDERED),
        (Signs(viewed_at=NOW), (3,), JourneyStage.BOUGHT_IN_STORE),
        (Signs(ordered_at=NOW), (3,), JourneyStage.RETURNING),
        (Signs(), (3, 4), JourneyStage.RETURNING),
        (Signs(viewed_at=NOW), (181,), JourneyStage.AWARE),  # an earlier journey
        (Signs(viewed_at=NOW - DAY, returned_at=NOW), (), JourneyStage.RETURNED),
        (Signs(viewed_at=NOW, returned_at=NOW - DAY), (), JourneyStage.AWARE),
        (Signs(returned_at=NOW), (3,), JourneyStage.BOUGHT_IN_STORE),  # of another purchase
    ],
)
def test_stage__the_furthest_sign_of_this_journey_counts(
    signs: Signs, days_ago: tuple[int, ...], expected: JourneyStage | None
) -> None:
    assert stage(_bought(*days_ago), signs, RULES) == expected


@pytest.mark.parametrize(
    ("channel", "is_picked_up", "expected"),
    [
        ("store", False, JourneyStage.BOUGHT_IN_STORE),
        ("ec", False, JourneyStage.BOUGHT_ONLINE),
        ("ec", True, JourneyStage.PICKED_UP),
    ],
)
def test_stage__a_first_purchase__is_told_by_where_it_was_bought_and_fetched(
    channel: str, is_picked_up: bool, expected: JourneyStage
) -> None:
    assert stage([Bought(NOW, 1000, channel, is_picked_up)], Signs(viewed_at=NOW), RULES) is expected


@settings(deadline=None)  # the machine is shared
@given(st.lists(st.integers(0, 3000), max_size=30))
def test_rules__everybody_is_in_a_segment(days_ago: list[int]) -> None:
    assert standing(_bought(*days_ago), RULES, NOW).segment in Segment


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("purchases_min = 1\n", "purchases_min = 2\n", "in no segment"),
        ("days = [30, 90, 180, 365]", "days = [90, 30, 180, 365]", "ascend"),
        ("purchases_max = 0", "purchases_mox = 0", "purchases_mox"),
    ],
)
def test_rules__a_file_with_a_mistake__is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(PACKAGED.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    with pytest.raises(ValueError, match=complaint):
        load(path)
