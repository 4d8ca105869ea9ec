"""What becomes of an order, told to its site by webhook: in order, signed, until it has arrived."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from edge import metrics
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def way_out(channel: str, url: str, variable: str, more: str = "") -> str:
    return f"""
[channels.{channel}.webhooks_out]
url = "{url}"
secret_variables = ["{variable}"]
{more}
"""


@pytest.fixture
def told(open_site: Any, receivers: Any) -> Any:
    """`async with told() as (door, site, receiver):` a site that is told of its orders."""

    @asynccontextmanager
    async def opened(more: str = "", **limits: Any) -> AsyncIterator[Any]:
        receiver = await receivers()
        async with open_site(way_out("ec", receiver.url, "EC_OUT_SECRET", more), **limits) as (door, site):
            yield door, site, receiver

    return opened


async def placed(door: Any, site: Any, order: dict[str, Any]) -> m.PlaceOrder:
    await site.say("orders/create", order)
    return only(await door.service.sent(), m.PlaceOrder)


async def send_due(door: Any, channel: str = "ec") -> None:
    """One turn of the channel's first worker."""
    (worker,) = [one for one in door.service.service.periodic if one.name == f"webhooks to {channel} 1"]
    await worker.run(door.runtime)


async def rows(door: Any) -> list[Any]:
    found: list[Any] = await door.service.connection.fetch("SELECT * FROM outgoing ORDER BY outgoing_id")
    return found


async def let_time_pass(door: Any) -> None:
    """Every pause and every lease is over."""
    await door.service.connection.execute("UPDATE outgoing SET next_at = now() - interval '1 second'")


async def test_life__of_an_order__arrives_in_order_and_signed(told: Any, shopify_order: Any, a: Any) -> None:
    async with told() as (door, site, receiver):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command), a.confirmed(command))
        await door.service.deliver(a.cancelled(command))
        await send_due(door)
        states = [row["state"] for row in await rows(door)]
        pending = await door.service.connection.fetchval("SELECT state FROM pending_command")
        assert all(receiver.is_signed(place, "what we sign with for ec") for place in range(3))
        assert not receiver.is_signed(0, "the site's own secret")
    assert [body["type"] for body in receiver.bodies()] == [
        "order.placed",
        "order.confirmed",
        "order.cancelled",
    ]
    assert receiver.bodies()[2]["data"]["channel_order_id"] == "1001"
    assert receiver.bodies()[2]["data"]["order_id"] == "ec:1001"
    assert receiver.bodies()[2]["data"]["reason"] == "customer_request"
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 3
    assert states == ["sent"] * 3
    assert pending == "done"


async def test_life__a_command_that_is_refused__is_told(told: Any, shopify_order: Any, a: Any) -> None:
    async with told() as (door, site, receiver):
        await site.say("orders/create", shopify_order())
        message_id = await door.outbox_id()
        command = only(await door.service.sent(), m.PlaceOrder)
        record = a.caused_by(a.refusal(command), message_id)
        await door.service.deliver_records(topics.ORDER_EVENTS, [record])
        await send_due(door)
        ended = await door.service.connection.fetchval("SELECT ended FROM channel_order")
    assert [body["type"] for body in receiver.bodies()] == ["command.refused"]
    assert ended


async def test_life__of_an_order_that_came_over_the_topic__is_told_too(
    told: Any, shopify_order: Any, a: Any
) -> None:
    async with told() as (door, site, receiver):
        command = (await placed(door, site, shopify_order())).model_copy(update={"order_id": "T-1"})
        await door.service.deliver(a.placed(command), a.confirmed(command))
        others = command.model_copy(update={"order_id": "T-2", "channel": "app"})
        await door.service.deliver(a.placed(others))
        await send_due(door)
    assert [(body["type"], body["data"]["channel_order_id"]) for body in receiver.bodies()] == [
        ("order.placed", "T-1"),
        ("order.confirmed", "T-1"),
    ]


async def test_life__an_order_of_the_same_id_that_another_channel_has__is_not_told(
    told: Any, shopify_order: Any, a: Any
) -> None:
    async with told() as (door, site, _):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command, channel="mall"))
        assert await rows(door) == []


