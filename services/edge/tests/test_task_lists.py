"""One list per owner: a person's, a store's, a department's, headquarters' of anybody."""

from datetime import timedelta
from typing import Any

import pytest

from tsunagu.chassis.api_keys import digest_of, new_key
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]

OWNERS = ("dept:logistics", "area:kanto", "headquarters")


def a_task(a: Any, task_id: str, minutes: float = 60, **changes: Any) -> m.Task:
    values = {
        "task_id": task_id,
        "version": 1,
        "kind": "pick",
        "subject": "Pick an order",
        "location_id": "S001",
        "owner": "S001",
        "department": "store-operations",
        "due_at": a.now() + timedelta(minutes=minutes),
        "state": "open",
        "created_at": a.now() - timedelta(hours=1),
    }
    return m.Task(**{**values, **changes})


def owner_keys(keys: dict[str, str]) -> dict[str, str]:
    return {digest_of(keys[owner]): owner for owner in OWNERS}


async def tell(door: Any, a: Any) -> None:
    await door.service.deliver(
        a_task(a, "later", 120),
        a_task(a, "late", -10, owner="store:S001", escalation=1),
        a_task(a, "theirs", 5, location_id="S002", owner="S002"),
        a_task(a, "mine", 30, owner="staff:7"),
        a_task(a, "done", -5, state="done", ended_at=a.now()),
        a_task(a, "to send", 90, kind="ship_transfer", department="logistics"),
        topic=topics.PICKUP_TASKS,
    )
    await door.service.deliver(
        a_task(
            a,
            "money",
            -20,
            kind="settle_money",
            owner="headquarters",
            department="accounting",
            order_id="O-1",
        ),
        topic=topics.ORDER_TASKS,
    )
    await door.service.deliver(
        a_task(a, "count", 10, kind="count", owner="area:kanto", department="inventory-control"),
        topic=topics.INVENTORY_TASKS,
    )


def shown(answer: Any) -> list[str]:
    return [listed["task"]["task_id"] for listed in answer.json()["tasks"]]


async def test_list__of_a_store__all_services_by_when_they_are_due_and_late_ones_marked(
    open_door: Any, a: Any
) -> None:
    async with open_door("staff") as door:
        await tell(door, a)
        all_of_it = await door.get("/v1/task-lists", "S001")
        persons = await door.get("/v1/task-lists?owner=staff:7", "S001")
        other = await door.get("/v1/task-lists?owner=S001", "S002")
    assert shown(all_of_it) == ["money", "late", "count", "mine", "to send", "later"]
    overdue = {listed["task"]["task_id"] for listed in all_of_it.json()["tasks"] if listed["overdue"]}
    assert overdue == {"money", "late"}
    assert shown(persons) == ["mine"]
    assert shown(other) == [], "another store's tasks are hidden, whoever is asked for"


async def test_list__of_a_department_an_area_and_headquarters__each_has_its_own(
    open_door: Any, a: Any
) -> None:
    keys = {owner: new_key() for owner in OWNERS}
    async with open_door("staff", owner_keys=owner_keys(keys)) as door:
        door.keys.update(keys)
        await tell(door, a)
        logistics = await door.get("/v1/task-lists", "dept:logistics")
        area = await door.get("/v1/task-lists", "area:kanto")
        headquarters = await door.get("/v1/task-lists", "headquarters")
        anybodys = await door.get("/v1/task-lists?owner=dept:accounting", "headquarters")
        forbidden = await door.get("/v1/task-lists?owner=S001", "area:kanto")
        commands = await door.post("/v1/waves", "dept:logistics", {"wave_id": "W-1", "owner": "staff-7"})
    assert shown(logistics) == ["to send"]
    assert shown(area) == ["count"]
    assert shown(headquarters) == shown(anybodys) == ["money"]
    assert forbidden.status_code == 403
    assert commands.status_code == 403, "whoever may see tasks may not do a store's work"


async def test_list__longer_than_is_shown__says_so(open_door: Any, a: Any) -> None:
    async with open_door("staff", tasks_shown_max=2) as door:
        await tell(door, a)
        answer = await door.get("/v1/task-lists", "S001")
    assert (shown(answer), answer.json()["more"]) == (["money", "late"], True)


async def test_list__without_a_key__401(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        door.keys["nobody"] = new_key()
        answer = await door.get("/v1/task-lists", "nobody")
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("task_id", "assigned", "begun", "answers"),
    [
        ("mine", m.AssignTask, m.StartTask, topics.PICKUP_EVENTS),
        ("money", m.AssignOrderTask, m.StartOrderTask, topics.ORDER_EVENTS),
        ("count", m.AssignInventoryTask, m.StartInventoryTask, topics.INVENTORY_EVENTS),
    ],
)
async def test_task__of_any_service__is_assigned_and_begun_at_the_service_that_has_it(
    open_door: Any, a: Any, task_id: str, assigned: Any, begun: Any, answers: Any
) -> None:
    async with open_door("staff") as door:
        await tell(door, a)
        body = {"task_id": task_id, "owner": "staff:7"}
        given = (await door.post("/v1/task-assignments", "S001", body)).json()
        assignment = only(await door.service.sent(), assigned)
        await door.service.deliver_records(
            answers, [a.caused_by(a.accepted(assignment), given["command_id"])]
        )
        state = (await door.get(given["links"]["self"], "S001")).json()
        body = {"task_id": task_id, "staff_ref": "staff:7"}
        await door.post("/v1/task-starts", "S001", body)
        start = only(await door.service.sent(), begun)
    assert (assignment.task_id, assignment.owner) == (task_id, "staff:7")
    assert state["state"] == "done"
    assert (start.task_id, start.staff_ref) == (task_id, "staff:7")
    if begun is m.StartOrderTask:
        assert (assignment.order_id, start.order_id) == ("O-1", "O-1"), "the task says of which order it is"


async def test_task__of_another_store__is_no_task_of_order_for_this_one(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        await tell(door, a)
        await door.post("/v1/task-starts", "S002", {"task_id": "money"})
        sent = await door.service.sent()
    assert [type(message) for message in sent] == [m.StartTask], "pickup has no such task, and refuses it"


async def test_assignment__sent_twice_while_its_task_ends__goes_out_once(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        await tell(door, a)
        body = {
            "task_id": "money",
            "owner": "staff:7",
            "assignment_id": "A-1",
            "occurred_at": "2026-04-01T00:30:00Z",
        }
        first = await door.post("/v1/task-assignments", "S001", body)
        sent = await door.service.sent()
        ended = a_task(
            a, "money", version=2, kind="settle_money", order_id="O-1", state="done", ended_at=a.now()
        )
        await door.service.deliver(ended, topic=topics.ORDER_TASKS)
        again = await door.post("/v1/task-assignments", "S001", body)
        sent += await door.service.sent()
    assert first.json() == again.json()
    assert only(sent, m.AssignOrderTask).assignment_id == "A-1"
