"""The operators' page over HTTP: only for people with the right, and with what the backbone has told."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge.board.operating import handlers
from edge.signing_in.passwords import hash_of
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.testing.harness import delete_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]

GOLDEN = Path(__file__).parents[4] / "tests" / "contracts" / "golden"
PASSWORD = "correct horse battery"


def a_condition(**changes: Any) -> m.ProcessCondition:
    """The golden sample, told just now."""
    body = json.loads((GOLDEN / "tsunagu.backbone.condition.v1.json").read_text("utf-8"))["value"]
    now = datetime.now(UTC)
    fresh = {"told_at": now.isoformat(), "version": round(now.timestamp() * 1000)}
    return m.ProcessCondition.model_validate({**body, **fresh, **changes})


@pytest.fixture
def signing_in(tmp_path: Path) -> dict[str, Any]:
    """An operator, and an executive without the right."""
    file = tmp_path / "board.json"
    account = {"password_hash": hash_of(PASSWORD), "holder": "staff:7"}
    file.write_text(json.dumps({"mori": {**account, "rights": ["operate"]}, "sato": account}))
    return {"accounts_file": file}


async def as_user(door: Any, user: str) -> httpx.Response:
    """Ask for the page as a user."""
    body = {"user": user, "password": PASSWORD}
    ours = {"X-Tsunagu-Request": "1"}
    assert (await door.client.post("/v1/sign-in", json=body, headers=ours)).status_code == 204
    answer: httpx.Response = await door.client.get("/v1/operations")
    return answer


async def test_operations__without_the_right__are_refused(open_door: Any, signing_in: Any) -> None:
    async with open_door("board", **signing_in) as door:
        by_key = await door.get("/v1/operations", "ceo")
        by_user = await as_user(door, "sato")
    assert (by_key.status_code, by_user.status_code) == (403, 403)


async def test_operations__for_operators__say_lag_and_what_waits_with_orders_and_yen(
    open_door: Any, signing_in: Any, a: Any
) -> None:
    async with open_door("board", **signing_in) as door:
        async with open_door("partner") as partner:
            await partner.post("/v1/orders", "app", a.order_body(order_id="order-2"))
            order = a.state(only(await partner.service.sent(), m.PlaceOrder))
        await door.service.deliver(order, a_condition())
        found = (await as_user(door, "mori")).json()
        await door.service.deliver_records(topics.ORDER_STATE, [delete_of(order)])
        without = (await door.client.get("/v1/operations")).json()
    assert [(lag["topic"], lag["records"], lag["seconds"]) for lag in found["lags"]] == [
        ("inventory.events", 1240, 12.5),
        ("order.commands", 0, 0.0),
    ]
    failed, unreadable = found["dead_letters"]
    assert failed["orders"] == [
        {"order_id": "order-1", "amount_jpy": 3960},
        {"order_id": "order-2", "amount_jpy": 3960},
    ]
    assert (failed["total_jpy"], failed["exact"]) == (7_920, True)
    assert (unreadable["total_jpy"], unreadable["reason"]) == (1_980, "json")
    assert found["affected"] == {
        "orders": 2,
        "amount_jpy": 9_900,
        "location_ids": ["S001"],
        "exact": True,
    }
    assert without["affected"]["amount_jpy"] == 5_940


async def test_old_conditions__of_processes_that_were_replaced__go_and_a_silent_service_stays(
    open_door: Any,
) -> None:
    old = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    async with open_door("board") as door:
        await door.service.deliver(
            a_condition(),
            a_condition(instance="gone", told_at=old),
            a_condition(service="pickup", told_at=old),
        )
        await handlers.forget_old(door.runtime)
        rows = await door.service.connection.fetch("SELECT service, instance FROM condition ORDER BY service")
    assert [row["service"] for row in rows] == ["order", "pickup"]


async def test_redrive__asked_for_by_an_operator__goes_out_in_their_name_and_is_settled_by_its_answer(
    open_door: Any, signing_in: Any, a: Any
) -> None:
    body = {"service": "order", "reason": "handler_failed", "dry_run": True}
    async with open_door("board", **signing_in) as door:
        by_key = await door.post("/v1/redrives", "ceo", body)
        await as_user(door, "mori")
        headers = {"X-Tsunagu-Request": "1", "Idempotency-Key": "k1"}
        given = await door.client.post("/v1/redrives", json=body, headers=headers)
        command = only(await door.service.sent(), m.RedriveDeadLetters)
        answer = a.caused_by(a.accepted(command), given.json()["command_id"])
        await door.service.deliver_records(topics.BACKBONE_EVENTS, [answer])
        state = (await door.client.get(given.json()["links"]["self"])).json()["state"]
    assert by_key.status_code == 403
    assert given.status_code == 202
    assert (command.service, command.staff_ref, command.dry_run) == ("order", "staff:7", True)
    assert state == "done"