async def test_life__a_site_that_wants_some_events__is_told_these(
    told: Any, shopify_order: Any, a: Any
) -> None:
    async with told('events = ["order.confirmed"]') as (door, site, receiver):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command), a.confirmed(command), a.cancelled(command))
        await send_due(door)
    assert [body["type"] for body in receiver.bodies()] == ["order.confirmed"]


async def test_webhook__the_receiver_fails__comes_again_the_same_after_a_pause_that_doubles(
    told: Any, shopify_order: Any, a: Any
) -> None:
    async with told(outgoing_resend_seconds=100, outgoing_resend_max_seconds=300) as (door, site, receiver):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command))
        receiver.status = 503
        pauses = []
        for _ in range(4):
            before = datetime.now(UTC)
            await send_due(door)
            (row,) = await rows(door)
            # Within the turn's own time; what is asked is which of 100, 200, 300 and 300 it is.
            pauses.append(round((row["next_at"] - before) / timedelta(seconds=100)) * 100)
            await let_time_pass(door)
        assert (row["failure"], row["state"], row["attempts"]) == ("HTTP 503", "waiting", 4)
        receiver.status = 200
        await send_due(door)
        (row,) = await rows(door)
    assert pauses == [100, 200, 300, 300]
    assert row["state"] == "sent"
    assert len(receiver.got) == 5
    assert len({(headers["webhook-id"], body) for headers, body in receiver.got}) == 1


async def test_webhook__nobody_listens__is_kept_with_what_went_wrong(
    open_site: Any, shopify_order: Any, a: Any, refusing_port: int
) -> None:
    more = way_out("ec", f"http://127.0.0.1:{refusing_port}/", "EC_OUT_SECRET")
    async with open_site(more) as (door, site):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command))
        await send_due(door)
        (row,) = await rows(door)
    assert row["state"] == "waiting"
    assert row["failure"].startswith("ConnectError")


async def test_webhook__while_one_does_not_arrive__later_ones_of_its_order_wait_and_other_orders_go_on(
    told: Any, shopify_order: Any, a: Any
) -> None:
    async with told() as (door, site, receiver):
        first = await placed(door, site, shopify_order(1))
        await door.service.deliver(a.placed(first))
        receiver.status = 500
        await send_due(door)
        receiver.status = 200
        second = await placed(door, site, shopify_order(2))
        await door.service.deliver(a.confirmed(first), a.placed(second))
        await send_due(door)
        meanwhile = [body["data"]["order_id"] for body in receiver.bodies()]
        await let_time_pass(door)
        await send_due(door)
    assert meanwhile == ["ec:1", "ec:2"]
    told_of_first = [body["type"] for body in receiver.bodies() if body["data"]["order_id"] == "ec:1"]
    assert told_of_first == ["order.placed", "order.placed", "order.confirmed"]


async def test_webhook__while_one_is_under_way__another_worker_leaves_the_next_of_its_order_alone(
    told: Any, shopify_order: Any, a: Any
) -> None:
    async with told() as (door, site, receiver):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command), a.confirmed(command))
        receiver.answers.clear()
        first = asyncio.create_task(send_due(door))
        await asyncio.wait_for(receiver.asked.wait(), 30)
        (second,) = [one for one in door.service.service.periodic if one.name == "webhooks to ec 2"]
        # It ends at once, since nothing is due; it would wait for the receiver otherwise.
        await asyncio.wait_for(second.run(door.runtime), 30)
        meanwhile = len(receiver.got)
        receiver.answers.set()
        await first
    assert meanwhile == 1
    assert [body["type"] for body in receiver.bodies()] == ["order.placed", "order.confirmed"]


async def test_webhook__a_receiver_that_does_not_answer__holds_up_neither_others_nor_the_database(
    told: Any, receivers: Any, shopify_order: Any, a: Any
) -> None:
    other = await receivers()
    more = way_out("mall", other.url, "MALL_OUT_SECRET")
    async with told(more) as (door, site, receiver):
        command = await placed(door, site, shopify_order())
        theirs = command.model_copy(update={"order_id": "mall:1", "channel": "mall"})
        await door.service.deliver(a.placed(command), a.placed(theirs))
        receiver.answers.clear()
        slow = asyncio.create_task(send_due(door))
        await asyncio.wait_for(receiver.asked.wait(), 30)
        in_transactions = await door.service.connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        await send_due(door, "mall")
        assert not slow.done()
        arrived = [body["data"]["order_id"] for body in other.bodies()]
        receiver.answers.set()
        await slow
    assert arrived == ["mall:1"]
    assert in_transactions == 0


