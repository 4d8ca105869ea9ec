"""Messages go through once, in order, whatever arrives twice."""

import pytest

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


async def test_inbox__same_record_at_a_new_offset__is_handled_once(world: World) -> None:
    first, second = record_of(a_scan("v1", "a1")), record_of(a_scan("v1", "a2"))
    await world.send([first, first, second])
    async with world.running():
        await world.until_visits(2)
        await world.send([first, second, record_of(a_scan("v1", "a3"))])
        await world.until_visits(3)
        await world.until_sent()
    assert await world.told() == {"v1": [1, 2, 3]}
