"""A migration of a newer version changes a table while this one works: what was planned before is planned anew."""

import pytest

from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.world import World, a_scan

pytestmark = pytest.mark.component


@pytest.mark.parametrize(
    "change",
    ["ALTER TABLE visitor ALTER visits TYPE bigint", "ALTER TABLE visitor ADD greeting text DEFAULT 'hello'"],
)
async def test_table_changed_while_working__no_message_is_held_against_it(world: World, change: str) -> None:
    async with world.running():
        await world.send([record_of(a_scan("v1")) for _ in range(5)])
        await world.until_visits(5)
        await world.query(change)
        await world.send([record_of(a_scan("v1")) for _ in range(5)])
        await world.until_visits(10)
        await world.until_sent()
    assert not await world.query("SELECT FROM dead_letter")
    assert await world.told() == {"v1": list(range(1, 11))}
