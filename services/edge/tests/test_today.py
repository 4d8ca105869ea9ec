"""What a store's device shows: one answer that it can go on with while it is offline, and what can come back."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.message import Message
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def a_task(a: Any, task_id: str, **changes: Any) -> m.Task:
    values = {
        "task_id": task_id,
        "version": 1,
        "kind": "pick",
        "subject": "Pick an order",
        "location_id": "S001",
        "order_id": "O-1",
        "lines": [{"line_id": "l1", "sku": "SHIRT", "quantity": 2}],
        "due_at": a.now(),
        "state": "open",
        "history": [{"at": a.now(), "what": "opened"}],
        "created_at": a.now() - timedelta(hours=1),
    }
    return m.Task(**{**values, **changes})


def code_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def ready(a: Any, token: str, **changes: Any) -> m.PickupReady:
    values = {
        "order_id": "O-1",
        "version": 3,
        "group_id": "g1",
        "location_id": "S001",
        "lines": [{"line_id": "l1", "sku": "SHIRT", "quantity": 2}],
        "pickup_by": a.now() + timedelta(days=7),
        "code_hash": code_hash(token),
        "occurred_at": a.now(),
    }
    return m.PickupReady(**{**values, **changes})


def replaced(a: Any, token: str, version: int) -> m.PickupCodeReplaced:
    return m.PickupCodeReplaced(
        order_id="O-1", version=version, code_hash=code_hash(token), occurred_at=a.now()
    )


def collected(a: Any, version: int, *quantities: int, **changes: Any) -> m.PickupCollected:
    values = {
        "order_id": "O-1",
        "version": version,
        "location_id": "S001",
        "lines": [
            {"line_id": "l1", "sku": "SHIRT", "quantity": quantity, "allocation_id": f"a{number}"}
            for number, quantity in enumerate(quantities)
        ],
        "proof": "code",
        "occurred_at": a.now(),
    }
    return m.PickupCollected(**{**values, **changes})


async def test_today__a_stores_own_open_work__with_names_and_barcodes_and_without_history(
    open_door: Any, a: Any
) -> None:
    async with open_door("staff") as door:
        await door.service.deliver(a.product("SHIRT"), a.product("HAT"))
        await door.service.deliver(
            a_task(a, "next week", due_at=a.now() + timedelta(days=7)),
            a_task(a, "now"),
            a_task(a, "theirs", location_id="S002"),
            a_task(a, "done", state="done", ended_at=a.now()),
            a_task(a, "in vain", state="cancelled", ended_at=a.now()),
            topic=topics.PICKUP_TASKS,
        )
        await door.service.deliver(
            a_task(a, "count", kind="count", due_at=a.now() - timedelta(days=1)), topic=topics.INVENTORY_TASKS
        )
        today = (await door.get("/v1/today", "S001")).json()
    assert [task["task_id"] for task in today["tasks"]] == ["count", "now", "next week"]
    assert (today["holder"], today["done_today"], today["more"]) == ("S001", 1, False)
    assert [product["sku"] for product in today["products"]] == ["SHIRT"], "what no task names is not sent"
    assert all("history" not in task or task["history"] == [] for task in today["tasks"])


async def test_today__what_waits_for_shoppers__comes_with_the_hashes_of_its_codes(
    open_door: Any, a: Any
) -> None:
    async with open_door("staff") as door:
        await door.service.deliver(ready(a, "first"), ready(a, "second", version=4, group_id="g2"))
        await door.service.deliver(ready(a, "no code", order_id="O-2", code_hash=None))
        await door.service.deliver(
            a_task(a, "hand over", kind="hand_over", due_at=a.now() + timedelta(days=7)),
            a_task(a, "theirs", kind="hand_over", location_id="S002"),
            topic=topics.PICKUP_TASKS,
        )
        today = (await door.get("/v1/today", "S001")).json()
    (waiting,) = today["waiting"]
    assert (waiting["task"]["order_id"], today["tasks"]) == ("O-1", [])
    assert waiting["code_hashes"] == [code_hash("second"), code_hash("first")]


@pytest.mark.parametrize("ready_comes_late", [False, True])
async def test_today__codes_were_replaced__only_the_new_one_opens_the_order(
    open_door: Any, a: Any, ready_comes_late: bool
) -> None:
    news: list[Message] = [ready(a, "void"), replaced(a, "newer", 4), replaced(a, "newest", 5)]
    if ready_comes_late:
        news.append(news.pop(0))
    async with open_door("staff") as door:
        for event in news:
            await door.service.deliver(event)
        await door.service.deliver(a_task(a, "t", kind="hand_over"), topic=topics.PICKUP_TASKS)
        today = (await door.get("/v1/today", "S001")).json()
    assert today["waiting"][0]["code_hashes"] == [code_hash("newest")]


async def test_today__more_than_is_shown__says_so(open_door: Any, a: Any) -> None:
    async with open_door("staff", tasks_shown_max=1, waiting_shown_max=1) as door:
        await door.service.deliver(a_task(a, "t1"), topic=topics.PICKUP_TASKS)
        few = (await door.get("/v1/today", "S001")).json()
        later = a_task(a, "t2", due_at=a.now() + timedelta(hours=1))
        await door.service.deliver(later, topic=topics.PICKUP_TASKS)
        many = (await door.get("/v1/today", "S001")).json()
    assert (len(few["tasks"]), few["more"]) == (1, False)
    assert ([task["task_id"] for task in many["tasks"]], many["more"]) == (["t1"], True)


async def test_handed_out__of_pickups_and_parcels__each_piece_once(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        await door.service.deliver(a.product("SHIRT"), collected(a, 3, 1, 1))
        await door.service.deliver(collected(a, 3, 1, 1))
        await door.service.deliver(
            m.ParcelDelivered(
                order_id="O-1",
                version=4,
                parcel_id="P-1",
                location_id="W9",
                lines=[{"line_id": "l1", "sku": "SHIRT", "quantity": 3}],
                occurred_at=a.now(),
            )
        )
        answer = await door.get("/v1/orders/O-1/handed-out", "S002")
        unknown = await door.get("/v1/orders/O-2/handed-out", "S001")
    (line,) = answer.json()["lines"]
    assert (line["line_id"], line["sku"], line["quantity"]) == ("l1", "SHIRT", 5)
    assert answer.json()["products"][0]["name_ja"] == "シャツ"
    assert unknown.status_code == 404


async def test_hand_over__collected__its_command_is_done_and_the_goods_can_come_back(
    open_door: Any, a: Any
) -> None:
    async with open_door("staff") as door:
        given = await door.post("/v1/handovers", "S001", {"order_id": "O-1", "handover_id": "H-1"})
        await door.service.deliver(collected(a, 3, 2, handover_id="H-1"))
        state = await door.get(given.json()["links"]["self"], "S001")
        goods = await door.get("/v1/orders/O-1/handed-out", "S001")
    assert state.json()["answered_by"] == "PickupCollected"
    assert goods.json()["lines"][0]["quantity"] == 2


async def test_count__of_a_task__goes_out_for_the_keys_store_and_is_done_once_compared(
    open_door: Any, a: Any
) -> None:
    body = {
        "count_id": "C-1",
        "scope": "shelf",
        "counted_at": "2026-04-01T00:30:00Z",
        "lines": [{"sku": "SHIRT", "quantity": 0}],
    }
    async with open_door("staff") as door:
        given = await door.post("/v1/counts", "S001", body)
        count = only(await door.service.sent(), m.CountStock)
        await door.service.deliver(
            m.StockCounted(
                document_id="C-1",
                location_id="S001",
                occurred_at=a.now(),
                scope="shelf",
                outcome="applied",
                lines=[{"sku": "SHIRT", "counted": 0, "expected": 1}],
            )
        )
        state = await door.get(given.json()["links"]["self"], "S001")
    assert (count.location_id, count.lines[0].quantity) == ("S001", 0)
    assert (state.json()["state"], state.json()["answered_by"]) == ("done", "StockCounted")


async def test_upkeep__codes_and_goods_of_long_ago_are_forgotten(open_door: Any, a: Any) -> None:
    from edge.staff.waiting import forget_old

    long_ago = a.now() - timedelta(days=36)
    async with open_door("staff") as door:
        await door.service.deliver(ready(a, "old", occurred_at=long_ago))
        await door.service.deliver(ready(a, "new", order_id="O-2"))
        await door.service.deliver(
            collected(a, 3, 2, occurred_at=long_ago), collected(a, 4, 2, order_id="O-2")
        )
        await forget_old(door.runtime)
        codes = await door.service.connection.fetch("SELECT order_id FROM waiting_code")
        goods = await door.service.connection.fetch("SELECT order_id FROM handed_out")
    assert [row["order_id"] for row in codes] == ["O-2"]
    assert [row["order_id"] for row in goods] == ["O-2"]
