"""Money that goods and books disagree about is a task of somebody, until somebody says how it was settled."""

from datetime import timedelta
from typing import Any

import pytest

from order.escalation import give_on_overdue
from order.retelling import open_keys
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import MoneySettled, TaskState
from tsunagu.testing.harness import Harness, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def settle(task: m.Task, **changes: Any) -> m.SettleMoney:
    values = {
        "settling_id": uuid7(),
        "order_id": task.order_id,
        "task_id": task.task_id,
        "settled": MoneySettled.PAID,
        "amount_jpy": 2500,
        "staff_ref": "staff:7",
        "occurred_at": task.created_at,
    }
    return m.SettleMoney.model_validate({**values, **changes})


async def a_settlement(service: Harness, mother: Any) -> m.Task:
    await service.deliver(mother.place(ship=True), mother.cancel())
    await service.sent()
    return only(await service.deliver(mother.shipped()), m.Task)


async def test_settlement__due__is_a_task_of_the_same_id(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(ship=True), mother.cancel())
    await service.sent()
    sent = await service.deliver(mother.shipped())
    task, due = only(sent, m.Task), only(sent, m.SettlementDue)
    assert (task.task_id, task.kind, task.order_id) == (due.settlement_id, "settle_money", mother.order_id)
    assert (task.department, task.state, task.location_id) == ("accounting", "open", due.location_id)
    assert [(line.sku, line.quantity) for line in task.lines] == [
        (line.sku, line.quantity) for line in due.lines
    ]
    assert "2500 yen" in task.subject
    assert task.amount_jpy == 2500
    assert task.due_at > task.created_at


async def test_return__of_an_order_nobody_knows__is_a_task_and_can_be_settled(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.till_return({"L1": 1}, amounts={"L1": 1000}))
    task = only(await service.make_due("return_unmatched"), m.Task)
    assert (task.kind, task.order_id, task.owner) == ("return_unmatched", mother.order_id, task.location_id)
    done = only(await service.deliver(settle(task, settled="nothing_owed", amount_jpy=0)), m.Task)
    assert done.state is TaskState.DONE


async def test_settle__says_how__the_task_is_done_and_keeps_it(service: Harness, mother: Any) -> None:
    task = await a_settlement(service, mother)
    assert await open_keys(service.connection, [mother.order_id]) == {mother.order_id}
    sent = await service.deliver(settle(task))
    done = only(sent, m.Task)
    only(sent, m.CommandAccepted)
    assert (done.state, done.version, done.detail) == ("done", 2, "paid: 2500 yen")
    assert [(step.what, step.owner) for step in done.history][1:] == [("done", "staff:7")]
    assert await open_keys(service.connection, [mother.order_id]) == set()


@pytest.mark.parametrize(
    ("changes", "reason"), [({"task_id": "nope"}, "unknown_task"), ({"order_id": "another"}, "unknown_task")]
)
async def test_settle__what_is_not_there__is_refused(
    service: Harness, mother: Any, changes: dict[str, str], reason: str
) -> None:
    task = await a_settlement(service, mother)
    assert only(await service.deliver(settle(task, **changes)), m.CommandRefused).reason == reason


async def test_settle__twice_in_one_batch__the_second_is_refused(service: Harness, mother: Any) -> None:
    task = await a_settlement(service, mother)
    sent = await service.deliver(settle(task), settle(task, settled="waived"))
    assert only(sent, m.CommandRefused).reason == "task_ended"
    assert only(sent, m.Task).detail == "paid: 2500 yen"


def assign(task: m.Task, owner: str, **changes: Any) -> m.AssignOrderTask:
    values = {
        "assignment_id": uuid7(),
        "order_id": task.order_id,
        "task_id": task.task_id,
        "owner": owner,
        "occurred_at": task.created_at,
    }
    return m.AssignOrderTask.model_validate({**values, **changes})


def start(task: m.Task, **changes: Any) -> m.StartOrderTask:
    values = {
        "start_id": uuid7(),
        "order_id": task.order_id,
        "task_id": task.task_id,
        "staff_ref": "staff:7",
        "occurred_at": task.created_at,
    }
    return m.StartOrderTask.model_validate({**values, **changes})