async def test_webhook__whose_sender_died__is_left_alone_until_its_lease_is_over(
    told: Any, shopify_order: Any, a: Any
) -> None:
    async with told() as (door, site, receiver):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command))
        receiver.answers.clear()
        dies = asyncio.create_task(send_due(door))
        await asyncio.wait_for(receiver.asked.wait(), 30)
        dies.cancel()
        await asyncio.wait({dies})
        receiver.answers.set()
        await send_due(door)
        before = len(receiver.got)
        await let_time_pass(door)
        await send_due(door)
        (row,) = await rows(door)
    assert before == 1
    assert (len(receiver.got), row["state"], row["attempts"]) == (2, "sent", 2)


async def test_webhook__settled_by_one_who_was_too_slow__leaves_the_other_s_try_alone(
    told: Any, shopify_order: Any, a: Any
) -> None:
    from edge.channels.outbound.rows import SQL

    async with told() as (door, site, _):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command))
        connection, now = door.service.connection, datetime.now(UTC)
        slow = await connection.fetchrow(SQL.claim_outgoing, "ec", now, now)
        quick = await connection.fetchrow(SQL.claim_outgoing, "ec", now, now + timedelta(minutes=1))
        await connection.execute(SQL.settle_sent, slow["outgoing_id"], slow["attempts"], now)
        late = [row["state"] for row in await rows(door)]
        await connection.execute(SQL.settle_sent, quick["outgoing_id"], quick["attempts"], now)
        assert [row["state"] for row in await rows(door)] == ["sent"]
    assert late == ["waiting"]


async def test_webhook__that_never_arrives__is_given_up_counted_and_the_next_goes(
    told: Any, shopify_order: Any, a: Any
) -> None:
    labels = {"channel": "ec", "way": "webhook"}
    async with told(outgoing_kept_days=2) as (door, site, receiver):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command))
        receiver.status = 500
        await send_due(door)
        await door.service.connection.execute("UPDATE outgoing SET said_at = now() - interval '49 hours'")
        await door.service.deliver(a.confirmed(command))
        receiver.status = 200
        run = {one.name: one.run for one in door.service.service.periodic}
        metrics.OUTGOING_GIVEN_UP.clear()
        await run["outgoing"](door.runtime)
        before = REGISTRY.get_sample_value("tsunagu_edge_outgoing_given_up_total", labels)
        await run["old outgoing"](door.runtime)
        await run["outgoing"](door.runtime)
        await let_time_pass(door)
        await send_due(door)
        states = [row["state"] for row in await rows(door)]
    assert before == 0  # what waits has its series, or its first rise would be no increase
    assert REGISTRY.get_sample_value("tsunagu_edge_outgoing_given_up_total", labels) == 1
    assert REGISTRY.get_sample_value("tsunagu_edge_outgoing_waiting", labels) == 1
    assert states == ["given_up", "sent"]
    assert receiver.bodies()[-1]["type"] == "order.confirmed"


async def test_upkeep__of_what_has_arrived__goes_after_the_days_that_are_set(
    told: Any, shopify_order: Any, a: Any
) -> None:
    async with told(outgoing_kept_days=2) as (door, site, _):
        for number in (1, 2):
            await door.service.deliver(a.placed(await placed(door, site, shopify_order(number))))
        await send_due(door)
        await door.service.connection.execute(
            "UPDATE outgoing SET settled_at = now() - interval '49 hours' WHERE subject = 'ec:1'"
        )
        (upkeep,) = [one for one in door.service.service.periodic if one.name == "old outgoing"]
        await upkeep.run(door.runtime)
        kept = [row["subject"] for row in await rows(door)]
    assert kept == ["ec:2"]
