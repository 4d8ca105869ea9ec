"""A row that commits after a later one: ids are given out before the commit, and not in its order."""

import asyncpg
import pytest

from tsunagu.chassis import outbox
from tsunagu.chassis.outbox import Packing
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.world import World, a_scan, eventually

pytestmark = pytest.mark.component


class NaiveReader:
    """Remembers the last id, and asks for what comes after it."""

    def __init__(self) -> None:
        self.last_id = 0
        self.seen: list[str] = []

    async def poll(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        for row in await connection.fetch(
            "SELECT id, body FROM naive_outbox WHERE id > $1 ORDER BY id", self.last_id
        ):
            self.seen.append(row["body"])
            self.last_id = row["id"]


async def write(connection: "asyncpg.Connection[asyncpg.Record]", world: World, body: str) -> None:
    """The same message in the contender's outbox and in Tsunagu's."""
    await connection.execute("INSERT INTO naive_outbox (body) VALUES ($1)", body)
    packing = Packing(batch_bytes_max=256_000, parted_records_min=1)
    await outbox.insert(connection, {world.target: [record_of(a_scan(body))]}, packing)


async def test_outbox__a_lower_id_commits_later__both_are_sent(world: World) -> None:
    """Eventuous 222: a subscription that keeps its position never sees the row that was late."""
    reader = NaiveReader()
    async with world.running(relay_rescan_seconds=0.2):
        slow = await asyncpg.connect(world.database_url)
        fast = await asyncpg.connect(world.database_url)
        try:
            await fast.execute(
                "CREATE TABLE naive_outbox (id bigint GENERATED ALWAYS AS IDENTITY, body text NOT NULL)"
            )
            async with slow.transaction():
                await write(slow, world, "early")
                async with fast.transaction():
                    await write(fast, world, "late")
                await reader.poll(fast)

                async def late_is_sent() -> bool:
                    return [record.key for record in await world.read()] == [b"late"]

                await eventually(late_is_sent, "the later row is sent while the earlier transaction is open")
            await reader.poll(fast)
            await world.until_sent()
        finally:
            await slow.close()
            await fast.close()
    assert reader.seen == ["late"], "the contender never sees the earlier row"
    assert sorted(record.key for record in await world.read()) == [b"early", b"late"]
