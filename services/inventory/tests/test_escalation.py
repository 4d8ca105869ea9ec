"""Tasks of inventory that nobody did in time: given on, each step once, in two processes too."""

from datetime import timedelta
from typing import Any

import pytest

from inventory.escalation import give_on_overdue
from tsunagu.chassis.database import connect
from tsunagu.chassis.rules import Rules
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts import messages as m
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def test_task__new__has_owner_department_and_history(world: Any, a: Any) -> None:
    task = only(await world.deliver(a.till_return("S1", [("C", 1)], "inspect")), m.Task)
    assert (task.owner, task.department, task.escalation) == ("S1", "inventory-control", 0)
    assert [(step.what, step.owner) for step in task.history] == [("opened", "S1")]


async def test_overdue__each_step_of_its_rule__is_taken_once(world: Any, a: Any) -> None:
    task = only(await world.deliver(a.till_return("S1", [("C", 1)], "inspect")), m.Task)
    owners: list[str | None] = []
    for minutes in (119, 121, 121, 481, 1441, 4321, 99_999):
        said = await world.running.turn(give_on_overdue, at=task.due_at + timedelta(minutes=minutes))
        owners += [one.owner for one in said]
    assert owners == ["store:S1", "dept:inventory-control", "dept:inventory-control", "headquarters"]


async def test_overdue__two_processes_at_once__one_gives_it_on(world: Any, a: Any) -> None:
    task = only(await world.deliver(a.till_return("S1", [("C", 1)], "inspect")), m.Task)
    at = task.due_at + timedelta(minutes=121)
    settings = ChassisSettings(database_url=world.url)
    other = await connect(settings, "another process")
    try:
        async with other.transaction():
            theirs = Rules.of(world.running.service, settings).transaction(other, at)
            await give_on_overdue(theirs)
            ours = await world.running.turn(give_on_overdue, at=at)
            await theirs.flush()
        said = await world.running.sent()
    finally:
        await other.close()
    assert ours == []
    assert [(one.owner, one.escalation) for one in said] == [("store:S1", 1)]
    assert await world.running.turn(give_on_overdue, at=at) == []


async def test_task__done_and_asked_for_again__begins_anew(world: Any, a: Any) -> None:
    task = only(await world.deliver(a.sale("S1", [("X", 1)])), m.Task)
    await world.running.turn(give_on_overdue, at=task.due_at + timedelta(minutes=61))
    known = m.Product(
        sku="X", version=1, style_id="ST", name_ja="X", name_en="X", category="shirts", price_jpy=1000,
        tax_class="standard", active=True,
    )  # fmt: skip
    done = only(await world.deliver(known), m.Task)
    assert (done.state, done.measured, done.escalation) == ("done", False, 1)
    assert [step.what for step in done.history] == ["opened", "escalated", "done"]
    assert await world.running.turn(give_on_overdue, at=task.due_at + timedelta(days=99)) == []
