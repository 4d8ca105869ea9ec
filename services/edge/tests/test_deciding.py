"""Who answers which task at the staff door, as which command, and how the answer comes back."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.signing_in.passwords import hash_of
from tsunagu.chassis.api_keys import digest_of, new_key
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.message import Message
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]

OWNERS = ("dept:inventory-control", "dept:accounting", "dept:customer-care", "area:kanto", "headquarters")
PASSWORD = "correct horse battery"
HASH = hash_of(PASSWORD)
OURS = {"X-Tsunagu-Request": "1"}

TASKS: dict[str, tuple[topics.Topic, dict[str, Any]]] = {
    "approval": (
        topics.INVENTORY_TASKS,
        {
            "kind": "approve_count",
            "department": "inventory-control",
            "count_id": "C-1",
            "lines": [{"sku": "SHIRT", "quantity": 3, "expected": 40}],
        },
    ),
    "difference": (topics.INVENTORY_TASKS, {"kind": "discrepancy", "department": "inventory-control"}),
    "money": (
        topics.ORDER_TASKS,
        {"kind": "settle_money", "department": "accounting", "owner": "area:kanto", "order_id": "O-1"},
    ),
    "same": (
        topics.CUSTOMER_TASKS,
        {
            "kind": "merge_review",
            "department": "customer-care",
            "location_id": None,
            "owner": None,
            "customer_refs": ["card:1", "ec:2"],
        },
    ),
    "whom": (
        topics.CUSTOMER_TASKS,
        {
            "kind": "contradiction",
            "department": "customer-care",
            "location_id": None,
            "owner": None,
            "customer_refs": ["card:3", "ec:4"],
        },
    ),
    "alone": (
        topics.CUSTOMER_TASKS,
        {
            "kind": "contradiction",
            "department": "customer-care",
            "location_id": None,
            "owner": None,
            "customer_refs": ["card:5"],
        },
    ),
    "pick": (topics.PICKUP_TASKS, {"kind": "pick", "department": "store-operations"}),
    "beyond": (topics.PICKUP_TASKS, {"kind": "discrepancy", "department": "store-operations"}),
}

BODIES: dict[str, dict[str, Any]] = {
    "count-approvals": {"task_id": "approval", "approved": True},
    "discrepancy-settlements": {
        "task_id": "difference",
        "resolution": "write_off",
        "lines": [{"sku": "SHIRT", "change": -1}],
    },
    "money-settlements": {"task_id": "money", "settled": "paid", "amount_jpy": 2500},
    "customer-merges": {"task_id": "same"},
    "customer-splits": {"task_id": "whom"},
    "review-dismissals": {"task_id": "same"},
}
"""An answer for each route."""

MAY: dict[str, set[str]] = {
    "count-approvals": {"S001", "dept:inventory-control", "headquarters"},
    "discrepancy-settlements": {"S001", "dept:inventory-control", "headquarters"},
    "money-settlements": {"S001", "dept:accounting", "area:kanto", "headquarters"},
    "customer-merges": {"dept:customer-care", "headquarters"},
    "customer-splits": {"dept:customer-care", "headquarters"},
    "review-dismissals": {"dept:customer-care", "headquarters"},
}
"""Who may give it: all others find no such task."""

COMMANDS: dict[str, tuple[type[Message], dict[str, Any]]] = {
    "count-approvals": (m.ApproveCount, {"count_id": "C-1", "location_id": "S001", "approved": True}),
    "discrepancy-settlements": (
        m.SettleDiscrepancy,
        {"discrepancy_id": "difference", "location_id": "S001", "resolution": "write_off"},
    ),
    "money-settlements": (m.SettleMoney, {"order_id": "O-1", "task_id": "money", "amount_jpy": 2500}),
    "customer-merges": (m.MergeCustomers, {"customer_ref": "card:1", "other_ref": "ec:2"}),
    "customer-splits": (m.SplitCustomer, {"customer_ref": "ec:4", "split_refs": ("card:3",)}),
    "review-dismissals": (m.DismissReview, {"customer_ref": "card:1", "task_id": "same"}),
}


def a_task(a: Any, task_id: str, **changes: Any) -> m.Task:
    values = {
        "task_id": task_id,
        "version": 1,
        "subject": "To be answered",
        "location_id": "S001",
        "owner": "S001",
        "due_at": a.now() + timedelta(hours=1),
        "state": "open",
        "created_at": a.now() - timedelta(hours=1),
        **changes,
    }
    return m.Task(**values)


async def tell(door: Any, a: Any) -> None:
    for task_id, (topic, values) in TASKS.items():
        await door.service.deliver(a_task(a, task_id, **values), topic=topic)


@asynccontextmanager
async def open_to(open_door: Any, *owners: str) -> AsyncIterator[Any]:
    """The door, with a key for each of these owners beside those of stores."""
    keys = {owner: new_key() for owner in owners}
    async with open_door("staff", owner_keys={digest_of(key): owner for owner, key in keys.items()}) as door:
        door.keys.update(keys)
        yield door


def accounts(folder: Path, **more: Any) -> dict[str, Any]:
    """The settings with which somebody of a store, its manager and the customer desk sign in."""
    people: dict[str, dict[str, Any]] = {
        "sato": {"holder": "S001"},
        "boss@shop.example": {"holder": "S001", "rights": ["decide"]},
        "desk": {"holder": "dept:customer-care"},
    }
    file = folder / "accounts.json"
    file.write_text(json.dumps({user: {"password_hash": HASH, **one} for user, one in people.items()}))
    return {"accounts_file": file, "public_url": "http://edge", **more}


async def sign_in(door: Any, user: str) -> None:
    answer = await door.client.post("/v1/sign-in", json={"user": user, "password": PASSWORD}, headers=OURS)
    assert answer.status_code == 204


async def post(door: Any, name: str, body: Any, key: str = "k1") -> Any:
    return await door.client.post(f"/v1/{name}", json=body, headers={**OURS, "Idempotency-Key": key})


@pytest.mark.parametrize("name", BODIES)
async def test_answer__is_the_command_about_its_task__from_those_who_are_asked_and_nobody_else(
    open_door: Any, a: Any, name: str
) -> None:
    command, said = COMMANDS[name]
    async with open_to(open_door, *OWNERS) as door:
        await tell(door, a)
        for holder in ("S001", "S002", *OWNERS):
            given = await door.post(f"/v1/{name}", holder, BODIES[name])
            sent = await door.service.sent()
            if holder in MAY[name]:
                assert given.status_code == 202, (holder, given.text)
                made = only(sent, command)
                assert {field: getattr(made, field) for field in said} == said
            else:
                assert (given.status_code, sent) == (404, []), holder


@pytest.mark.parametrize(
    ("name", "body", "wrong"),
    [
        ("count-approvals", {"task_id": "approval", "approved": True, "count_id": "C-2"}, "/count_id"),
        ("count-approvals", {"approved": True}, "/task_id"),
        ("money-settlements", {"task_id": "money", "settled": "paid", "order_id": "O-2"}, "/order_id"),
        ("customer-merges", {"task_id": "same", "other_ref": "ec:9"}, "/other_ref"),
    ],
)
async def test_answer__that_says_itself_what_it_is_about__is_refused(
    open_door: Any, a: Any, name: str, body: Any, wrong: str
) -> None:
    async with open_to(open_door, "headquarters") as door:
        await tell(door, a)
        answer = await door.post(f"/v1/{name}", "headquarters", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [wrong]


@pytest.mark.parametrize(
    ("name", "task_id"),
    [("count-approvals", "difference"), ("discrepancy-settlements", "beyond"), ("customer-splits", "alone")],
)
async def test_answer__to_a_task_that_wants_another_one__finds_no_such_task(
    open_door: Any, a: Any, name: str, task_id: str
) -> None:
    async with open_to(open_door, "headquarters") as door:
        await tell(door, a)
        answer = await door.post(f"/v1/{name}", "headquarters", {**BODIES[name], "task_id": task_id})
    assert answer.status_code == 404


async def test_answer__at_a_store__needs_the_right__and_names_who_is_signed_in(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    body = {**BODIES["count-approvals"], "staff_ref": "staff:somebody-else"}
    async with open_door("staff", **accounts(tmp_path)) as door:
        await tell(door, a)
        await sign_in(door, "sato")
        without = await post(door, "count-approvals", body)
        shown = (await door.client.get("/v1/today")).json()["decisions"]
        assert await door.service.sent() == []
        await sign_in(door, "boss@shop.example")
        with_it = await post(door, "count-approvals", body)
        approval = only(await door.service.sent(), m.ApproveCount)
        offered = (await door.client.get("/v1/today")).json()["decisions"]
    assert (without.status_code, without.json()["type"]) == (403, "urn:tsunagu:problem:right-needed")
    assert with_it.status_code == 202
    assert approval.staff_ref == "staff:boss", "who answers is who is signed in, and no address"
    assert shown == {"approval": [], "difference": [], "money": []}, "they see that others have to answer"
    assert offered == {
        "approval": ["count-approvals"],
        "difference": ["discrepancy-settlements"],
        "money": ["money-settlements"],
    }, "what is put away and picked wants no answer"


async def test_today__of_the_customer_desk__is_its_questions_with_refs_and_evidence_and_no_stores_work(
    open_door: Any, a: Any, tmp_path: Path
) -> None:
    async with open_door("staff", **accounts(tmp_path)) as door:
        await tell(door, a)
        await sign_in(door, "desk")
        today = (await door.client.get("/v1/today")).json()
        merge = await post(door, "customer-merges", BODIES["customer-merges"])
        work = [await door.client.get(path) for path in ("/v1/tasks", "/v1/figures", "/v1/carriers")]
        pause = await post(door, "pickup-pauses", {"reason": "busy"}, "k2")
    assert today["holder"] == "dept:customer-care"
    assert {task["task_id"]: task["customer_refs"] for task in today["tasks"]} == {
        "same": ["card:1", "ec:2"],
        "whom": ["card:3", "ec:4"],
        "alone": ["card:5"],
    }
    assert today["decisions"] == {
        "same": ["customer-merges", "review-dismissals"],
        "whom": ["customer-splits", "review-dismissals"],
        "alone": ["review-dismissals"],
    }
    assert merge.status_code == 202
    assert [answer.status_code for answer in (*work, pause)] == [403] * 4


def answers(a: Any, name: str, command: Any) -> tuple[topics.Topic, Message]:
    """The event that answers a decision's command."""
    stock = {"location_id": "S001", "occurred_at": a.now()}
    who = {"customer_id": "K-1", "version": 2, "occurred_at": a.now(), "sequence": 9, "refs": ["ec:4"]}
    match command:
        case m.ApproveCount():
            line = {"sku": "SHIRT", "counted": 3, "expected": 40}
            counted = m.StockCounted(
                document_id="C-1",
                version=2,
                scope="shelf",
                outcome="applied",
                approval_id=command.approval_id,
                lines=[line],
                **stock,
            )
            return topics.INVENTORY_EVENTS, counted
        case m.SettleDiscrepancy():
            lines = [{"sku": "SHIRT", "change": -1, "on_hand": 2}]
            adjusted = m.StockAdjusted(
                document_id=command.settlement_id, reason="correction", lines=lines, **stock
            )
            return topics.INVENTORY_EVENTS, adjusted
        case m.MergeCustomers():
            merged = m.CustomersMerged(
                merged_customer_id="K-2", reason="decided", merge_id=command.merge_id, **who
            )
            return topics.CUSTOMER_EVENTS, merged
        case m.SplitCustomer():
            parted = m.CustomerSplit(
                new_customer_id="K-2", moved_refs=["card:3"], split_id=command.split_id, **who
            )
            return topics.CUSTOMER_EVENTS, parted
        case m.DismissReview():
            return topics.CUSTOMER_EVENTS, a.accepted(command)
        case _:
            return topics.ORDER_EVENTS, a.accepted(command)


