"""What the holder of an order link may do, as programs see it."""

import asyncio
import hashlib
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import generate_latest

from edge.shopper.order_links.following import forget_old
from tsunagu.contracts import messages as m
from tsunagu.contracts.values import LinkPurpose
from tsunagu.testing.harness import only

from .conftest import CHOICE_TOKEN, ORDER_TOKEN, LinkedOrder

pytestmark = [pytest.mark.component, pytest.mark.wide]

CHOICE, ORDER = LinkPurpose.CHOICE, LinkPurpose.ORDER
TO_S002 = {"kind": "pickup_elsewhere", "location_id": "S002"}
SHIP = {"kind": "ship", "prefecture": "JP-14"}
CANCEL = {"kind": "cancel"}


async def see(door: Any, token: str) -> Any:
    return await door.client.get(f"/v1/order-links/{token}")


async def answer(door: Any, token: str, **body: Any) -> Any:
    return await door.client.post(f"/v1/order-links/{token}/answers", json=body)


async def commands(door: Any) -> list[Any]:
    """What was sent to order."""
    return [one for one in await door.service.sent() if isinstance(one, m.ChangeFulfilment | m.CancelOrder)]


async def test_question__shows_what_is_asked_and_by_when_and_nothing_of_the_rest(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        seen = (await see(door, CHOICE_TOKEN)).json()
    assert seen["order_id"] == order.order_id
    assert datetime.fromisoformat(seen["valid_until"]) == order.answer_by
    assert [(one["line_id"], one["quantity"], one["name_ja"]) for one in seen["lines"]] == [
        ("L1", 1, "シャツ")
    ]
    assert [(one["kind"], one.get("location_id")) for one in seen["options"]] == [
        ("pickup_elsewhere", "S002"),
        ("ship", None),
        ("cancel", None),
    ]
    assert seen["options"][0]["name_en"] == "Store S002"
    assert datetime.fromisoformat(seen["options"][0]["ready_by"]) == order.answer_by
    assert seen["next_number"] == 1
    assert "answer" not in seen


@pytest.mark.parametrize("chosen", [TO_S002, SHIP, CANCEL], ids=lambda one: one["kind"])
async def test_question__each_option__is_asked_of_order_and_its_outcome_shown(
    shopper_door: Any, order: LinkedOrder, chosen: dict[str, str]
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        answered = await answer(door, CHOICE_TOKEN, **chosen)
        [command] = await commands(door)
        await order.outcome(door, command, None)
        await order.void(door, CHOICE)
        afterwards = (await see(door, CHOICE_TOKEN)).json()
    assert answered.status_code == 200
    assert answered.json()["answer"]["state"] == "waiting"
    assert (command.order_id, command.channel) == (order.order_id, "ec")
    assert [(part.line_id, part.quantity) for part in command.lines] == [("L1", 1)]
    assert isinstance(command, m.CancelOrder if chosen == CANCEL else m.ChangeFulfilment)
    if isinstance(command, m.ChangeFulfilment):
        assert (command.group_id, command.location_id, command.prefecture) == (
            "G1",
            chosen.get("location_id"),
            chosen.get("prefecture"),
        )
    assert afterwards["answer"]["state"] == "done"
    assert {name: afterwards["answer"][name] for name in chosen} == chosen
    assert "next_number" not in afterwards


async def test_question__answered_twice__the_first_answer_stands_whatever_the_second_says(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        first = await answer(door, CHOICE_TOKEN, **SHIP)
        again = await answer(door, CHOICE_TOKEN, **SHIP)
        other = await answer(door, CHOICE_TOKEN, **CANCEL)
        more = await answer(door, CHOICE_TOKEN, **CANCEL, number=2)
        sent = await commands(door)
        await order.void(door, CHOICE)
        late = await answer(door, CHOICE_TOKEN, **CANCEL)
    assert [one.status_code for one in (first, again, other, more, late)] == [200] * 5
    assert {json.dumps(one.json()["answer"]) for one in (first, again, other, more, late)} == {
        json.dumps(first.json()["answer"])
    }
    assert len(sent) == 1


async def test_question__answered_twice_at_once__is_one_command(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        both = await asyncio.gather(
            *(answer(door, CHOICE_TOKEN, **chosen) for chosen in (SHIP, CANCEL, TO_S002))
        )
        sent = await commands(door)
    assert len({json.dumps(one.json()["answer"]) for one in both}) == 1
    assert len(sent) == 1


async def test_question__refused_by_order__may_be_answered_once_more(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        await answer(door, CHOICE_TOKEN, **TO_S002)
        await order.outcome(door, only(await commands(door), m.ChangeFulfilment), "too_late")
        seen = (await see(door, CHOICE_TOKEN)).json()
        stale = (await answer(door, CHOICE_TOKEN, **CANCEL)).json()
        again = (await answer(door, CHOICE_TOKEN, **CANCEL, number=seen["next_number"])).json()
        sent = await commands(door)
    assert (seen["answer"]["state"], seen["answer"]["reason"]) == ("refused", "too_late")
    assert stale["answer"] == seen["answer"]
    assert (again["answer"]["number"], again["answer"]["kind"]) == (2, "cancel")
    assert only(sent, m.CancelOrder).lines[0].line_id == "L1"


async def test_question__time_is_over_or_the_default_has_come__nothing_is_there(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        await door.service.deliver(order.state(asked=0))
        by_state = await answer(door, CHOICE_TOKEN, **CANCEL)
        await order.void(door, CHOICE)
        by_delete = await answer(door, CHOICE_TOKEN, **CANCEL)
        past = order.link(CHOICE, "p" * 22, version=2, valid_until=datetime.now(UTC) - timedelta(seconds=1))
        await door.service.deliver(past)
        by_time = await answer(door, "p" * 22, **CANCEL)
        sent = await commands(door)
    assert [one.status_code for one in (by_state, by_delete, by_time)] == [404] * 3
    assert sent == []


async def test_question__answered_and_its_time_over__is_forgotten(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        await answer(door, CHOICE_TOKEN, **CANCEL)
        await door.service.connection.execute(
            "UPDATE order_link SET valid_until = now() - interval '1 s' WHERE purpose = 'choice'"
        )
        late = await see(door, CHOICE_TOKEN)
        await forget_old(door.runtime)
        left = await door.service.connection.fetch("SELECT purpose FROM order_link")
        answers = await door.service.connection.fetchval("SELECT count(*) FROM link_answer")
    assert late.status_code == 404
    assert [row["purpose"] for row in left] == ["order"]
    assert answers == 0


async def test_question__asked_anew__the_new_link_opens_it_and_the_old_one_nothing(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        order.answer_by += timedelta(minutes=5)
        await door.service.deliver(order.state(asked=2), order.link(CHOICE, "n" * 22, version=2))
        old, new = await see(door, CHOICE_TOKEN), await see(door, "n" * 22)
        late = order.link(CHOICE, "o" * 22, version=1)
        await door.service.deliver(late)
        overtaken = await see(door, "o" * 22)
    assert (old.status_code, new.status_code, overtaken.status_code) == (404, 200, 404)
    assert [one["quantity"] for one in new.json()["lines"]] == [2]


async def test_link__its_order_is_not_known_yet__is_asked_for_again(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        before = order.state(asked=0)
        link = order.link(CHOICE, order_version=order.version + 1)
        await door.service.deliver(link)
        unknown = await see(door, CHOICE_TOKEN)
        await door.service.deliver(before)
        older = await answer(door, CHOICE_TOKEN, **CANCEL)
        await door.service.deliver(order.state())
        known = await see(door, CHOICE_TOKEN)
    assert [one.status_code for one in (unknown, older, known)] == [503, 503, 200]
    assert unknown.headers["retry-after"]


@pytest.mark.parametrize(
    "token",
    ["x" * 22, "", "short", "%00", "日本", CHOICE_TOKEN.upper(), CHOICE_TOKEN + "x", "x" * 5000],
    ids=range(8),
)
async def test_token__guessed__is_answered_like_one_that_is_too_old(
    shopper_door: Any, order: LinkedOrder, token: str
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        await order.void(door, CHOICE)
        old = await see(door, CHOICE_TOKEN)
        guessed = await see(door, token)
        posted = await answer(door, token, **CANCEL)
        sent = await commands(door)
    assert (guessed.status_code, posted.status_code) == (404, 404)
    if token:
        assert (guessed.content, dict(guessed.headers)) == (old.content, dict(old.headers))
        assert posted.json() == old.json()
    assert sent == []


@pytest.mark.parametrize(
    ("chosen", "pointer"),
    [
        ({"kind": "pickup_elsewhere"}, ""),
        ({"kind": "ship"}, ""),
        ({"kind": "ship", "prefecture": "JP-99"}, "/prefecture"),
        ({"kind": "cancel", "location_id": "S002"}, ""),
        ({"kind": "pickup_elsewhere", "location_id": "S009"}, "/location_id"),
        ({"kind": "pickup_elsewhere", "location_id": "S404"}, "/location_id"),
        ({"kind": "keep"}, "/kind"),
        ({"kind": "cancel", "number": 0}, "/number"),
        ({"kind": "cancel", "channel": "ec"}, "/channel"),
    ],
    ids=range(9),
)
async def test_answer__that_can_not_be_given__is_refused_and_the_question_stays_open(
    shopper_door: Any, order: LinkedOrder, chosen: dict[str, Any], pointer: str
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        refused = await answer(door, CHOICE_TOKEN, **chosen)
        sent = await commands(door)
        seen = (await see(door, CHOICE_TOKEN)).json()
    assert refused.status_code == 422
    assert refused.json()["errors"][0].get("pointer", "") == pointer
    assert sent == []
    assert seen["next_number"] == 1


async def test_question__order_names_no_store__the_nearest_others_are_shown(
    shopper_door: Any, order: LinkedOrder
) -> None:
    bare = [{"kind": "pickup_elsewhere"}, {"kind": "cancel"}]
    async with shopper_door(link_stores_max=2) as door:
        await order.tell(door, choice_options=bare)
        seen = (await see(door, CHOICE_TOKEN)).json()
        by_parcel = {"G1": {"method": "ship", "prefecture": "JP-13"}}
        await door.service.deliver(order.state(groups=by_parcel, choice_options=bare))
        parcel = (await see(door, CHOICE_TOKEN)).json()
    assert [one.get("location_id") for one in seen["options"]] == ["S002", "S003", None]
    assert all("ready_by" not in one for one in seen["options"])
    assert len([one for one in parcel["options"] if "location_id" in one]) == 2


async def test_order_link__nothing_is_in_question__all_that_can_be_is_changed_and_then_cancelled(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door, asked=0, ready=1)
        seen = (await see(door, ORDER_TOKEN)).json()
        await answer(door, ORDER_TOKEN, **TO_S002)
        change = only(await commands(door), m.ChangeFulfilment)
        waiting = (await answer(door, ORDER_TOKEN, **CANCEL, number=2)).json()
        await order.outcome(door, change, None)
        cancelled = (await answer(door, ORDER_TOKEN, **CANCEL, number=2)).json()
        cancel = only(await commands(door), m.CancelOrder)
    assert [(one["line_id"], one["quantity"]) for one in seen["lines"]] == [("L1", 3), ("L2", 1)]
    assert [one["kind"] for one in seen["options"]] == [
        "pickup_elsewhere",
        "pickup_elsewhere",
        "ship",
        "cancel",
    ]
    assert {part.line_id: part.quantity for part in change.lines} == {"L1": 2, "L2": 1}, "one is ready"
    assert waiting["answer"]["kind"] == "pickup_elsewhere"
    assert cancelled["answer"]["kind"] == "cancel"
    assert {part.line_id: part.quantity for part in cancel.lines} == {"L1": 3, "L2": 1}


async def test_order_link__two_groups__only_what_goes_elsewhere_is_moved(
    shopper_door: Any, order: LinkedOrder
) -> None:
    groups = {
        "G1": {"method": "pickup", "location_id": "S001"},
        "G2": {"method": "pickup", "location_id": "S002"},
    }
    async with shopper_door() as door:
        await order.tell(door, asked=0, groups=groups)
        await answer(door, ORDER_TOKEN, **TO_S002)
        sent = await commands(door)
    assert [(one.group_id, one.lines[0].line_id) for one in sent] == [("G1", "L1")]


async def test_order_link__goes_there_already__is_refused_at_once(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door, asked=0)
        refused = await answer(door, ORDER_TOKEN, kind="pickup_elsewhere", location_id="S001")
        sent = await commands(door)
    assert refused.status_code == 422
    assert sent == []


async def test_order_link__ready_or_paid_at_pickup__offers_what_is_still_possible(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door, asked=0, payment="at_pickup")
        unpaid = (await see(door, ORDER_TOKEN)).json()
        await door.service.deliver(
            order.state(asked=0, ready=3, lines=(order.state(asked=0, ready=3).lines[0],))
        )
        ready = (await see(door, ORDER_TOKEN)).json()
        refused = await answer(door, ORDER_TOKEN, **SHIP)
        await door.service.deliver(order.state(asked=0, status="completed"))
        await order.void(door, ORDER)
        ended = await see(door, ORDER_TOKEN)
    assert {one["kind"] for one in unpaid["options"]} == {"pickup_elsewhere", "cancel"}
    assert {one["kind"] for one in ready["options"]} == {"cancel"}
    assert (refused.status_code, ended.status_code) == (422, 404)


async def test_cancel__pickup_keeps_it__is_shown_as_refused(shopper_door: Any, order: LinkedOrder) -> None:
    async with shopper_door() as door:
        await order.tell(door, asked=0)
        await answer(door, ORDER_TOKEN, **CANCEL)
        cancel = only(await commands(door), m.CancelOrder)
        kept = m.CancelRefused(
            order_id=order.order_id,
            version=1,
            cancel_id=cancel.cancel_id,
            lines=cancel.lines,
            reason="handed_over",
            occurred_at=datetime.now(UTC),
        )
        await door.service.deliver(kept)
        seen = (await see(door, ORDER_TOKEN)).json()
    assert (seen["answer"]["state"], seen["answer"]["reason"]) == ("refused", "handed_over")


async def test_command__without_an_outcome__is_sent_again_as_it_was(
    shopper_door: Any, order: LinkedOrder
) -> None:
    async with shopper_door() as door:
        await order.tell(door)
        await answer(door, CHOICE_TOKEN, **SHIP)
        first = only(await commands(door), m.ChangeFulfilment)
        again = only(await door.service.make_due("resend_command"), m.ChangeFulfilment)
    assert again == first


async def test_views__of_an_order_that_ended_or_was_silent__are_forgotten(
    shopper_door: Any, order: LinkedOrder
) -> None:
    count = "SELECT count(*) FROM order_view"
    async with shopper_door() as door:
        await order.tell(door)
        await door.service.deliver(order.state(status="placed"))
        not_open = await door.service.connection.fetchval(count)
        await door.service.deliver(order.state())
        await forget_old(door.runtime)
        kept = await door.service.connection.fetchval(count)
        await door.service.connection.execute("UPDATE order_view SET changed_at = now() - interval '31 days'")
        await forget_old(door.runtime)
        silent = await door.service.connection.fetchval(count)
    assert (not_open, kept, silent) == (0, 1, 0)


async def test_privacy__tokens_and_refs__are_stored_logged_and_counted_nowhere(
    shopper_door: Any,
    order: LinkedOrder,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "httpx")  # the test's own client, which logs what it asks for
    async with shopper_door() as door:
        await order.tell(door)
        for token in (CHOICE_TOKEN, ORDER_TOKEN):
            await see(door, token)
            await door.client.get(f"/o/{token}")
            await answer(door, token, kind="keep")
            await answer(door, token, **CANCEL)
        stored = []
        tables = await door.service.connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        for row in tables:  # the outbox with what is to be sent, and dead letters, among them
            name = row["table_name"]
            rows = await door.service.connection.fetch(f'SELECT t::text AS text FROM "{name}" AS t')
            stored += [one["text"] for one in rows]
        outbox = [str(record) for _, record in await door.service.outbox()]
        hashes = await door.service.connection.fetch("SELECT token_hash FROM order_link")
    assert {row["token_hash"] for row in hashes} == {
        hashlib.sha256(token.encode()).hexdigest() for token in (CHOICE_TOKEN, ORDER_TOKEN)
    }
    assert len(tables) > 10
    assert len(outbox) == 2
    for text in ("".join(stored), "".join(outbox), caplog.text, "".join(capfd.readouterr())):
        for trace in (CHOICE_TOKEN, ORDER_TOKEN, "canaryref"):
            assert trace not in text
    metrics = generate_latest().decode()
    assert "tsunagu_edge_order_link_answers_total" in metrics
    assert CHOICE_TOKEN not in metrics
