"""A migration of a newer version changes a table while this one works: what was planned before is planned anew."""

import pytest

from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.world import World, a_scan

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def test_column_that_is_read_gets_another_type_while_working__no_message_is_held_against_it(
    world: World,
) -> None:
    async with world.running():
        await world.send([record_of(a_scan("v1")) for _ in range(5)])
        await world.until_visits(5)
        await world.query("ALTER TABLE visitor ALTER visits TYPE bigint")
        # Alone in its batch, so that nothing is halved before it is judged.
        await world.send([record_of(a_scan("v1"))])
        await world.until_visits(6)
        await world.until_sent()
    assert not await world.query("SELECT FROM dead_letter")
    assert await world.told() == {"v1": list(range(1, 7))}
