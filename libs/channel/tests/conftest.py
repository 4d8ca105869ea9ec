"""A Kafka with topics of each test's own, and read models in both databases."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tsunagu.testing.plugin import NewTestTopic

from .backbone import Backbone, Kind, backbone_at

NewDatabase = Callable[[Path | None], Awaitable[str]]


@pytest_asyncio.fixture(loop_scope="session")
async def backbone(kafka: str, new_topic: NewTestTopic) -> AsyncIterator[Backbone]:
    """The broker that tests share, and topics of this test's own."""
    async with backbone_at(kafka, await new_topic("availability"), await new_topic("commands")) as backbone:
        yield backbone


@pytest_asyncio.fixture(loop_scope="session", params=["sqlite", "postgres"])
async def kind(request: pytest.FixtureRequest, tmp_path: Path, new_database: NewDatabase) -> Kind:
    """Each of the two databases, empty."""
    if request.param == "sqlite":
        return Kind("sqlite", str(tmp_path / "model.db"))
    return Kind("postgres", await new_database(None))