@pytest.mark.parametrize("name", BODIES)
async def test_answer__is_done_once_its_event_is_back(open_door: Any, a: Any, name: str) -> None:
    async with open_to(open_door, "headquarters") as door:
        await tell(door, a)
        given = (await door.post(f"/v1/{name}", "headquarters", BODIES[name])).json()
        command = only(await door.service.sent(), COMMANDS[name][0])
        before = (await door.get(given["links"]["self"], "headquarters")).json()
        topic, event = answers(a, name, command)
        await door.service.deliver_records(topic, [a.caused_by(event, given["command_id"])])
        after = (await door.get(given["links"]["self"], "headquarters")).json()
    assert (before["state"], after["state"]) == ("waiting", "done")


async def test_answer__sent_again_after_its_task_has_ended__is_answered_as_the_first_time(
    open_door: Any, a: Any
) -> None:
    async with open_to(open_door, "dept:customer-care") as door:
        await tell(door, a)
        same = {**BODIES["customer-merges"], "merge_id": "M-1", "occurred_at": "2026-04-01T00:30:00Z"}
        headers = {"Idempotency_Key": "k1"}
        first = await door.post("/v1/customer-merges", "dept:customer-care", same, **headers)
        assert only(await door.service.sent(), m.MergeCustomers).merge_id == "M-1"
        ended = {**TASKS["same"][1], "customer_refs": [], "version": 2, "state": "done", "ended_at": a.now()}
        await door.service.deliver(a_task(a, "same", **ended), topic=topics.CUSTOMER_TASKS)
        again = await door.post("/v1/customer-merges", "dept:customer-care", same, **headers)
        another = await door.post("/v1/customer-merges", "dept:customer-care", same)
        assert await door.service.sent() == []
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert another.status_code == 404


