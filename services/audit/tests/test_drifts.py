"""When a difference between two places is a drift, and when it is only in flight."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.reconcile.drift_table import keep_drifts, read_drifts
from audit.reconcile.drifts import (
    Cause,
    Drift,
    Key,
    Reading,
    Sides,
    Stands,
    Watch,
    neither_moved,
    one_stood_still,
    same_gap,
)

BEGIN = datetime(2026, 4, 1, 9, tzinfo=UTC)
KEY: Key = ("ginza", "coat")
GRACE_SECONDS = 30.0


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def sides(source: int, copy: int, source_version: int = 1, copy_version: int = 1) -> Sides:
    return Sides(Reading((source,), source_version), Reading((copy,), copy_version))


def watched(
    looks: Sequence[tuple[float, Sides]], stands: Stands = one_stood_still, suspects_max: int = 10
) -> Watch:
    watch = Watch(GRACE_SECONDS, suspects_max)
    for seconds, seen in looks:
        watch.take("kind", stands, {KEY: seen}, at(seconds))
    return watch


def since(watch: Watch) -> list[datetime]:
    return [drift.since for drift in watch.drifts()]


@pytest.mark.parametrize("stands", [one_stood_still, neither_moved, same_gap])
def test_take__a_difference_stands_for_the_grace__is_a_drift_since_it_was_first_seen(stands: Stands) -> None:
    stood = [(0.0, sides(5, 6)), (10.0, sides(5, 6)), (29.9, sides(5, 6))]
    assert since(watched(stood, stands)) == []
    assert since(watched([*stood, (30.0, sides(5, 6))], stands)) == [at(0)]


def test_take__the_copy_has_followed_and_is_behind_again__begins_anew() -> None:
    moved = [(0.0, sides(5, 6, 2, 1)), (30.0, sides(4, 5, 3, 2))]
    assert since(watched(moved)) == []
    assert since(watched([*moved, (60.0, sides(4, 5, 3, 2))])) == [at(30)]


def test_take__the_source_goes_on_and_the_copy_takes_nothing__is_a_drift() -> None:
    assert since(watched([(0, sides(5, 6, 2, 1)), (30, sides(3, 6, 9, 1))])) == [at(0)]


def test_take__the_same_numbers_come_again_under_other_versions__are_in_flight() -> None:
    assert since(watched([(0, sides(5, 6, 2, 1)), (30, sides(5, 6, 8, 7))])) == []


def test_take__two_places_follow_each_other_and_one_has_moved__is_in_flight() -> None:
    assert since(watched([(0, sides(5, 6, 1, 1)), (30, sides(7, 6, 2, 1))], neither_moved)) == []


def test_take__numbers_of_one_moment_both_move__only_the_same_gap_stands() -> None:
    assert since(watched([(0, sides(5, 6)), (30, sides(3, 4))], same_gap)) == [at(0)]
    assert since(watched([(0, sides(5, 6)), (30, sides(3, 5))], same_gap)) == []


def test_take__a_drift_changes__keeps_its_first_moment_until_both_sides_agree() -> None:
    looks = [(0, sides(5, 6)), (30, sides(5, 6)), (40, sides(4, 6, 2, 1))]
    watch = watched(looks)
    assert since(watch) == [at(0)]
    assert watch.drifts()[0].now == sides(4, 6, 2, 1)
    watch.take("kind", one_stood_still, {KEY: sides(4, 4, 2, 2)}, at(50))
    assert watch.drifts() == []
    assert [drift.key for drift in watch.take_ended()] == [KEY]
    assert watch.take_ended() == []


def test_take__more_differences_than_are_followed__says_of_which_kind() -> None:
    watch = Watch(GRACE_SECONDS, suspects_max=2)
    watch.take("kind", neither_moved, {(str(number),): sides(1, 2) for number in range(3)}, at(0))
    assert len(watch.in_flight()) == 2
    assert watch.full() == ["kind"]


Change = tuple[float, int]


@given(
    st.lists(st.tuples(st.floats(0, 300), st.integers(0, 3)), max_size=30),
    st.floats(0, GRACE_SECONDS - 1),
    st.lists(st.floats(0, 400), max_size=30),
)
def test_take__a_copy_that_follows_within_the_grace__is_never_a_drift(
    changes: list[Change], lag_seconds: float, looks: list[float]
) -> None:
    """However source and looks fall, and however often the same numbers come again."""
    history = sorted(changes)

    def reading(until: float) -> Reading:
        known = [pieces for seconds, pieces in history if seconds <= until]
        return Reading((known[-1] if known else 0,), len(known))

    watch = Watch(GRACE_SECONDS, suspects_max=10)
    for seconds in sorted(looks):
        watch.take(
            "kind",
            one_stood_still,
            {KEY: Sides(reading(seconds), reading(seconds - lag_seconds))},
            at(seconds),
        )
        assert watch.drifts() == []


@given(st.lists(st.tuples(st.floats(0, 300), st.integers(0, 3)), max_size=30), st.integers(1, 5))
def test_take__a_message_to_the_copy_was_lost__is_a_drift_at_the_second_look_after_the_grace(
    changes: list[Change], missing: int
) -> None:
    """The copy has taken nothing since, whatever the source does meanwhile."""
    watch = Watch(GRACE_SECONDS, suspects_max=10)
    stuck = Reading((-missing,), 0)
    for version, (seconds, pieces) in enumerate(sorted(changes), start=1):
        watch.take("kind", one_stood_still, {KEY: Sides(Reading((pieces,), version), stuck)}, at(seconds))
    last = Sides(Reading((1,), len(changes) + 1), stuck)
    watch.take("kind", one_stood_still, {KEY: last}, at(400))
    watch.take("kind", one_stood_still, {KEY: last}, at(400 + GRACE_SECONDS))
    assert since(watch) == [at(min((seconds for seconds, _ in changes), default=400))]


@pytest.mark.component
async def test_drift_table__kept_and_read_again__is_the_same_and_keeps_its_first_moment(
    database: str,
) -> None:
    cause = Cause("order.events", "id", at(1))
    order = Sides(Reading((("coat", 1), ("cup", 2)), 3), Reading(()))
    drifts = [
        Drift(
            "ledger", KEY, at(0), sides(5, 6), sides(4, 6), is_confirmed=True, is_explained=True, cause=cause
        ),
        Drift("order_stock", ("o-1",), at(2), order, order, is_confirmed=True, is_explained=True),
        Drift("copy_edge", KEY, at(3), sides(1, 2), Sides(Reading(None), Reading((1,))), True, True),
    ]
    assert await read_drifts(database) == []
    await keep_drifts(database, drifts, [])
    assert await read_drifts(database) == drifts
    later = Drift("ledger", KEY, at(9), sides(1, 1), sides(3, 6), is_confirmed=True)
    await keep_drifts(database, [later], drifts[1:])
    (kept,) = await read_drifts(database)
    assert (kept.since, kept.first, kept.now) == (at(0), sides(5, 6), sides(3, 6))
