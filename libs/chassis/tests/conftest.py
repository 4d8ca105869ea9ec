"""The toy's world, and a clock that tests wind, as fixtures."""

from collections.abc import Iterator

import pytest
import pytest_asyncio

from tsunagu.testing.plugin import NewTestTopic
from tsunagu.testing.simulated_clock import SimulatedClock, installed
from tsunagu.testing.toy.world import World, create_topics


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_topics(kafka: str) -> None:
    """The topics that every service writes, whatever else it does."""
    await create_topics(kafka)


@pytest_asyncio.fixture(loop_scope="session")
async def world(kafka: str, database: str, new_topic: NewTestTopic, shared_topics: None) -> World:
    """Topics and a database of this test's own."""
    return World(kafka, database, await new_topic("toy.in"), await new_topic("toy.out"))


@pytest.fixture
def watch() -> Iterator[SimulatedClock]:
    """A clock that stands still unless it is wound: a slow machine is not taken for a wait."""
    with installed(SimulatedClock()) as watch:
        yield watch
