"""Topics and databases are brought to what they should be, as often as one likes."""

import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tsunagu.chassis.topics import TopicPlan, compare_topics, ensure_topics
from tsunagu.stack import postgres as server
from tsunagu.stack.databases import ensure_databases
from tsunagu.stack.errors import StackError
from tsunagu.stack.services import AUDIT_ROLE, ServiceProcess
from tsunagu.stack.urls import with_database
from tsunagu.testing.embedded import embedded_postgres

pytestmark = pytest.mark.component


@pytest.fixture
async def topic_name(kafka_admin: AIOKafkaAdminClient) -> AsyncIterator[str]:
    name = f"stack.{uuid.uuid4().hex[:8]}"
    yield name
    await kafka_admin.delete_topics([name])


async def test_ensure_topics__twice__changes_nothing_the_second_time(kafka: str, topic_name: str) -> None:
    plans = [TopicPlan(topic_name, 3, {"cleanup.policy": "compact"})]
    assert await ensure_topics(kafka, plans) == []
    assert await ensure_topics(kafka, plans) == []


async def test_ensure_topics__a_setting_differs__is_corrected_and_said(kafka: str, topic_name: str) -> None:
    await ensure_topics(kafka, [TopicPlan(topic_name, 1, {"retention.ms": "1000", "segment.ms": "7000"})])
    plans = [TopicPlan(topic_name, 1, {"retention.ms": "2000"})]
    assert await ensure_topics(kafka, plans) == [
        f"topic {topic_name}: settings corrected (retention.ms 1000 → 2000, segment.ms 7000 → default)"
    ]
    assert await ensure_topics(kafka, plans) == []


async def test_compare_topics__each_kind_of_difference__is_said_and_nothing_is_changed(
    kafka: str, topic_name: str
) -> None:
    await ensure_topics(kafka, [TopicPlan(topic_name, 1, {"retention.ms": "1000"})])
    plans = [TopicPlan(topic_name, 2, {"retention.ms": "2000"}), TopicPlan(f"{topic_name}.more", 1, {})]
    for _ in range(2):
        assert await compare_topics(kafka, plans) == [
            f"{topic_name}.more is missing",
            f"{topic_name}: retention.ms 1000 → 2000",
            f"{topic_name} has 1 partitions instead of 2",
        ]
    assert await compare_topics(kafka, [TopicPlan(topic_name, 1, {"retention.ms": "1000"})]) == []


async def test_ensure_topics__more_partitions_are_wanted__leaves_them_and_says_so(
    kafka: str, topic_name: str
) -> None:
    await ensure_topics(kafka, [TopicPlan(topic_name, 1, {})])
    (message,) = await ensure_topics(kafka, [TopicPlan(topic_name, 3, {})])
    assert "has 1 partitions instead of 3" in message


INVENTORY = ServiceProcess("inventory", "m", "tsunagu_inventory", "tsunagu_inventory")
ORDER = ServiceProcess("order", "m", "tsunagu_order", "tsunagu_order")
STAFF = ServiceProcess("edge-staff", "m", "tsunagu_edge", "tsunagu_edge_staff", schema="tsunagu_edge_staff")
BOARD = ServiceProcess("edge-board", "m", "tsunagu_edge", "tsunagu_edge_board", schema="tsunagu_edge_board")
ALL = (INVENTORY, ORDER, STAFF, BOARD)


@pytest.fixture(scope="module")
async def passwords() -> dict[str, str]:
    return {role: server.new_password() for role in (AUDIT_ROLE, *(service.role for service in ALL))}


@pytest.fixture(scope="module")
async def admin(passwords: dict[str, str]) -> AsyncIterator[str]:
    # A server of its own: roles are shared by all databases of a server, so by all tests of a shared one.
    async with embedded_postgres() as postgres_server:
        await ensure_databases(postgres_server.address, ALL, passwords)
        await ensure_databases(postgres_server.address, ALL, passwords)
        yield postgres_server.address


async def connect(
    admin: str, role: str, password: str, database: str
) -> "asyncpg.Connection[asyncpg.Record]":
    _, _, address = admin.rpartition("@")
    return await asyncpg.connect(with_database(f"postgresql://{role}:{password}@{address}", database))


async def test_ensure_databases__a_service__makes_tables_in_its_own_and_cannot_enter_another(
    admin: str, passwords: dict[str, str]
) -> None:
    connection = await connect(admin, INVENTORY.role, passwords[INVENTORY.role], INVENTORY.database)
    await connection.execute("CREATE TABLE own (a int)")
    await connection.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connect(admin, INVENTORY.role, passwords[INVENTORY.role], ORDER.database)


async def test_ensure_databases__two_processes_share_a_database__and_not_their_tables(
    admin: str, passwords: dict[str, str]
) -> None:
    staff = await connect(admin, STAFF.role, passwords[STAFF.role], STAFF.database)
    await staff.execute("CREATE TABLE seen (a int)")
    board = await connect(admin, BOARD.role, passwords[BOARD.role], BOARD.database)
    await board.execute("CREATE TABLE seen (b int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await board.execute("SELECT a FROM tsunagu_edge_staff.seen")
    await staff.close()
    await board.close()


async def test_ensure_databases__the_auditor__reads_a_table_made_later_and_writes_none(
    admin: str, passwords: dict[str, str]
) -> None:
    order = await connect(admin, ORDER.role, passwords[ORDER.role], ORDER.database)
    await order.execute("CREATE TABLE later AS SELECT 5 AS a")
    await order.close()
    auditor = await connect(admin, AUDIT_ROLE, passwords[AUDIT_ROLE], ORDER.database)
    assert await auditor.fetchval("SELECT a FROM later") == 5
    for forbidden in ("INSERT INTO later VALUES (6)", "CREATE TABLE mine (a int)"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await auditor.execute(forbidden)
    await auditor.close()


async def test_answers__wrong_password__says_so_instead_of_waiting(admin: str) -> None:
    _, _, address = admin.rpartition("@")
    with pytest.raises(StackError, match="refuses the password"):
        await server.answers(f"postgresql://postgres:wrong@{address}")
