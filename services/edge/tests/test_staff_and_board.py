"""The staff and board doors: a store's day and what its staff did; figures and what is set for them."""

from datetime import timedelta
from typing import Any

import pytest

from edge.answers import answer_in
from edge.board.routes import OFFERED as BOARD_OFFERS
from edge.staff.routes import OFFERED as STAFF_OFFERS
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.values import HandoverProof
from tsunagu.testing.harness import delete_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def a_task(a: Any, task_id: str, **changes: Any) -> m.Task:
    values = {
        "task_id": task_id,
        "version": 1,
        "kind": "pick",
        "subject": "Pick an order",
        "location_id": "S001",
        "due_at": a.now(),
        "state": "open",
        "created_at": a.now() - timedelta(hours=1),
    }
    return m.Task(**{**values, **changes})


PICK = {"order_id": "O-1", "line_id": "l1", "sku": "SKU-1", "quantity": 2}


async def test_tasks__a_stores_own__late_ones_first_and_what_today_has_ended_last(
    open_door: Any, a: Any
) -> None:
    async with open_door("staff") as door:
        await door.service.deliver(
            a_task(a, "now"),
            a_task(a, "late", due_at=a.now() - timedelta(days=2)),
            a_task(a, "done", state="done", ended_at=a.now()),
            a_task(a, "next week", due_at=a.now() + timedelta(days=7)),
            a_task(a, "done long ago", state="done", ended_at=a.now() - timedelta(days=2)),
            a_task(a, "theirs", location_id="S002"),
            topic=topics.PICKUP_TASKS,
        )
        await door.service.deliver(
            a_task(a, "count", kind="count", due_at=a.now() + timedelta(seconds=1)),
            topic=topics.INVENTORY_TASKS,
        )
        answer = await door.get("/v1/tasks", "S001")
    assert [task["task_id"] for task in answer.json()["tasks"]] == ["late", "now", "count", "done"]


