"""What becomes of an order placed through the partner door, and what may be asked of it: by its own channel only."""

import hashlib
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import segno

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import only, record_of

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def place(door: Any, a: Any, channel: str = "app", **changes: Any) -> m.PlaceOrder:
    answer = await door.post("/v1/orders", channel, a.order_body(**changes))
    assert answer.status_code == 202, answer.text
    return only(await door.service.sent(), m.PlaceOrder)


async def test_order__from_pending_to_its_state__without_where_the_goods_come_from(
    open_door: Any, a: Any
) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        before = await door.get(f"/v1/orders/{command.order_id}", "app")
        await door.service.deliver(a.placed(command), a.confirmed(command), a.state(command))
        await door.service.deliver(a.state(command, version=1, status="placed"))
        after = await door.get(f"/v1/orders/{command.order_id}", "app")
    assert before.json()["status"] == "pending"
    assert after.json()["status"] == "confirmed"
    assert after.json()["lines"][0]["line_id"] == "l1"
    assert "W9" not in after.text


async def test_order__refused__says_why(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        answer = await door.post("/v1/orders", "app", a.order_body())
        command = only(await door.service.sent(), m.PlaceOrder)
        record = a.caused_by(a.refusal(command), answer.json()["command_id"])
        await door.service.deliver_records(topics.ORDER_EVENTS, [record])
        order = await door.get(f"/v1/orders/{command.order_id}", "app")
    assert order.json()["status"] == "refused"
    assert order.json()["reason"] == "conflicting_body"


async def test_order__a_refusal_of_somebody_elses_command_with_the_same_id__changes_nothing(
    open_door: Any, a: Any
) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        record = a.caused_by(a.refusal(command), "another-message")
        await door.service.deliver_records(topics.ORDER_EVENTS, [record])
        order = await door.get(f"/v1/orders/{command.order_id}", "app")
    assert order.json()["status"] == "pending"


async def test_order__the_same_id_from_another_channels_own_system__is_not_shown(
    open_door: Any, a: Any
) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        theirs = {"channel": "kiosk", "customer_ref": "theirs"}
        await door.service.deliver(a.placed(command, **theirs), a.state(command, **theirs))
        order = await door.get(f"/v1/orders/{command.order_id}", "app")
        waiting = await door.service.connection.fetchval("SELECT state FROM pending_command")
        progress = await door.service.connection.fetchval("SELECT count(*) FROM order_progress")
    assert order.json()["status"] == "pending"
    assert (waiting, progress) == ("waiting", 0)


@pytest.mark.parametrize("path", ["", "/events", "/pickup-code"])
async def test_order__of_another_channel__404(open_door: Any, a: Any, path: str) -> None:
    async with open_door("partner") as door:
        command = await place(door, a, "ec")
        theirs = await door.get(f"/v1/orders/{command.order_id}{path}", "app")
        none = await door.get(f"/v1/orders/{uuid7()}{path}", "app")
    assert theirs.status_code == 404
    assert theirs.json() == none.json()


@pytest.mark.parametrize("what", ["cancellations", "changes", "recipient-changes", "returns"])
async def test_order__of_another_channel__nothing_can_be_asked_of_it(
    open_door: Any, a: Any, what: str
) -> None:
    bodies = {
        "cancellations": {},
        "changes": {"group_id": "g1", "method": "ship", "prefecture": "JP-13"},
        "recipient-changes": {"recipient_ref": None},
        "returns": {
            "location_id": "S001",
            "lines": [{"line_id": "l1", "sku": "SKU-1", "quantity": 1, "disposition": "resellable"}],
        },
    }
    async with open_door("partner") as door:
        command = await place(door, a, "ec")
        theirs = await door.post(f"/v1/orders/{command.order_id}/{what}", "app", bodies[what])
        assert await door.service.sent() == []
        own = await door.post(f"/v1/orders/{command.order_id}/{what}", "ec", bodies[what])
        (sent,) = await door.service.sent()
    assert theirs.status_code == 404
    assert own.status_code == 202
    assert sent.record_key() == command.order_id
    assert sent.channel == "ec"


async def cancel(door: Any, order_id: str) -> tuple[m.CancelOrder, str]:
    answer = await door.post(f"/v1/orders/{order_id}/cancellations", "app", {"reason": "too_late"})
    assert answer.status_code == 202
    return only(await door.service.sent(), m.CancelOrder), answer.json()["links"]["self"]


async def test_cancel__its_outcome_can_be_asked_for(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        asked, link = await cancel(door, command.order_id)
        waiting = await door.get(link, "app")
        await door.service.deliver(a.cancelled(command, cancel_id=asked.cancel_id))
        done, hidden = await door.get(link, "app"), await door.get(link, "ec")
    assert asked.reason == "too_late"
    assert waiting.json()["state"] == "waiting"
    assert done.json()["state"] == "done"
    assert hidden.status_code == 404


async def test_recipient_change__its_outcome_can_be_asked_for_and_followed(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        path = f"/v1/orders/{command.order_id}/recipient-changes"
        forgotten = await door.post(path, "app", {})
        answer = await door.post(path, "app", {"recipient_ref": "recipient:2"})
        asked = only(await door.service.sent(), m.ChangeRecipient)
        changed = m.RecipientChanged(
            order_id=command.order_id,
            version=2,
            channel="app",
            recipient_ref=asked.recipient_ref,
            change_id=asked.change_id,
            occurred_at=a.now(),
        )
        await door.service.deliver(a.placed(command), changed)
        state = (await door.get(answer.json()["links"]["self"], "app")).json()
        names = await door.service.connection.fetch("SELECT name FROM order_progress ORDER BY progress_id")
    assert (forgotten.status_code, forgotten.json()["errors"][0]["pointer"]) == (422, "/recipient_ref")
    assert (asked.recipient_ref, asked.channel) == ("recipient:2", "app")
    assert (state["state"], state["answered_by"]) == ("done", "RecipientChanged")
    assert [row["name"] for row in names] == ["order.placed", "order.recipient_changed"]


async def test_cancel__too_late__pickups_refusal_is_the_outcome(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        asked, link = await cancel(door, command.order_id)
        refusal = m.CancelRefused(
            order_id=command.order_id,
            version=9,
            cancel_id=asked.cancel_id,
            lines=[{"line_id": "l1", "quantity": 2}],
            reason="collected",
            occurred_at=a.now(),
        )
        await door.service.deliver(refusal)
        state = await door.get(link, "app")
        await door.service.deliver(a.cancelled(command, cancel_id=asked.cancel_id))
        still = await door.get(link, "app")
    assert (state.json()["state"], state.json()["reason"]) == ("refused", "collected")
    assert still.json() == state.json()


async def test_pickup_code__shown_to_its_own_channel_until_it_is_void(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        code = m.PickupCode(
            order_id=command.order_id,
            version=1,
            token="A" * 22,
            digits="123456",
            valid_until=a.now() + timedelta(days=7),
        )
        stranger = code.model_copy(update={"order_id": "unknown"})
        await door.service.deliver(code, stranger)
        path = f"/v1/orders/{command.order_id}/pickup-code"
        shown, hidden = await door.get(path, "app"), await door.get(path, "ec")
        kept = await door.service.connection.fetchval("SELECT count(*) FROM pickup_code")
        await door.service.connection.execute("UPDATE pickup_code SET valid_until = now()")
        over = await door.get(path, "app")
        void = await door.get(f"{path}.svg", "app")
    assert shown.json()["digits"] == "123456"
    assert hashlib.sha256(shown.json()["token"].encode()).hexdigest()
    assert (hidden.status_code, over.status_code, void.status_code, kept) == (404, 404, 404, 1)


async def test_pickup_code__as_a_qr_code__is_the_token_for_its_own_channel_only(
    open_door: Any, a: Any
) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        token = "AAECAwQFBgcICQoLDA0ODw"
        code = m.PickupCode(
            order_id=command.order_id,
            version=1,
            token=token,
            digits="123456",
            valid_until=a.now() + timedelta(days=7),
        )
        await door.service.deliver(code)
        path = f"/v1/orders/{command.order_id}/pickup-code.svg"
        shown, hidden = await door.get(path, "app"), await door.get(path, "ec")
    assert (shown.status_code, hidden.status_code) == (200, 404)
    assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/svg+xml", "no-store")
    assert _dark_modules(shown.text) == {
        (row, column)
        for row, modules in enumerate(segno.make_qr(token, error="m").matrix)
        for column, dark in enumerate(modules)
        if dark
    }


def _dark_modules(svg: str) -> set[tuple[int, int]]:
    """The modules that are drawn dark, without the margin of four: the stroked path, run by run."""
    [path] = [
        element.attrib["d"] for element in ElementTree.fromstring(svg).iter() if "stroke" in element.attrib
    ]
    dark, x, y = set(), 0.0, 0.0
    for step, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        first, *second = (float(number) for number in re.findall(r"-?[0-9]*\.?[0-9]+", numbers))
        if step == "h":
            dark |= {(int(y) - 4, int(x) - 4 + place) for place in range(int(first))}
            x += first
        else:
            x, y = (first, second[0]) if step == "M" else (x + first, y + second[0])
    return dark


async def test_resend__without_an_outcome__the_very_same_message_goes_out_again(
    open_door: Any, a: Any
) -> None:
    async with open_door("partner") as door:
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        await door.post("/v1/orders", "app", a.order_body(), traceparent=trace)
        first_id = await door.outbox_id()
        [(topic, first)] = await door.service.take_outbox()
        await door.service.connection.execute("UPDATE due_work SET due_at = now()")
        await door.service._due.run_once()
        again_id = await door.outbox_id()
        [(again_topic, again)] = await door.service.outbox()
        next_due = await door.service.connection.fetchval("SELECT due_at - now() FROM due_work")
    assert again_id == first_id
    assert (again_topic, again.key, again.value) == (topic, first.key, first.value)
    assert timedelta(seconds=100) < next_due < timedelta(seconds=121)


async def test_send_again__kafka_is_gone__what_waits_goes_out_at_once_and_what_is_answered_does_not(
    open_door: Any, a: Any
) -> None:
    async with open_door("partner") as door:
        answered = await place(door, a)
        await door.service.deliver(a.placed(answered))
        await door.post("/v1/orders", "app", a.order_body())
        [(topic, first)] = await door.service.take_outbox()
        assert (await door.client.post("/operator/rebuild")).json() == {"said": {}, "state": {}}
        await door.service._due.run_once()
        [(again_topic, again)] = await door.service.take_outbox()
    assert (again_topic, again.key, again.value) == (topic, first.key, first.value)
    assert dict(again.headers)["ce_id"] == dict(first.headers)["ce_id"]


async def test_resend__once_the_outcome_is_back__nothing_more_is_sent(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        await door.service.deliver(a.placed(command))
        sent = await door.service.make_due("resend_command")
        due = await door.service.connection.fetchval("SELECT count(*) FROM due_work")
    assert (sent, due) == ([], 0)


async def test_outcome__delivered_twice__counts_once(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        record = record_of(a.placed(command))
        await door.service.deliver_records(topics.ORDER_EVENTS, [record, record])
        await door.service.deliver_records(topics.ORDER_EVENTS, [record])
        progress = await door.service.connection.fetchval("SELECT count(*) FROM order_progress")
    assert progress == 1
