"""Tasks that nobody did in time: who has them next, each step once, and what becomes of them is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pickup.handlers.escalation import ask_for_overdue
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import Task
from tsunagu.testing.harness import Harness, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def make_overdue(pickup: Harness, minutes: float) -> None:
    """Every task was due so many minutes ago."""
    due_at = datetime.now(UTC) - timedelta(minutes=minutes)
    await pickup.connection.execute("UPDATE task SET due_at = $1", due_at)


async def sweep(pickup: Harness) -> list[Task]:
    await pickup.turn(ask_for_overdue, at=datetime.now(UTC))
    return tasks_in(await pickup.work_due())


def tasks_in(messages: list[Message]) -> list[Task]:
    return [message for message in messages if isinstance(message, Task)]


def what(task: Task) -> list[tuple[str, str | None]]:
    return [(step.what, step.owner) for step in task.history]


async def test_overdue__each_step_of_its_rule__goes_to_the_next_owner_once(pickup: Harness, a: Any) -> None:
    await pickup.deliver(a.location(a.shop, version=2, area="kanto"))
    task = only(await pickup.deliver(a.order().confirmed()), Task)
    assert (task.owner, task.department, task.escalation) == (a.shop, "store-operations", 0)
    assert await sweep(pickup) == []
    owners: list[str | None] = []
    for minutes in (31, 31, 121, 481, 481, 1441, 9999):
        await make_overdue(pickup, minutes)
        owners += [said.owner for said in await sweep(pickup)]
    assert owners == [f"store:{a.shop}", "area:kanto", "dept:store-operations", "headquarters"]


async def test_overdue__found_after_an_outage__takes_all_steps_that_it_has_missed(
    pickup: Harness, a: Any
) -> None:
    await pickup.deliver(a.order().confirmed())
    await make_overdue(pickup, 500)
    said = only(await sweep(pickup), Task)
    assert (said.owner, said.escalation) == ("dept:store-operations", 3)
    assert what(said) == [
        ("opened", a.shop),
        ("escalated", f"store:{a.shop}"),
        ("escalated", "dept:store-operations"),
        ("escalated", "dept:store-operations"),
    ]


async def test_overdue__found_by_two_processes__goes_on_once(pickup: Harness, a: Any) -> None:
    await pickup.deliver(a.order().confirmed())
    await make_overdue(pickup, 31)
    await pickup.turn(ask_for_overdue, at=datetime.now(UTC))
    await pickup.turn(ask_for_overdue, at=datetime.now(UTC))
    said = tasks_in(await pickup.work_due())
    said += await sweep(pickup)
    assert [(task.owner, task.escalation) for task in said] == [(f"store:{a.shop}", 1)]


async def test_overdue__done_before_its_second_step__stays_done(pickup: Harness, a: Any) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    await pickup.connection.execute(
        "UPDATE task SET due_at = $1 WHERE kind = 'pick'", datetime.now(UTC) - timedelta(minutes=31)
    )
    await pickup.turn(ask_for_overdue, at=datetime.now(UTC))
    await pickup.deliver(order.pick())
    assert tasks_in(await pickup.work_due()) == []


async def test_transfer__its_tasks__are_of_the_department_that_answers_for_the_lane(
    pickup: Harness, a: Any
) -> None:
    order = a.order(source=a.other)
    await pickup.deliver(order.confirmed())
    to_send = a.task(await pickup.deliver(order.pick()), "ship_transfer")
    assert to_send.department == "logistics-east"
    await make_overdue(pickup, 121)
    said = a.task(await sweep(pickup), "ship_transfer")
    assert (said.owner, said.escalation) == ("dept:logistics-east", 2)


async def test_history__of_a_pick__says_who_had_it_and_when(pickup: Harness, a: Any) -> None:
    order = a.order()
    task = only(await pickup.deliver(order.confirmed()), Task)
    await pickup.deliver(a.start(task, order))
    done = a.task(await pickup.deliver(order.pick()), "pick")
    assert [step for step, _ in what(done)] == ["opened", "started", "done"]
    assert done.history[0].at == done.created_at
    assert done.history[-1].at == done.ended_at
    assert done.measured is True


async def test_pick__never_begun_on_a_device__is_not_measured_and_has_planned_minutes(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    done = a.task(await pickup.deliver(order.pick()), "pick")
    assert (done.minutes, done.measured) == (None, False)
    assert done.planned_minutes == 1.75


async def test_retelling__after_escalation__tells_the_same_history(pickup: Harness, a: Any) -> None:
    await pickup.deliver(a.order().confirmed())
    await make_overdue(pickup, 31)
    await sweep(pickup)
    before = dict(pickup.compacted["pickup.tasks"])
    await pickup.retell()
    after = pickup.compacted["pickup.tasks"]
    assert {key: record.value for key, record in after.items()} == {
        key: record.value for key, record in before.items()
    }


async def test_wave__of_late_tasks__is_not_given_on_while_somebody_does_it(pickup: Harness, a: Any) -> None:
    await pickup.deliver(a.order().confirmed(), a.order().confirmed())
    await make_overdue(pickup, 31)
    await sweep(pickup)
    wave = a.take()
    taken = tasks_in(await pickup.deliver(wave))
    assert {task.owner for task in taken} == {"staff:7"}
    assert await sweep(pickup) == []


async def test_wave__given_back__what_is_overdue_is_with_whoever_had_it_last(pickup: Harness, a: Any) -> None:
    await pickup.deliver(a.order().confirmed())
    await make_overdue(pickup, 31)
    await sweep(pickup)
    wave = a.take()
    await pickup.deliver(wave)
    back = a.task(await pickup.deliver(a.release(wave)), "pick")
    assert (back.owner, back.state) == (f"store:{a.shop}", "open")
    assert [step for step, _ in what(back)] == ["opened", "escalated", "started", "given_back"]
