"""Messages go through once, in order, whatever arrives twice."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from tsunagu.chassis import Handler, KeysMoved, Received, Service, Subscription, Transaction
from tsunagu.contracts.messages import ProductScanned
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.world import World, a_scan, a_view

pytestmark = pytest.mark.component


async def test_batch__many_visitors__each_message_once_and_in_order(world: World) -> None:
    visitors = [f"v{number}" for number in range(20)]
    async with world.running():
        await world.send([record_of(a_scan(visitor)) for _ in range(25) for visitor in visitors])
        await world.until_visits(500)
        await world.until_sent()
    assert await world.told() == {visitor: list(range(1, 26)) for visitor in visitors}


async def test_batch__types_alternate_under_one_key__their_order_is_kept(world: World) -> None:
    kinds = [a_scan, a_view, a_view, a_scan, a_view, a_scan]
    messages = [kind("v1", f"a{number}") for number, kind in enumerate(kinds)]
    await world.send([record_of(message) for message in messages])
    async with world.running():
        await world.until_visits(len(messages))
    rows = await world.query("SELECT activity_id FROM visit ORDER BY number")
    assert [row["activity_id"] for row in rows] == [message.activity_id for message in messages]


async def test_inbox__same_record_at_a_new_offset__is_handled_once_and_counted_as_seen(world: World) -> None:
    first, second = record_of(a_scan("v1", "a1")), record_of(a_scan("v1", "a2"))
    await world.send([first, first, second])
    async with world.running():
        await world.until_visits(2)
        await world.send([first, second, record_of(a_scan("v1", "a3"))])
        await world.until_visits(3)
        await world.until_sent()
    assert await world.told() == {"v1": [1, 2, 3]}
    counted = {
        outcome: REGISTRY.get_sample_value(
            "tsunagu_consumer_records_total", {"topic": world.source, "outcome": outcome}
        )
        for outcome in ("handled", "seen", "parked")
    }
    assert counted == {"handled": 3, "seen": 3, "parked": None}


async def test_keys_moved__because_of_another_message_of_the_batch__the_batch_is_parted(world: World) -> None:
    service = world.service
    handler = service.subscriptions[0].handlers[0]
    batches: list[int] = []

    async def one_at_a_time(transaction: Transaction, messages: Sequence[Received[ProductScanned]]) -> None:
        batches.append(len(messages))
        if len(messages) > 1:
            raise KeysMoved("the second one's rows are known only after the first")
        await handler.handle(transaction, messages)

    subscription = Subscription(
        service.subscriptions[0].topic, (Handler(ProductScanned, one_at_a_time, handler.keys),)
    )
    await world.send([record_of(a_scan("v1", f"a{number}")) for number in range(5)])
    async with world.running(replace(service, subscriptions=(subscription,))):
        await world.until_visits(5)
        await world.until_sent()
    assert batches.count(1) == 5
    assert await world.told() == {"v1": [1, 2, 3, 4, 5]}


def going_behind(service: Service) -> tuple[Service, list[int]]:
    """The toy with its topic going behind, and the sizes of the batches that it takes."""
    batches: list[int] = []
    topic, handler = service.subscriptions[0].topic, service.subscriptions[0].handlers[0]

    async def counting(transaction: Transaction, messages: Sequence[Received[ProductScanned]]) -> None:
        batches.append(len(messages))
        await handler.handle(transaction, messages)

    behind = Subscription(topic, (Handler(ProductScanned, counting, handler.keys),), goes_behind=True)
    return replace(service, subscriptions=(behind,)), batches


async def test_a_topic_that_goes_behind__while_others_are_in_hand__is_taken_in_small_parts(
    world: World,
) -> None:
    service, batches = going_behind(world.service)
    async with world.running(service, behind_records_max=4, behind_wait_ms_max=1) as runtime:
        with runtime.precedence.first():
            await world.send([record_of(a_scan("v1", f"a{number}")) for number in range(40)])
            await world.until_visits(40)
    assert max(batches) <= 4
    rows = await world.query("SELECT activity_id FROM visit ORDER BY number")
    assert [row["activity_id"] for row in rows] == [f"a{number}" for number in range(40)]


async def test_a_topic_that_goes_behind__alone__is_taken_in_whole_batches(world: World) -> None:
    service, batches = going_behind(world.service)
    await world.send([record_of(a_scan("v1", f"a{number}")) for number in range(40)])
    async with world.running(service, behind_records_max=4):
        await world.until_visits(40)
    assert max(batches) > 4
