"""Overdue tasks go on by rules that are data: every step once, however late and however often somebody looks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts.messages import AssignInventoryTask, StartInventoryTask, Task
from tsunagu.contracts.values import TASK_STEPS_MAX, TaskState, TaskStep
from tsunagu.planning import (
    HEADQUARTERS,
    Level,
    Post,
    Step,
    TaskRule,
    TaskRules,
    UnknownTaskKind,
    assigned,
    ended,
    new_task,
    opened,
    started,
    steps_due,
    task_rules,
    with_step,
)

DUE = datetime(2026, 4, 1, 9, tzinfo=UTC)
RULE = TaskRule(
    "store-operations",
    5.0,
    (
        Step(30, Level.STORE),
        Step(60, Level.AREA),
        Step(120, Level.DEPARTMENT),
        Step(240, Level.HEADQUARTERS),
    ),
)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def a_task(**changes: object) -> Task:
    values = {
        "task_id": "t",
        "version": 1,
        "kind": "count",
        "subject": "Count A at S1",
        "location_id": "S1",
        "due_at": DUE,
        "state": TaskState.OPEN,
        "created_at": DUE - minutes(60),
    }
    return Task.model_validate({**values, **changes})


def test_steps__not_overdue_enough__none_and_at_the_minute_one() -> None:
    assert steps_due(RULE, DUE, 0, DUE + minutes(29.9)) == ()
    assert [step.to for step in steps_due(RULE, DUE, 0, DUE + minutes(30))] == [Level.STORE]


@given(looks=st.lists(st.floats(min_value=0, max_value=600), max_size=20))
def test_steps__whoever_looks_and_whenever__each_is_taken_once_and_in_order(looks: list[float]) -> None:
    taken: list[Step] = []
    for look in sorted(looks):
        taken += steps_due(RULE, DUE, len(taken), DUE + minutes(look))
    latest = max(looks, default=0)
    assert taken == [step for step in RULE.steps if step.after_minutes <= latest]


@given(late=st.floats(min_value=-60, max_value=600), taken=st.integers(0, 4))
def test_search__finds_exactly_what_has_a_step_due(late: float, taken: int) -> None:
    now = DUE + minutes(late)
    rules = TaskRules([("pick", RULE)])
    found = any(
        kind == "pick" and steps == taken and before >= DUE
        for kind, steps, before in rules.due_before(["pick"], now)
    )
    assert found == bool(steps_due(RULE, DUE, taken, now))


def test_owner__of_each_level__is_named_by_where_the_task_is() -> None:
    post = Post("S1", "kanto", "logistics")
    assert [post.owner(level) for level in Level] == [
        "store:S1",
        "area:kanto",
        "dept:logistics",
        HEADQUARTERS,
    ]


def test_owner__a_level_that_there_is_not__passes_it_to_the_next() -> None:
    assert Post("S1", None, "logistics").owner(Level.AREA) == "dept:logistics"
    assert Post(None, None, "logistics").owner(Level.STORE) == "dept:logistics"
    assert Post("a@b", None, "x").owner(Level.STORE) == "store:a-b"


def test_rules__a_kind_without_one__says_so() -> None:
    with pytest.raises(UnknownTaskKind, match=r"no rule for dance in .*task_rules\.toml"):
        task_rules().of("dance")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([("pick", RULE), ("pick", RULE)], "two rules"),
        ([("pick", TaskRule("x", None, RULE.steps[::-1]))], "do not follow each other"),
    ],
)
def test_rules__that_contradict_themselves__are_refused(rules: list[tuple[str, TaskRule]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TaskRules(rules)


@given(number=st.integers(1, 60))
def test_history__longer_than_is_told__keeps_how_it_began_and_what_came_last(number: int) -> None:
    steps = [TaskStep(at=DUE + minutes(n), what="assigned", owner=f"staff:{n}") for n in range(number)]
    history: tuple[TaskStep, ...] = ()
    for step in steps:
        history = with_step(history, step)
    assert len(history) == min(number, TASK_STEPS_MAX)
    assert (history[0], history[-1]) == (steps[0], steps[-1])
    assert list(history[1:]) == steps[1:][-(TASK_STEPS_MAX - 1) :]


@given(
    late=st.floats(min_value=-60, max_value=600),
    taken=st.integers(0, 4),
    area=st.sampled_from([None, "kanto"]),
)
def test_given_on__by_whatever_is_due__has_the_last_steps_owner_and_a_line_of_history_for_each(
    late: float, taken: int, area: str | None
) -> None:
    now, rules = DUE + minutes(late), TaskRules([("count", RULE)])
    before = a_task(escalation=taken)
    after = rules.given_on(before, area, now)
    steps = steps_due(RULE, DUE, taken, now)
    owners = [Post("S1", area, "store-operations").owner(step.to) for step in steps]
    assert [step.owner for step in after.history] == owners
    assert (after.owner, after.escalation) == (owners[-1] if owners else before.owner, taken + len(steps))
    assert rules.levels("count", taken, after.escalation) == tuple(step.to for step in steps)
    assert (after == before) == (not steps)


def test_given_on__of_a_department_of_its_own__goes_to_that_one() -> None:
    task = a_task(department="logistics-east")
    assert (
        TaskRules([("count", RULE)]).given_on(task, None, DUE + minutes(121)).owner == "dept:logistics-east"
    )


def test_task__asked_for_again_while_it_is_open__stays_due_when_it_was_with_whoever_has_it() -> None:
    first = opened(None, new_task(a_task(), task_rules()), DUE)
    passed_on = task_rules().given_on(first, "kanto", DUE + minutes(120))
    again = opened(
        passed_on, new_task(a_task(subject="Count A again", due_at=DUE + minutes(999)), task_rules()), DUE
    )
    assert (again.subject, again.due_at, again.owner, again.escalation) == (
        "Count A again",
        DUE,
        "store:S1",
        1,
    )
    assert [step.what for step in again.history] == ["opened", "escalated"]


def test_task__asked_for_again_after_its_end__begins_anew_and_remembers() -> None:
    done = ended(opened(None, new_task(a_task(), task_rules()), DUE), "staff:1", DUE)
    again = opened(done, new_task(a_task(due_at=DUE + minutes(999)), task_rules()), DUE)
    assert (again.state, again.due_at, again.escalation, again.ended_at) == (
        TaskState.OPEN,
        DUE + minutes(999),
        0,
        None,
    )
    assert [step.what for step in again.history] == ["opened", "done", "opened_again"]


def test_task__new__has_owner_department_and_standard_minutes_by_its_rule() -> None:
    at_store = new_task(a_task(), task_rules())
    nowhere = new_task(a_task(kind="settle_money", location_id=None), task_rules())
    assert (at_store.owner, at_store.department, at_store.planned_minutes) == ("S1", "inventory-control", 5.0)
    assert (nowhere.owner, nowhere.department) == ("dept:accounting", "accounting")


def assignment(owner: str) -> AssignInventoryTask:
    return AssignInventoryTask(assignment_id="a", task_id="t", owner=owner, occurred_at=DUE)


def start(by: str | None, at: datetime) -> StartInventoryTask:
    return StartInventoryTask(start_id="s", task_id="t", staff_ref=by, occurred_at=at)


def test_assigned__to_somebody_and_on_to_another__is_theirs_and_each_is_a_step() -> None:
    task = opened(None, new_task(a_task(), task_rules()), DUE)
    first = assigned(task, assignment("staff:1"), DUE)
    again = assigned(first, assignment("staff:1"), DUE + minutes(1))
    other = assigned(first, assignment("staff:2"), DUE + minutes(2))
    assert (first.owner, first.state) == ("staff:1", TaskState.ASSIGNED)
    assert again == first
    assert (other.owner, other.state) == ("staff:2", TaskState.ASSIGNED)
    assert [(step.what, step.owner) for step in other.history[1:]] == [
        ("assigned", "staff:1"),
        ("assigned", "staff:2"),
    ]


def test_assigned__begun_already__stays_begun() -> None:
    begun = started(a_task(), start("staff:1", DUE), DUE)
    given = assigned(begun, assignment("staff:2"), DUE + minutes(1))
    assert (given.owner, given.state, given.started_at) == ("staff:2", TaskState.STARTED, DUE)


@pytest.mark.parametrize(
    ("owner", "state", "by", "has_it"),
    [
        ("S1", TaskState.OPEN, "staff:1", "staff:1"),
        ("S1", TaskState.OPEN, None, "S1"),
        ("staff:2", TaskState.ASSIGNED, "staff:1", "staff:2"),
    ],
)
def test_started__of_the_team_or_of_somebody__who_has_it_then(
    owner: str, state: TaskState, by: str | None, has_it: str
) -> None:
    begun = started(a_task(owner=owner, state=state), start(by, DUE), DUE)
    assert (begun.owner, begun.state) == (has_it, TaskState.STARTED)
    assert (begun.history[-1].what, begun.history[-1].owner) == ("started", has_it)


@given(clock_minutes=st.integers(-10_000, 10_000), took=st.integers(0, 10_000))
def test_started__whatever_a_devices_clock_says__between_its_opening_and_now_and_once(
    clock_minutes: int, took: int
) -> None:
    task = a_task()
    now = DUE + minutes(5)
    begun = started(task, start(None, DUE + minutes(clock_minutes)), now)
    again = started(begun, start("staff:9", DUE), now)
    done = ended(again, None, now + minutes(took))
    assert begun.started_at is not None
    assert task.created_at <= begun.started_at <= now
    assert again == begun
    assert done.minutes == pytest.approx((now - begun.started_at).total_seconds() / 60 + took)
    assert (done.measured, done.state) == (True, TaskState.DONE)


def test_task__begun_and_asked_for_again__stays_begun() -> None:
    begun = started(opened(None, new_task(a_task(), task_rules()), DUE), start("staff:1", DUE), DUE)
    again = opened(begun, new_task(a_task(subject="Count A again"), task_rules()), DUE + minutes(9))
    assert (again.state, again.started_at, again.owner) == (TaskState.STARTED, DUE, "staff:1")


def test_task__asked_for_again_after_it_was_begun_and_done__is_not_begun() -> None:
    begun = started(opened(None, new_task(a_task(), task_rules()), DUE), start("staff:1", DUE), DUE)
    again = opened(ended(begun, None, DUE), new_task(a_task(), task_rules()), DUE + minutes(9))
    assert (again.state, again.started_at, again.minutes, again.measured) == (
        TaskState.OPEN,
        None,
        None,
        None,
    )


def test_task__done_and_not_measured__says_so() -> None:
    done = ended(opened(None, new_task(a_task(), task_rules()), DUE), None, DUE + minutes(1))
    assert (done.measured, done.minutes, done.planned_minutes) == (False, None, 5.0)
    assert done.history[-1] == TaskStep(at=DUE + minutes(1), what="done", owner="S1")
