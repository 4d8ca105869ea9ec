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

pytestmark = pytest.mark.component


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
