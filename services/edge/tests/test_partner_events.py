"""Following an order as it happens: complete, resumable, over when the order is, and bounded."""

import asyncio
import json
from typing import Any

import anyio
import pytest

from edge.orders.followed import FollowedOrders
from edge.orders.streaming import SHOWN, events_of
from edge.partner.handlers import FOLLOWED_ORDERS
from edge.problems import Problem
from edge.settings import FollowingSettings
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]
WATCH = FOLLOWED_ORDERS.watch


async def place(door: Any, a: Any, **values: Any) -> m.PlaceOrder:
    await door.post("/v1/orders", "app", a.order_body(**values))
    return only(await door.service.sent(), m.PlaceOrder)


def events_in(text: str) -> list[dict[str, Any]]:
    """Events of a stream, with id, event and data; comments, and that what is shown has changed, left out."""
    return [event for event in said_in(text) if event["event"] != SHOWN]


def shown_in(text: str) -> list[tuple[str, int]]:
    """Status and version of what is shown, each time that it has changed."""
    return [
        (event["data"]["status"], event["data"]["version"])
        for event in said_in(text)
        if event["event"] == SHOWN
    ]


def said_in(text: str) -> list[dict[str, Any]]:
    """All events of a stream, with id, event and data; comments left out."""
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            found.append({**fields, "data": json.loads(fields["data"])})
    return found


def ended(order: m.PlaceOrder, a: Any) -> m.Order:
    state: m.Order = a.state(order, version=3, status="cancelled")
    return state


async def until_watched(order_id: str) -> None:
    async with asyncio.timeout(10):
        while order_id not in WATCH._watchers:  # noqa: ASYNC110 - the watch tells nobody who watches
            await asyncio.sleep(0.01)


