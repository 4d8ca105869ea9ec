"""Who does what: assigned, started, ended."""

from typing import Any

import pytest

from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import AssignTask, CommandAccepted, CommandRefused, Task
from tsunagu.contracts.values import TaskState
from tsunagu.testing.harness import Harness, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def assign(task: Task, **other: Any) -> AssignTask:
    values = {
        "assignment_id": uuid7(),
        "task_id": task.task_id,
        "location_id": task.location_id,
        "owner": "staff:9",
        "occurred_at": task.created_at,
    }
    return AssignTask(**{**values, **other})


async def test_assign__by_location_alone__finds_the_task(pickup: Harness, a: Any) -> None:
    task = only(await pickup.deliver(a.order().confirmed()), Task)
    out = await pickup.deliver(assign(task))
    only(out, CommandAccepted)
    said = only(out, Task)
    assert (said.owner, said.state, said.version) == ("staff:9", TaskState.ASSIGNED, task.version + 1)


async def test_assign__an_unknown_task__is_refused(pickup: Harness, a: Any) -> None:
    task = only(await pickup.deliver(a.order().confirmed()), Task)
    assert only(await pickup.deliver(assign(task, task_id="nope")), CommandRefused).reason == "unknown_task"


async def test_start__a_task_that_has_ended__is_refused(pickup: Harness, a: Any) -> None:
    order = a.order()
    task = only(await pickup.deliver(order.confirmed()), Task)
    await pickup.deliver(order.pick())
    assert only(await pickup.deliver(a.start(task, order)), CommandRefused).reason == "task_ended"


async def test_pick__of_one_line_of_two__the_list_shrinks(pickup: Harness, a: Any) -> None:
    order = a.order(skus=("SHIRT", "SHOE"))
    await pickup.deliver(order.confirmed())
    left = only(await pickup.deliver(order.pick(0)), Task)
    assert (left.state, [line.sku for line in left.lines]) == (TaskState.OPEN, ["SHOE"])
    done = a.task(await pickup.deliver(order.pick(1)), "pick")
    assert (done.state, {line.sku for line in done.lines}) == (TaskState.DONE, {"SHIRT", "SHOE"})
