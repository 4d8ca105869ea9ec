"""`tsunagu replay` against a real service process's operator port."""

import json

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from tsunagu.cli.main import app
from tsunagu.testing.harness import record_of
from tsunagu.testing.plugin import NewTestTopic
from tsunagu.testing.toy.world import World, a_scan, create_topics, eventually

from .operated import served

pytestmark = [pytest.mark.component, pytest.mark.wide]


@pytest_asyncio.fixture(loop_scope="session")
async def world(kafka: str, database: str, new_topic: NewTestTopic) -> World:
    await create_topics(kafka)
    return World(kafka, database, await new_topic("toy.in"), await new_topic("toy.out"))


async def test_replay__of_a_topic__says_how_much_would_be_read_and_has_it_read_again(world: World) -> None:
    async def replays() -> int:
        return int((await world.query("SELECT sum(replay) AS n FROM consumed_offset"))[0]["n"])

    async def read() -> bool:
        return int((await world.query("SELECT sum(next_offset) AS n FROM consumed_offset"))[0]["n"]) == 3

    async with served(world, "replay") as replay:
        await world.send([record_of(a_scan("v1")) for _ in range(3)])
        await world.until_visits(3)
        dry = await replay("insight", "--dry-run", "--json")
        assert dry.exit_code == 0, dry.output
        assert json.loads(dry.stdout)["topics"][world.source]["records"] == 3
        assert await replays() == 0
        told = await replay("insight", "--topic", world.source)
        assert told.exit_code == 0, told.output
        assert told.stdout == f"{world.source}: 3 records are read again\n"
        await eventually(read, "all is read again")
        assert await replays() == 1
        refused = await replay("insight", "--topic", "order.events", "--topic", world.source)
        assert refused.exit_code == 1
        assert "does not read order.events" in refused.output
    assert await world.visits() == 3


def test_replay__nobody_answers__says_so_with_its_own_exit_code() -> None:
    result = CliRunner().invoke(app, ["replay", "order", "--url", "http://127.0.0.1:9"])
    assert result.exit_code == 3
    assert "does not answer" in result.output
