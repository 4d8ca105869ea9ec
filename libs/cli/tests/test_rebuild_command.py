"""`tsunagu rebuild` against a real service process's operator port."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from typer.testing import CliRunner

from tsunagu.cli.main import app
from tsunagu.testing.harness import record_of
from tsunagu.testing.plugin import NewTestTopic
from tsunagu.testing.toy.app import state_of
from tsunagu.testing.toy.world import World, a_scan, create_topics

from .operated import served

pytestmark = [pytest.mark.component, pytest.mark.wide]


@pytest_asyncio.fixture(loop_scope="session")
async def world(
    kafka: str, database: str, new_topic: NewTestTopic, kafka_admin: AIOKafkaAdminClient
) -> AsyncIterator[World]:
    await create_topics(kafka)
    world = World(kafka, database, await new_topic("toy.in"), await new_topic("toy.out"))
    await kafka_admin.create_topics([NewTopic(state_of(world.target), 3, 1)])
    yield world
    await kafka_admin.delete_topics([state_of(world.target)])


async def test_rebuild__a_service_with_events_and_state__says_what_it_would_tell_and_tells_it(
    world: World,
) -> None:
    async with served(world, "rebuild") as rebuild:
        await world.send([record_of(a_scan(f"v{number % 2}")) for number in range(6)])
        await world.until_visits(6)
        await world.until_sent()
        planned = {"said": {world.target: 6}, "state": {state_of(world.target): 2}}

        dry = await rebuild("--dry-run", "--json")
        assert dry.exit_code == 0
        assert json.loads(dry.stdout) == {"told": {"insight": planned}, "left": {}}
        assert len(await world.read()) == 6, "a dry run tells nothing"

        told = await rebuild()
        assert told.exit_code == 0, told.output
        assert f"6 events of {world.target}, 2 keys of {state_of(world.target)}" in told.stdout
        assert "everything is told" in told.stdout
        assert len(await world.read()) == 12
        assert len(await world.read(state_of(world.target))) == 2


async def test_rebuild__nothing_can_be_sent__says_what_is_left_when_the_wait_is_over(world: World) -> None:
    async with served(world, "rebuild") as rebuild:
        await world.send([record_of(a_scan("v1"))])
        await world.until_visits(1)
        await world.until_sent()
        await world.query(
            "INSERT INTO outbox (topic, records, batch) SELECT 'no-such-topic', records, batch FROM outbox LIMIT 1"
        )
        told = await rebuild("--wait-seconds", "0", "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["left"]["insight"]["to_send"]["no-such-topic"] == 1


def test_rebuild__nobody_answers__says_so_with_its_own_exit_code() -> None:
    result = CliRunner().invoke(app, ["rebuild", "--service", "order", "--url", "http://127.0.0.1:9"])
    assert result.exit_code == 3
    assert "does not answer" in result.output
