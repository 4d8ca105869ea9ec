"""What goes into a wave, in which order it is walked, and whose its minutes are, for any tasks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup.domain.scene import Scene
from pickup.domain.waves import Candidate, Limits, Member, choose, shares, walk
from tsunagu.contracts.values import TaskLine, TaskState

from .test_races import policy

NOW = datetime(2026, 4, 1, 3, tzinfo=UTC)
SKUS = ("SHIRT", "SHOE", "HAT", "SOCK")
moments = st.integers(-600, 600).map(lambda minutes: NOW + timedelta(minutes=minutes))


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    found = draw(st.lists(st.tuples(moments, st.integers(1, 50)), max_size=30))
    return [Candidate(f"t{place}", f"w{place // 2}", due, lines) for place, (due, lines) in enumerate(found)]


@st.composite
def members(draw: st.DrawFn) -> list[Member]:
    states = st.sampled_from([TaskState.STARTED, TaskState.DONE, TaskState.CANCELLED])
    found: list[Member] = []
    for number, state in enumerate(draw(st.lists(states, min_size=1, max_size=12))):
        skus = draw(st.lists(st.sampled_from(SKUS), min_size=1, max_size=6))
        lines = tuple(TaskLine(sku=sku, quantity=1, line_id=f"l{place}") for place, sku in enumerate(skus))
        ended_at = None if state is TaskState.STARTED else draw(moments)
        found.append(Member(f"t{number}", f"o{number}", f"o{number}", None, state, lines, ended_at))
    return found


@given(candidates(), st.integers(1, 12), st.integers(1, 120), st.floats(0, 600))
def test_choose__any_tasks__at_most_so_many_most_urgent_first_within_the_window(
    found: list[Candidate], tasks_max: int, lines_max: int, window: float
) -> None:
    chosen = choose(found, Limits(tasks_max, lines_max, window), NOW)
    assert bool(chosen) == bool(found)
    assert len(chosen) <= tasks_max
    assert len(chosen) == 1 or sum(each.lines for each in chosen) <= lines_max
    by_urgency = sorted(found, key=lambda each: (each.due_at, each.task_id))
    assert chosen == by_urgency[: len(chosen)]
    if chosen:
        until = max(NOW, chosen[0].due_at) + timedelta(minutes=window)
        assert all(each.due_at <= until for each in chosen)


@given(candidates(), st.integers(1, 12), st.integers(1, 120), st.floats(0, 600))
def test_choose__again_and_again__each_task_is_in_one_wave(
    found: list[Candidate], tasks_max: int, lines_max: int, window: float
) -> None:
    left, taken = list(found), []
    while left:
        wave = choose(left, Limits(tasks_max, lines_max, window), NOW)
        taken += wave
        left = [each for each in left if each not in wave]
    assert len(taken) == len(found)
    assert {each.task_id for each in taken} == {each.task_id for each in found}


@given(members(), st.permutations(SKUS))
def test_walk__any_tasks__every_line_once_in_walking_order(found: list[Member], order: list[str]) -> None:
    places = {sku: place for place, sku in enumerate(order)}
    scene = Scene(NOW, NOW, policy(), categories={sku: sku for sku in SKUS}, walks={"S001": places})
    lines = walk(found, "S001", scene)
    assert [places[line.sku] for line in lines] == sorted(places[line.sku] for line in lines)
    said = [(line.task_id, line.line_id, line.sku, line.order_id) for line in lines]
    asked = [(m.task_id, line.line_id, line.sku, m.order_id) for m in found for line in m.lines]
    assert sorted(map(str, said)) == sorted(map(str, asked))


@given(members(), moments)
def test_shares__any_wave__add_up_to_its_minutes_and_differ_from_the_lines_share_by_rounding_only(
    found: list[Member], started_at: datetime
) -> None:
    minutes = shares(found, started_at)
    done = [each for each in found if each.state is TaskState.DONE]
    assert set(minutes) == {each.task_id for each in done}
    if not done:
        return
    last = max(each.ended_at for each in done if each.ended_at is not None)
    whole = max(0.0, (last - started_at).total_seconds() / 60)
    assert sum(minutes.values()) == pytest.approx(whole, abs=0.0006)
    weight = sum(len(each.lines) for each in done)
    for each in done:
        assert minutes[each.task_id] == pytest.approx(whole * len(each.lines) / weight, abs=0.002)
