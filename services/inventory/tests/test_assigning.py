"""Tasks of inventory have somebody, and are begun, as tasks of pickup are."""

from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def assign(task_id: str, owner: str, at: Any) -> m.AssignInventoryTask:
    return m.AssignInventoryTask(assignment_id=uuid7(), task_id=task_id, owner=owner, occurred_at=at)


def start(task_id: str, at: Any) -> m.StartInventoryTask:
    return m.StartInventoryTask(start_id=uuid7(), task_id=task_id, staff_ref="staff:7", occurred_at=at)


async def an_unknown_product(world: Any, a: Any) -> m.Task:
    return only(await world.deliver(a.sale("S1", [("X", 1)])), m.Task)


def known_product() -> m.Product:
    return m.Product(
        sku="X", version=1, style_id="ST", name_ja="X", name_en="X", category="shirts", price_jpy=1000,
        tax_class="standard", active=True,
    )  # fmt: skip


async def test_task__assigned_begun_and_done__says_who_had_it_and_how_long_it_took(
    world: Any, a: Any
) -> None:
    task = await an_unknown_product(world, a)
    assigned = await world.deliver(assign(task.task_id, "staff:7", task.created_at))
    begun = await world.deliver(start(task.task_id, task.created_at))
    done = only(await world.deliver(known_product()), m.Task)
    only(assigned, m.CommandAccepted)
    only(begun, m.CommandAccepted)
    assert (only(assigned, m.Task).owner, only(assigned, m.Task).state) == ("staff:7", "assigned")
    assert only(begun, m.Task).started_at == task.created_at
    assert [step.what for step in done.history] == ["opened", "assigned", "started", "done"]
    assert done.ended_at is not None
    assert done.minutes == pytest.approx((done.ended_at - task.created_at).total_seconds() / 60, abs=0.001)
    assert done.measured is True


async def test_task__begun_and_asked_for_again__stays_begun_with_whoever_has_it(world: Any, a: Any) -> None:
    task = await an_unknown_product(world, a)
    await world.deliver(start(task.task_id, task.created_at))
    again = only(await world.deliver(a.sale("S2", [("X", 1)])), m.Task)
    assert again.task_id == task.task_id
    assert (again.state, again.owner, again.started_at) == ("started", "staff:7", task.created_at)


async def test_task__that_is_not_there__can_be_neither_assigned_nor_begun(world: Any, a: Any) -> None:
    sent = await world.deliver(assign("nope", "staff:7", a.now()), start("nope", a.now()))
    refused = [message for message in sent if isinstance(message, m.CommandRefused)]
    assert [message.reason for message in refused] == ["unknown_task", "unknown_task"]
    assert len(sent) == 2


async def test_task__that_is_done__can_be_neither_assigned_nor_begun(world: Any, a: Any) -> None:
    task = await an_unknown_product(world, a)
    await world.deliver(known_product())
    sent = await world.deliver(assign(task.task_id, "staff:7", a.now()), start(task.task_id, a.now()))
    refused = [message for message in sent if isinstance(message, m.CommandRefused)]
    assert [message.reason for message in refused] == ["task_ended", "task_ended"]
    assert len(sent) == 2