async def test_tasks__the_newest_version_stays_and_a_deleted_one_goes(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        task = a_task(a, "t", version=2, state="started", owner="staff-7")
        await door.service.deliver(task, a_task(a, "t"), topic=topics.PICKUP_TASKS)
        await door.service.deliver(a_task(a, "t"), topic=topics.PICKUP_TASKS)
        kept = (await door.get("/v1/tasks", "S001")).json()["tasks"]
        await door.service.deliver_records(topics.PICKUP_TASKS, [delete_of(task)])
        gone = (await door.get("/v1/tasks", "S001")).json()["tasks"]
    assert [task["state"] for task in kept] == ["started"]
    assert gone == []


async def test_wave__taken_by_the_keys_store__its_list_is_shown_to_nobody_else(
    open_door: Any, a: Any
) -> None:
    async with open_door("staff") as door:
        given = await door.post("/v1/waves", "S001", {"wave_id": "W-1", "owner": "staff-7"})
        wave = only(await door.service.sent(), m.TakeWave)
        before = await door.get("/v1/waves/W-1", "S001")
        shown = a_task(a, "W-1", kind="pick_wave", lines=[{"sku": "SKU-1", "quantity": 2, "order_id": "O-1"}])
        await door.service.deliver(shown, topic=topics.PICKUP_TASKS)
        after = await door.get("/v1/waves/W-1", "S001")
        theirs = await door.get("/v1/waves/W-1", "S002")
        await door.post("/v1/wave-releases", "S001", {"wave_id": "W-1"})
        release = only(await door.service.sent(), m.ReleaseWave)
    assert (given.status_code, wave.wave_id, wave.location_id, wave.kind) == (202, "W-1", "S001", "pick")
    assert (before.status_code, theirs.status_code) == (404, 404)
    assert after.json()["lines"] == [{"sku": "SKU-1", "quantity": 2, "order_id": "O-1"}]
    assert (release.wave_id, release.location_id) == ("W-1", "S001")


async def test_pick__goes_out_for_the_keys_store_and_its_outcome_comes_back(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        given = await door.post("/v1/picks", "S001", PICK)
        pick = only(await door.service.sent(), m.ConfirmPick)
        completed = m.PickCompleted(
            version=1, pick_id=pick.pick_id, occurred_at=a.now(), location_id="S001", **PICK
        )
        await door.service.deliver(completed)
        state = await door.get(given.json()["links"]["self"], "S001")
        hidden = await door.get(given.json()["links"]["self"], "S002")
    assert (given.status_code, pick.location_id) == (202, "S001")
    assert (state.json()["state"], state.json()["answered_by"]) == ("done", "PickCompleted")
    assert hidden.status_code == 404


async def test_pick__for_another_store_in_the_body__422(open_door: Any) -> None:
    async with open_door("staff") as door:
        answer = await door.post("/v1/picks", "S001", {**PICK, "location_id": "S002"})
        assert await door.service.sent() == []
    assert answer.json()["errors"][0]["pointer"] == "/location_id"


async def test_pick__made_offline__keeps_its_own_id_and_time(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        at = "2026-04-01T00:30:00Z"
        body = {**PICK, "pick_id": "P-1", "occurred_at": at}
        await door.post("/v1/picks", "S001", body)
        await door.post("/v1/picks", "S001", body)
        pick = only(await door.service.sent(), m.ConfirmPick)
        other = await door.post("/v1/picks", "S001", {**body, "quantity": 9})
    assert (pick.pick_id, pick.occurred_at.isoformat()) == ("P-1", "2026-04-01T00:30:00+00:00")
    assert other.status_code == 422
    assert other.json()["type"] == "urn:tsunagu:problem:id-taken"


async def test_pick__a_quantity_of_nothing__the_problem_names_it(open_door: Any) -> None:
    async with open_door("staff") as door:
        answer = await door.post("/v1/picks", "S001", {**PICK, "quantity": 0})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/quantity"


async def test_hand_over__refused__says_why(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        given = (await door.post("/v1/handovers", "S001", {"order_id": "O-1"})).json()
        handover = only(await door.service.sent(), m.HandOver)
        refusal = a.refusal(handover, reason="unknown_order", detail="no order waits here under this id")
        await door.service.deliver_records(topics.PICKUP_EVENTS, [a.caused_by(refusal, given["command_id"])])
        state = (await door.get(given["links"]["self"], "S001")).json()
    assert (state["state"], state["reason"]) == ("refused", "unknown_order")


async def test_pause__accepted__is_done(open_door: Any, a: Any) -> None:
    async with open_door("staff") as door:
        given = (await door.post("/v1/pickup-pauses", "S001", {"reason": "crowded"})).json()
        pause = only(await door.service.sent(), m.PausePickup)
        await door.service.deliver_records(
            topics.PICKUP_EVENTS, [a.caused_by(a.accepted(pause), given["command_id"])]
        )
        state = (await door.get(given["links"]["self"], "S001")).json()
        due = await door.service.connection.fetchval("SELECT count(*) FROM due_work")
    assert (state["state"], due) == ("done", 0)


def test_offers__every_command_goes_to_the_topic_of_its_one_reader() -> None:
    assert all(command in topics.PICKUP_COMMANDS.messages for command in STAFF_OFFERS.values())
    assert all(command in topics.INSIGHT_COMMANDS.messages for command in BOARD_OFFERS.values())


async def test_kpis__of_a_store_and_day__shows_its_part_of_an_ec_sale_and_what_has_no_data(
    open_door: Any,
) -> None:
    credit = {
        "name": "credit",
        "scope": "S001",
        "period": "2026-04-01",
        "value": 500,
        "unit": "JPY",
        "version": 1,
    }
    rate = {**credit, "name": "fill_rate", "unit": "percent", "value": None, "no_data": "no data: nothing"}
    async with open_door("board") as door:
        await door.service.deliver(*(m.KpiValue.model_validate(body) for body in (credit, rate)))
        shown = (await door.get("/v1/kpis?scope=S001&period=2026-04-01", "ceo")).json()["kpis"]
    assert [(kpi["name"], kpi.get("value"), kpi.get("no_data")) for kpi in shown] == [
        ("credit", 500, None),
        ("fill_rate", None, "no data: nothing"),
    ]


async def test_figures__of_a_store__are_its_own_and_nobody_elses(open_door: Any) -> None:
    credit = {"name": "credit", "period": "2026-04-01", "value": 500, "unit": "JPY", "version": 1}
    scopes = ("S001", "S002", "all", "app")
    async with open_door("staff") as door:
        await door.service.deliver(*(m.KpiValue.model_validate({**credit, "scope": one}) for one in scopes))
        shown = (await door.get("/v1/figures?name=credit&period=2026-04-01", "S001")).json()
        others = (await door.get("/v1/figures?name=credit&scope=S002", "S001")).json()
    assert [(kpi["scope"], kpi["value"]) for kpi in shown["kpis"]] == [("S001", 500)]
    assert {kpi["scope"] for kpi in others["kpis"]} == {"S001"}


async def test_kpis__by_name_with_target_and_owner(open_door: Any) -> None:
    figure = {"name": "pickup_minutes", "scope": "all", "period": "2026-04", "value": 4.5, "unit": "min"}
    async with open_door("board", kpis_shown_max=2) as door:
        await door.service.deliver(
            m.KpiValue(version=2, target=4.0, owner="ceo", due="2026-06-30", **figure),
            m.KpiValue(version=1, **figure),
            m.KpiValue(version=1, **{**figure, "period": "2026-03"}),
            m.KpiValue(version=1, **{**figure, "name": "orders"}),
        )
        named = (await door.get("/v1/kpis?name=pickup_minutes", "ceo")).json()
        all_of_them = (await door.get("/v1/kpis", "ceo")).json()
        strange = await door.get("/v1/kpis?name=Robert';--", "ceo")
    assert [kpi["period"] for kpi in named["kpis"]] == ["2026-04", "2026-03"]
    assert (named["kpis"][0]["target"], named["kpis"][0]["owner"], named["more"]) == (4.0, "ceo", False)
    assert (len(all_of_them["kpis"]), all_of_them["more"]) == (2, True)
    assert strange.status_code == 422


async def test_target__set_by_the_keys_person__settles_when_insight_has_it(open_door: Any, a: Any) -> None:
    terms = {
        "kpi": "pickup_minutes",
        "scope": "all",
        "period": "2026-04",
        "target": 4,
        "owner": "store-manager",
        "due": "2026-06-30",
    }
    async with open_door("board") as door:
        given = (await door.post("/v1/targets", "cfo", terms)).json()
        target = only(await door.service.sent(), m.SetTarget)
        await door.service.deliver(
            m.TargetSet(version=1, occurred_at=a.now(), target_id=target.target_id, staff_ref="cfo", **terms)
        )
        state = (await door.get(given["links"]["self"], "cfo")).json()
        forged = await door.post("/v1/targets", "cfo", {**terms, "staff_ref": "ceo"})
    assert (target.staff_ref, target.target) == ("cfo", 4)
    assert state["state"] == "done"
    assert forged.status_code == 422


def test_answer__an_event_that_names_no_command_of_ours__is_none(a: Any) -> None:
    by_receipt = m.PickupCollected(
        order_id="O-1",
        version=1,
        location_id="S001",
        lines=(),
        proof=HandoverProof.RECEIPT,
        receipt_id="R-1",
        occurred_at=a.now(),
    )
    assert answer_in(by_receipt, None) is None
    by_code = by_receipt.model_copy(update={"handover_id": "H-1"})
    found = answer_in(by_code, None)
    assert found is not None
    assert (found.command_type, found.command_id) == (m.HandOver.WIRE_TYPE, "H-1")