async def test_events__an_order_that_has_ended__all_of_it_and_then_the_end(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        await door.service.deliver(a.placed(command), a.confirmed(command), a.cancelled(command))
        await door.service.deliver(ended(command, a))
        answer = await door.get(f"/v1/orders/{command.order_id}/events", "app")
    events = events_in(answer.text)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [event["event"] for event in events] == ["order.placed", "order.confirmed", "order.cancelled"]
    assert events[1]["data"]["order_id"] == command.order_id
    assert "allocations" not in events[1]["data"]
    assert events[2]["data"]["lines"] == [{"line_id": "l1", "sku": "SKU-1", "quantity": 2}]


async def test_events__with_the_last_event_id__only_what_came_after_it(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        path = f"/v1/orders/{command.order_id}/events"
        await door.service.deliver(a.placed(command), a.confirmed(command), a.cancelled(command))
        await door.service.deliver(ended(command, a))
        everything = events_in((await door.get(path, "app")).text)
        rest = events_in((await door.get(path, "app", Last_Event_ID=everything[0]["id"])).text)
        nothing = await door.get(path, "app", Last_Event_ID=everything[-1]["id"])
    assert rest == everything[1:]
    assert nothing.status_code == 204


async def test_events__while_it_is_open__news_arrives_and_the_end_ends_it(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        stream = asyncio.create_task(door.get(f"/v1/orders/{command.order_id}/events", "app"))
        await until_watched(command.order_id)
        await door.service.deliver(a.placed(command), a.confirmed(command))
        assert not stream.done()
        await door.service.deliver(a.cancelled(command), ended(command, a))
        events = events_in((await stream).text)
        assert [event["event"] for event in events] == ["order.placed", "order.confirmed", "order.cancelled"]
        assert command.order_id not in WATCH._watchers


async def test_events__news_that_another_process_took_in__is_found_by_polling(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        stream = asyncio.create_task(door.get(f"/v1/orders/{command.order_id}/events", "app"))
        await until_watched(command.order_id)
        await door.service.connection.execute(
            "INSERT INTO order_progress (order_id, name, data, ends) VALUES ($1, 'order.rejected', '{}', true)",
            command.order_id,
        )
        await door.service.connection.execute(
            "UPDATE followed_order SET ended = true, version = 1, state = $1",
            a.state(command, version=1, status="rejected").model_dump(mode="json"),
        )
        await WATCH.poll(door.runtime)
        assert [event["event"] for event in events_in((await stream).text)] == ["order.rejected"]


async def test_events__a_state_behind_its_event__is_told_once_it_is_there(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        stream = asyncio.create_task(door.get(f"/v1/orders/{command.order_id}/events", "app"))
        await until_watched(command.order_id)
        await door.service.deliver(a.placed(command), a.confirmed(command))
        await door.service.deliver(a.state(command))
        await door.service.deliver(a.state(command), a.cancelled(command))
        assert not stream.done()
        await door.service.deliver(ended(command, a))
        text = (await stream).text
    assert shown_in(text) == [("pending", 0), ("confirmed", 2), ("cancelled", 3)]
    assert [event["event"] for event in said_in(text)][-2:] == ["order.cancelled", SHOWN]


async def test_events__an_ending_behind_its_state__is_waited_for(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        stream = asyncio.create_task(door.get(f"/v1/orders/{command.order_id}/events", "app"))
        await until_watched(command.order_id)
        await door.service.deliver(ended(command, a))
        await WATCH.poll(door.runtime)
        assert not stream.done()
        await door.service.deliver(a.cancelled(command))
        text = (await stream).text
    assert shown_in(text)[-1] == ("cancelled", 3)
    assert [event["event"] for event in events_in(text)] == ["order.cancelled"]


async def test_events__a_refused_order__ends_before_it_began(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        given = (await door.post("/v1/orders", "app", a.order_body())).json()
        command = only(await door.service.sent(), m.PlaceOrder)
        record = a.caused_by(a.refusal(command), given["command_id"])
        await door.service.deliver_records(topics.ORDER_EVENTS, [record])
        answer = await door.get(given["links"]["events"], "app")
    (event,) = events_in(answer.text)
    assert shown_in(answer.text) == [("refused", 0)]
    assert event["event"] == "command.refused"
    assert event["data"]["reason"] == "conflicting_body"


async def test_events__a_refused_cancellation__the_order_goes_on(open_door: Any, a: Any) -> None:
    async with open_door("partner", stream_seconds_max=1.0) as door:
        command = await place(door, a)
        await door.service.deliver(a.placed(command))
        path = f"/v1/orders/{command.order_id}"
        given = (await door.post(f"{path}/cancellations", "app", {})).json()
        asked = only(await door.service.sent(), m.CancelOrder)
        record = a.caused_by(a.refusal(asked, reason="already_ready"), given["command_id"])
        await door.service.deliver_records(topics.ORDER_EVENTS, [record])
        answer = await door.get(f"{path}/events", "app")
        ended = await door.service.connection.fetchval("SELECT ended FROM followed_order")
    assert [event["event"] for event in events_in(answer.text)] == ["order.placed", "command.refused"]
    assert ended is False


async def test_events__a_strange_last_event_id__400(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        for last in ("abc", "-1", "1" * 30, "1; DROP TABLE"):
            answer = await door.get(f"/v1/orders/{command.order_id}/events", "app", Last_Event_ID=last)
            assert answer.status_code == 400, last


async def test_events__more_streams_than_allowed__503_and_the_others_go_on(
    open_door: Any, a: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WATCH, "_watchers_per_holder_max", 1)
    async with open_door("partner") as door:
        command = await place(door, a)
        path = f"/v1/orders/{command.order_id}/events"
        stream = asyncio.create_task(door.get(path, "app"))
        await until_watched(command.order_id)
        refused = await door.get(path, "app")
        await door.service.deliver(a.cancelled(command), ended(command, a))
        assert len(events_in((await stream).text)) == 1
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"


async def test_wait__for_the_decision__answers_with_the_order_as_it_is_then(open_door: Any, a: Any) -> None:
    path, body = "/v1/orders", a.order_body(order_id="O-1")
    async with open_door("partner") as door:
        command = await place(door, a, order_id="O-1")
        waiting = asyncio.create_task(door.post(f"{path}?wait=10", "app", body))
        await until_watched(command.order_id)
        # Events come on another topic than the state, and earlier.
        await door.service.deliver(a.placed(command), a.confirmed(command))
        too_early = await door.post(f"{path}?wait=0.05", "app", body)
        await door.service.deliver(a.state(command))
        answer = await waiting
    assert too_early.status_code == 202
    assert answer.status_code == 200
    assert answer.json()["status"] == "confirmed"


async def test_wait__for_what_another_process_takes_in__is_over_at_a_poll(open_door: Any, a: Any) -> None:
    path, body = "/v1/orders", a.order_body(order_id="O-1")
    async with open_door("partner") as door:
        command = await place(door, a, order_id="O-1")
        await door.service.deliver(a.placed(command), a.confirmed(command))
        waiting = asyncio.create_task(door.post(f"{path}?wait=10", "app", body))
        await until_watched(command.order_id)
        await WATCH.poll(door.runtime)
        await door.service.connection.execute(
            "UPDATE followed_order SET version = 1, state = $1", a.state(command).model_dump(mode="json")
        )
        await WATCH.poll(door.runtime)
        answer = await waiting
    assert answer.json()["status"] == "confirmed"


async def test_wait__no_decision_in_time__202(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        answer = await door.client.post(
            "/v1/orders?wait=0.05", json=a.order_body(), headers=door.headers("app")
        )
    assert answer.status_code == 202


def test_watch__one_channel_takes_its_share__another_still_gets_in() -> None:
    limits = FollowingSettings(streams_max=3, streams_per_holder_max=2)
    watch = FollowedOrders(FOLLOWED_ORDERS.commands, limits).watch
    with watch.on("o1", "app"), watch.on("o2", "app"):
        with pytest.raises(Problem), watch.on("o3", "app"):
            pass
        with watch.on("o4", "ec"), pytest.raises(Problem), watch.on("o5", "kiosk"):
            pass
    with watch.on("o3", "app") as changed:
        watch.wake(["o3"])
        assert changed.is_set()


async def test_events__the_process_stops__an_open_stream_ends_by_itself(open_door: Any, a: Any) -> None:
    async with open_door("partner") as door:
        command = await place(door, a)
        closing = anyio.Event()
        stream = events_of(WATCH, door.door, "app", command.order_id, 0, closing)
        await anext(stream)
        rest = asyncio.ensure_future(anext(stream, None))
        closing.set()
        assert await asyncio.wait_for(rest, 10) is None
        assert command.order_id not in WATCH._watchers
