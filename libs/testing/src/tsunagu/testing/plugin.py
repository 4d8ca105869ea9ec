"""The fixtures of the tests that need a real Kafka or PostgreSQL.

The servers are looked for in this order: TSUNAGU_TEST_KAFKA and TSUNAGU_TEST_POSTGRES from the environment
(see `serve`), then embedded ones started once per pytest session, or containers with `--backend docker`.
"""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tsunagu.testing.backends import Backend, kafka_address, postgres_address
from tsunagu.testing.databases import SpareDatabases, TestDatabases

TELLS = "tells"
NewDatabase = Callable[[Path | None], Awaitable[str]]


class NewTestTopic(Protocol):
    """Creates a topic and returns its name, which no other test uses."""

    def __call__(
        self, prefix: str = ..., *, partitions: int = ..., config: Mapping[str, str] | None = ...
    ) -> Awaitable[str]:
        """`config` are Kafka's topic settings."""
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--backend` and `--marked`."""
    parser.addoption(
        "--backend",
        choices=[*Backend],
        default=Backend.EMBEDDED,
        help="how to start Kafka and PostgreSQL when the environment does not say where they are",
    )
    parser.addoption(
        "--marked",
        metavar="MARKER",
        help="leave out files of tests in which pytest.mark.MARKER does not stand, without importing them",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files that have no test of the layer: each worker would import them all, which takes many seconds."""
    marker = config.getoption("--marked")
    if marker and collection_path.suffix == ".py" and collection_path.name.startswith("test_"):
        return f"pytest.mark.{marker}" not in collection_path.read_text(encoding="utf-8") or None
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write what tests tell; a worker's own output is shown to nobody."""
    reports = [
        report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])
    ]
    for report in reports:
        for name, sentence in report.user_properties:
            if name == TELLS:
                terminalreporter.write_line(f"{report.nodeid}: {sentence}")


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Has a sentence, such as how much was tried, stand above the closing line of the run."""
    return lambda sentence: record_property(TELLS, sentence)


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> Backend:
    """The backend chosen on the command line."""
    return Backend(request.config.getoption("--backend"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kafka(backend: Backend) -> AsyncIterator[str]:
    """Bootstrap servers of the one broker that all tests share."""
    async with kafka_address(backend) as address:
        yield address


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(backend: Backend) -> AsyncIterator[str]:
    """URL of the superuser's own database on the one server that all tests share."""
    async with postgres_address(backend) as address:
        yield address


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kafka_admin(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client of the shared broker."""
    client = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await client.start()
    yield client
    await client.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _topics_to_delete(kafka_admin: AIOKafkaAdminClient) -> AsyncIterator[list[str]]:
    # At the end of the session, not of each test: deletion is slow and nothing waits for it.
    names: list[str] = []
    yield names
    if names:
        await kafka_admin.delete_topics(names)


@pytest_asyncio.fixture(loop_scope="session")
async def new_topic(kafka_admin: AIOKafkaAdminClient, _topics_to_delete: list[str]) -> NewTestTopic:
    """Creates topics: `name = await new_topic("orders", partitions=3)`."""

    async def create(
        prefix: str = "test", *, partitions: int = 3, config: Mapping[str, str] | None = None
    ) -> str:
        name = f"{prefix}.{uuid.uuid4().hex[:12]}"
        await kafka_admin.create_topics([NewTopic(name, partitions, 1, topic_configs=dict(config or {}))])
        _topics_to_delete.append(name)
        return name

    return create


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def spare_databases(postgres: str) -> AsyncIterator[SpareDatabases]:
    """Copies of the templates, made ahead; those that nobody took are dropped at the end."""
    spares = SpareDatabases(postgres)
    yield spares
    await spares.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_database(postgres: str, spare_databases: SpareDatabases) -> AsyncIterator[NewDatabase]:
    """Creates databases: `url = await new_database(migrations)`, dropped after the test.

    `migrations` is a service's folder of migrations (the chassis's own run before them), or None for an
    empty database. A template per set of migrations makes each further one a copy, which is made ahead.
    """
    databases = TestDatabases(postgres, spare_databases)
    yield databases.create
    await databases.drop_all()


@pytest_asyncio.fixture(loop_scope="session")
async def database(new_database: NewDatabase) -> str:
    """The URL of an empty database of this test's own."""
    return await new_database(None)
