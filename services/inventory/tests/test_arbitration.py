"""Which promises break: generated promises and rules, without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inventory.domain.arbitration import (
    CRITERIA,
    DEFAULT_RULE,
    BreakCriterion,
    Promise,
    arbitrate,
    order_of,
    told,
)
from inventory.settings import Settings

NOON = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)

promises = st.lists(
    st.builds(
        Promise,
        st.sampled_from(["O1", "O2", "O3"]),
        st.integers(0, 99).map(str),
        st.integers(1, 4),
        st.integers(1, 30),
        is_picked=st.booleans(),
        elsewhere_km=st.none() | st.sampled_from([0.0, 0.3, 3.0, 3.4, 400.0]),
        ready_by=st.none() | st.integers(0, 9).map(lambda hours: NOON + timedelta(hours=hours)),
        may_be_partial=st.booleans(),
        is_prepaid=st.booleans(),
    ),
    max_size=6,
    unique_by=(lambda promise: promise.allocation_id, lambda promise: promise.decided_no),
)
rules = st.permutations(list(BreakCriterion)[1:]).flatmap(
    lambda others: st.integers(0, len(others)).map(
        lambda length: (BreakCriterion.NOT_PICKED, *others[:length])
    )
)


@given(promises, st.integers(0, 20), rules)
def test_arbitrate__any_promises__exactly_what_is_uncovered_breaks(
    there: list[Promise], pieces: int, rule: tuple[BreakCriterion, ...]
) -> None:
    broken = arbitrate(there, pieces, rule)
    unpicked = sum(promise.quantity for promise in there if not promise.is_picked)
    assert sum(one.quantity for one in broken) == min(pieces, unpicked)
    assert all(0 < one.quantity <= one.promise.quantity for one in broken)
    assert len({one.promise.allocation_id for one in broken}) == len(broken)
    assert all(one.quantity == one.promise.quantity for one in broken[:-1]), "only the last breaks in part"


@given(promises, st.integers(0, 20), rules)
def test_arbitrate__any_promises__no_picked_piece_breaks(
    there: list[Promise], pieces: int, rule: tuple[BreakCriterion, ...]
) -> None:
    assert not [one for one in arbitrate(there, pieces, rule) if one.promise.is_picked]


@given(promises, st.integers(0, 20), rules, st.randoms(use_true_random=False))
def test_arbitrate__in_any_order__the_same_promises_break(
    there: list[Promise], pieces: int, rule: tuple[BreakCriterion, ...], random: object
) -> None:
    shuffled = list(there)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert arbitrate(shuffled, pieces, rule) == arbitrate(there, pieces, rule)


@given(promises, st.integers(0, 20), rules)
def test_arbitrate__a_promise_that_is_kept__is_worse_by_the_first_criterion_that_differs(
    there: list[Promise], pieces: int, rule: tuple[BreakCriterion, ...]
) -> None:
    """A better criterion is never beaten by a worse one: later ones only decide where earlier ones are equal."""
    broken = [one.promise for one in arbitrate(there, pieces, rule)]
    kept = [promise for promise in there if promise not in broken and not promise.is_picked]
    for gone in broken:
        for stays in kept:
            ranks = [(CRITERIA[one](gone), CRITERIA[one](stays)) for one in rule]
            differing = next(((one, other) for one, other in ranks if one != other), None)
            if differing is None:
                assert gone.decided_no > stays.decided_no, (
                    "where the rule sees no difference, the newest goes"
                )
            else:
                assert differing[0] < differing[1]


@given(promises, rules)
def test_arbitrate__one_piece_more__breaks_what_broke_before_and_one_piece_more(
    there: list[Promise], rule: tuple[BreakCriterion, ...]
) -> None:
    """Who would break is not decided anew when more goes missing: nobody is saved by a larger loss."""
    before: dict[str, int] = {}
    for pieces in range(12):
        now = {one.promise.allocation_id: one.quantity for one in arbitrate(there, pieces, rule)}
        assert all(now.get(allocation_id, 0) >= quantity for allocation_id, quantity in before.items())
        before = now


NEAR = Promise("near", "a", 1, 1, elsewhere_km=3.0)
FAR = Promise("far", "b", 1, 9, elsewhere_km=400.0)
NOWHERE = Promise("nowhere", "c", 1, 10)


def test_default_rule__the_nearest_elsewhere_then_the_far_then_what_is_nowhere_else() -> None:
    order = [one.promise.order_id for one in arbitrate([NOWHERE, FAR, NEAR], 3, DEFAULT_RULE)]
    assert order == ["near", "far", "nowhere"]


def test_default_rule__equally_far_in_whole_kilometres__the_newest() -> None:
    older, newer = (
        Promise("older", "a", 1, 1, elsewhere_km=3.1),
        Promise("newer", "b", 1, 2, elsewhere_km=3.4),
    )
    assert [one.promise.order_id for one in arbitrate([older, newer], 1, DEFAULT_RULE)] == ["newer"]


@pytest.mark.parametrize(
    ("criterion", "first", "then"),
    [
        ("prepaid_last", Promise("O", "a", 1, 1), Promise("O", "b", 1, 2, is_prepaid=True)),
        ("partial_first", Promise("O", "a", 1, 1, may_be_partial=True), Promise("O", "b", 1, 2)),
        ("largest_first", Promise("O", "a", 3, 1), Promise("O", "b", 2, 2)),
        (
            "latest_ready_by",
            Promise("O", "a", 1, 1, ready_by=NOON + timedelta(days=1)),
            Promise("O", "b", 1, 2, ready_by=NOON),
        ),
        ("latest_ready_by", Promise("O", "a", 1, 1), Promise("O", "b", 1, 2, ready_by=NOON)),
        ("newest_first", Promise("O", "a", 1, 2), Promise("O", "b", 1, 1)),
    ],
)
def test_criterion__alone__decides_against_the_newest(criterion: str, first: Promise, then: Promise) -> None:
    rule = (BreakCriterion.NOT_PICKED, BreakCriterion(criterion))
    assert order_of(first, rule) < order_of(then, rule)


@given(promises)
def test_told__any_promise__is_said_of_every_criterion(there: list[Promise]) -> None:
    for promise in there:
        assert all(told(criterion, promise) for criterion in BreakCriterion)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (["newest_first"], "must begin with not_picked"),
        ([], "must begin with not_picked"),
        (["not_picked", "newest_first", "newest_first"], "twice"),
        (["not_picked", "richest_first"], "richest_first"),
    ],
)
def test_settings__a_rule_that_makes_no_sense__is_refused_with_the_reason(rule: list[str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Settings.model_validate({"break_rule": rule})