async def test_count__that_was_approved__answers_its_approval_and_not_the_count_again(
    open_door: Any, a: Any
) -> None:
    async with open_door("staff") as door:
        await tell(door, a)
        body = {
            "count_id": "C-1",
            "scope": "shelf",
            "counted_at": "2026-04-01T00:30:00Z",
            "lines": [{"sku": "SHIRT", "quantity": 3}],
        }
        count = (await door.post("/v1/counts", "S001", body)).json()
        approval = (await door.post("/v1/count-approvals", "S001", BODIES["count-approvals"])).json()
        command = only(await door.service.sent(), m.ApproveCount)
        topic, event = answers(a, "count-approvals", command)
        await door.service.deliver_records(topic, [a.caused_by(event, approval["command_id"])])
        states = [(await door.get(one["links"]["self"], "S001")).json()["state"] for one in (count, approval)]
    assert states == ["waiting", "done"]


async def test_today__names_the_store_and_the_locations_of_tasks(open_door: Any, a: Any) -> None:
    async with open_to(open_door, "headquarters") as door:
        await door.service.deliver(
            a.location("S001", name_ja="渋谷店", name_en="Shibuya", version=2), a.location("S002")
        )
        await door.service.deliver(a.location("S001", name_ja="旧渋谷店", version=1))
        await door.service.deliver(
            a_task(a, "escalated", kind="pick", owner="headquarters"), topic=topics.PICKUP_TASKS
        )
        store = (await door.get("/v1/today", "S001")).json()["locations"]
        office = (await door.get("/v1/today", "headquarters")).json()["locations"]
        nameless = (await door.get("/v1/today", "S002")).json()["locations"]
    shibuya = {"location_id": "S001", "name_ja": "渋谷店", "name_en": "Shibuya"}
    assert store == office == [shibuya]
    assert [one["location_id"] for one in nameless] == ["S002"]