async def test_task__assigned_begun_and_settled__says_who_had_it_and_how_long_it_took(
    service: Harness, mother: Any
) -> None:
    task = await a_settlement(service, mother)
    assigned = await service.deliver(assign(task, "staff:7"))
    begun = await service.deliver(start(task))
    done = only(await service.deliver(settle(task)), m.Task)
    only(assigned, m.CommandAccepted)
    only(begun, m.CommandAccepted)
    assert [only(sent, m.Task).state for sent in (assigned, begun)] == ["assigned", "started"]
    assert only(begun, m.Task).started_at == task.created_at
    assert [(step.what, step.owner) for step in done.history][1:] == [
        ("assigned", "staff:7"),
        ("started", "staff:7"),
        ("done", "staff:7"),
    ]
    assert done.ended_at is not None
    assert done.minutes == pytest.approx((done.ended_at - task.created_at).total_seconds() / 60, abs=0.001)
    assert (done.version, done.measured) == (4, True)


async def test_task__assigned_to_whoever_has_it__is_accepted_and_says_nothing_new(
    service: Harness, mother: Any
) -> None:
    task = await a_settlement(service, mother)
    sent = await service.deliver(assign(task, "staff:7"), assign(task, "staff:7"))
    assert only(sent, m.Task).owner == "staff:7"
    assert len([message for message in sent if isinstance(message, m.CommandAccepted)]) == 2
    again = await service.deliver(assign(task, "staff:7"))
    assert [type(message) for message in again] == [m.CommandAccepted]


@pytest.mark.parametrize("command", [lambda task, **v: assign(task, "staff:7", **v), start])
@pytest.mark.parametrize("changes", [{"task_id": "nope"}, {"order_id": "another"}])
async def test_task__that_is_not_there__can_be_neither_assigned_nor_begun(
    service: Harness, mother: Any, command: Any, changes: dict[str, str]
) -> None:
    task = await a_settlement(service, mother)
    sent = await service.deliver(command(task, **changes))
    assert [message.reason for message in sent if isinstance(message, m.CommandRefused)] == ["unknown_task"]
    assert not [message for message in sent if isinstance(message, m.Task)]


@pytest.mark.parametrize("command", [lambda task: assign(task, "staff:7"), start])
async def test_task__that_is_done__can_be_neither_assigned_nor_begun(
    service: Harness, mother: Any, command: Any
) -> None:
    task = await a_settlement(service, mother)
    await service.deliver(settle(task))
    sent = await service.deliver(command(task))
    assert only(sent, m.CommandRefused).reason == "task_ended"
    assert not [message for message in sent if isinstance(message, m.Task)]


async def test_overdue__somebody_has_begun_it__goes_on_all_the_same(service: Harness, mother: Any) -> None:
    task = await a_settlement(service, mother)
    await service.deliver(start(task))
    at = task.due_at + timedelta(minutes=481)
    said = only(await service.turn(give_on_overdue, at=at), m.Task)
    assert (said.owner, said.state) == (f"store:{task.location_id}", "started")


async def test_overdue__each_step_of_its_rule__is_taken_once(service: Harness, mother: Any) -> None:
    task = await a_settlement(service, mother)
    owners: list[str | None] = []
    for minutes in (479, 481, 481, 1441, 4321, 99_999):
        said = await service.turn(give_on_overdue, at=task.due_at + timedelta(minutes=minutes))
        owners += [one.owner for one in said if isinstance(one, m.Task)]
    assert owners == [f"store:{task.location_id}", "dept:accounting", "headquarters"]


async def test_retelling__tasks_open_and_done__are_told_as_they_were(service: Harness, mother: Any) -> None:
    task = await a_settlement(service, mother)
    await service.turn(give_on_overdue, at=task.due_at + timedelta(minutes=481))
    other = type(mother)()
    done = await a_settlement(service, other)
    await service.deliver(settle(done))
    before = {key: record.value for key, record in service.compacted["order.tasks"].items()}
    await service.retell()
    after = {key: record.value for key, record in service.compacted["order.tasks"].items()}
    assert (after, len(after)) == (before, 2)
